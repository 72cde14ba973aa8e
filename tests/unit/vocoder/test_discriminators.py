"""Judges: each hears its own part of a signal, and no other signal of the batch."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn

from huisheng.vocoder.discriminators import (
    PERIODS,
    MultiPeriodDiscriminator,
    MultiScaleDiscriminator,
    PeriodDiscriminator,
    ScaleDiscriminator,
)
from huisheng.vocoder.normalization import SpectralConv1d


def noise(batch: int = 1, length: int = 1001) -> Tensor:
    return torch.randn(batch, 1, length, generator=torch.Generator().manual_seed(1))


def periods() -> MultiPeriodDiscriminator:
    return MultiPeriodDiscriminator(channels=4, widest=16).eval()


def scales() -> MultiScaleDiscriminator:
    return MultiScaleDiscriminator(channels=16, widest=32).eval()


@pytest.mark.parametrize("make", [periods, scales])
def test_neighbours_in_a_batch_do_not_matter(make: Callable[[], nn.Module]) -> None:
    discriminators, signals = make(), noise(batch=3)

    alone, together = discriminators(signals[1:2]), discriminators(signals)

    for lone, shared in zip(alone, together, strict=True):
        torch.testing.assert_close(lone.score, shared.score[1:2], rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize(("make", "layers"), [(periods, 5), (scales, 7)])
def test_every_hidden_layer_shows_its_map(make: Callable[[], nn.Module], layers: int) -> None:
    for output in make()(noise()):
        assert len(output.feature_maps) == layers


@pytest.mark.parametrize("period", PERIODS)
def test_a_sample_matters_only_to_its_own_place_in_the_period(period: int) -> None:
    discriminator = PeriodDiscriminator(period, channels=4, widest=16)
    before = noise(length=period * 200)
    after = before.clone()
    after[..., 5 * period + 1] += 1.0

    change = (discriminator(before).score - discriminator(after).score).view(-1, period).abs().sum(dim=0)

    assert [place for place in range(period) if change[place] > 0] == [1]


@pytest.mark.parametrize("period", PERIODS)
def test_a_last_period_that_is_not_full_is_filled_by_reflection(period: int) -> None:
    discriminator = PeriodDiscriminator(period, channels=4, widest=16)
    begun = noise(length=period * 20 + 1)
    filled = torch.cat([begun, begun[..., -period:-1].flip(-1)], dim=-1)

    torch.testing.assert_close(discriminator(begun).score, discriminator(filled).score)


def test_only_the_discriminator_of_the_whole_rate_is_under_spectral_norm() -> None:
    spectral = [
        sum(isinstance(layer, SpectralConv1d) for layer in discriminator.modules())
        for discriminator in scales().discriminators
    ]

    assert spectral == [8, 0, 0]


def test_each_further_discriminator_sees_half_the_rate() -> None:
    lengths = [output.feature_maps[0].shape[-1] for output in scales()(noise(length=1024))]

    assert lengths == [1024, 514, 259]


def test_layers_widen_up_to_the_widest() -> None:
    discriminator = ScaleDiscriminator(channels=16, widest=64)

    widths = [found.shape[1] for found in discriminator(noise()).feature_maps]

    assert widths == [16, 16, 32, 64, 64, 64, 64]
