"""Losses: nothing to gain where nothing differs, and a true gradient wherever it is needed."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.autograd import grad, gradcheck

from huisheng.audio.spectrogram import SPECTROGRAM_16K, SpectrogramSettings
from huisheng.units import Hertz
from huisheng.vocoder.config import VocoderConfig
from huisheng.vocoder.discriminators import (
    DiscriminatorOutput,
    MultiPeriodDiscriminator,
    MultiScaleDiscriminator,
)
from huisheng.vocoder.generator import Generator
from huisheng.vocoder.loss import (
    CompressedLoss,
    LogMel,
    MelLoss,
    MultiResolutionLoss,
    PowerLoss,
    Resolution,
    adversarial_loss,
    discriminator_loss,
    feature_matching_loss,
)

TINY = SpectrogramSettings(Hertz(8_000), hop=8, window=24, fft=32, mels=4, lowest=0.0, highest=4000.0)


def random(*shape: int, seed: int = 1) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def output(score: Tensor, *maps: Tensor) -> DiscriminatorOutput:
    return DiscriminatorOutput(score, maps)


def outputs(value: float) -> tuple[DiscriminatorOutput, ...]:
    return (output(torch.full((2, 5), value)), output(torch.full((2, 3), value)))


def test_discriminators_that_are_right_have_no_loss() -> None:
    loss = discriminator_loss(outputs(1.0), outputs(0.0))

    assert (loss.recorded.item(), loss.made.item()) == (0.0, 0.0)


def test_each_discriminator_that_is_wrong_by_one_has_a_loss_of_one() -> None:
    loss = discriminator_loss(outputs(0.0), outputs(1.0))

    assert (loss.recorded.item(), loss.made.item()) == (2.0, 2.0)


def test_a_generator_that_is_believed_has_nothing_to_learn() -> None:
    assert adversarial_loss(outputs(1.0)).item() == 0.0


def test_a_generator_has_a_loss_of_one_for_each_discriminator_that_rejects_it() -> None:
    assert adversarial_loss(outputs(0.0)).item() == 2.0


def test_feature_matching_adds_up_the_mean_differences_of_maps_and_scores() -> None:
    recorded = [output(torch.zeros(1, 4), torch.zeros(1, 2, 8))]
    made = [output(torch.ones(1, 4), torch.full((1, 2, 8), -2.0))]

    assert feature_matching_loss(recorded, made).item() == 3.0


@pytest.mark.parametrize("make", [MultiPeriodDiscriminator, MultiScaleDiscriminator])
def test_feature_matching_teaches_the_generator(
    make: type[MultiPeriodDiscriminator] | type[MultiScaleDiscriminator],
) -> None:
    discriminators = make(channels=16, widest=16)
    generator = Generator(VocoderConfig(mels=4, channels=16))
    made = generator(torch.rand(1, 4, 5))

    loss = feature_matching_loss(discriminators(torch.randn_like(made)), discriminators(made))

    for gradient in grad(loss, list(generator.parameters())):
        assert gradient.abs().sum() > 0


def test_feature_matching_leaves_its_target_alone() -> None:
    target = random(2, 5).requires_grad_()
    made = random(2, 5, seed=2).requires_grad_()

    loss = feature_matching_loss([output(target)], [output(made)])

    assert grad(loss, [target, made], allow_unused=True)[0] is None


MEL_LOSS = MelLoss(TINY).double()
SPECTRAL_LOSS = MultiResolutionLoss((Resolution(16, 4, 12), Resolution(32, 8, 24)))
COMPRESSED_LOSS = CompressedLoss(Resolution(32, 8, 24))
POWER_LOSS = PowerLoss(Resolution(32, 8, 24))

LOSSES: dict[str, Callable[[Tensor], Tensor]] = {
    "adversarial": lambda made: adversarial_loss([output(made[:, 0])]),
    "discriminator, recorded": lambda made: discriminator_loss([output(made[:, 0])], outputs(0.5)).recorded,
    "discriminator, made": lambda made: discriminator_loss(outputs(0.5), [output(made[:, 0])]).made,
    "feature matching": lambda made: feature_matching_loss(
        [output(random(2, 48, seed=2), random(2, 1, 48, seed=3))], [output(made[:, 0], made)]
    ),
    "mel": lambda made: MEL_LOSS(made, random(2, 1, 48, seed=2)),
    "spectral convergence": lambda made: SPECTRAL_LOSS(made, random(2, 1, 48, seed=2)).convergence,
    "log magnitude": lambda made: SPECTRAL_LOSS(made, random(2, 1, 48, seed=2)).magnitude,
    "compressed": lambda made: COMPRESSED_LOSS(made, random(2, 1, 48, seed=2)),
    "power": lambda made: POWER_LOSS(made, random(2, 1, 48, seed=2)),
}


@pytest.mark.parametrize("loss", LOSSES.values(), ids=list(LOSSES))
def test_the_gradient_is_that_of_the_value(loss: Callable[[Tensor], Tensor]) -> None:
    assert gradcheck(loss, (0.3 * random(2, 1, 48).requires_grad_(),))


def test_equal_signals_have_no_mel_loss() -> None:
    assert MEL_LOSS(random(1, 1, 64), random(1, 1, 64)).item() == 0.0


def test_equal_signals_have_no_spectral_loss_and_no_broken_gradient() -> None:
    made = random(1, 1, 64).requires_grad_()

    loss = SPECTRAL_LOSS(made, made.detach())
    (gradient,) = grad(loss.convergence + loss.magnitude, [made])

    assert (loss.convergence.item(), loss.magnitude.item()) == (0.0, 0.0)
    assert gradient.isfinite().all()


def test_equal_signals_have_no_compressed_loss() -> None:
    assert COMPRESSED_LOSS(random(1, 1, 64), random(1, 1, 64)).item() == 0.0


def test_another_noise_of_the_same_power_costs_the_least() -> None:
    loss = PowerLoss(Resolution(1024, 150, 600))
    wanted, other = random(1, 1, 24_000), random(1, 1, 24_000, seed=2)
    decibels = torch.arange(-6.0, 7.0)

    costs = [loss(10.0 ** (0.05 * louder) * other, wanted).item() for louder in decibels]

    assert decibels[int(np.argmin(costs))].item() == 0.0
    assert costs[0] == pytest.approx(0.05 * 6.0 * math.log(10.0), rel=0.1)


def test_a_wrong_phase_costs_what_equal_magnitudes_hide() -> None:
    wanted = random(1, 1, 64)

    hidden = SPECTRAL_LOSS(-wanted, wanted)

    assert (hidden.convergence.item(), hidden.magnitude.item()) == (0.0, 0.0)
    assert COMPRESSED_LOSS(-wanted, wanted).item() > 0.5


def test_the_further_a_phase_is_turned_the_more_it_costs() -> None:
    turns = 2.0 * torch.pi * torch.arange(256, dtype=torch.float64) / 8.0
    wanted = turns.cos()[None, None]

    costs = [COMPRESSED_LOSS((turns + shift).cos()[None, None], wanted).item() for shift in (0.1, 0.5, 2.0)]

    assert 0.0 < costs[0] < costs[1] < costs[2]


def test_what_is_missed_a_thousand_times_less_loud_still_costs_an_eighth() -> None:
    loud = 10.0 * random(1, 1, 64)
    silence = torch.zeros_like(loud)

    costs = [COMPRESSED_LOSS(silence, level * loud).item() for level in (1e-3, 1.0)]

    assert costs[0] / costs[1] == pytest.approx(1e-3**0.3, rel=0.05)


@pytest.mark.parametrize("loss", [MEL_LOSS, COMPRESSED_LOSS])
def test_the_gradient_in_silence_is_finite(loss: Callable[[Tensor, Tensor], Tensor]) -> None:
    made = torch.zeros(1, 1, 64, dtype=torch.float64, requires_grad=True)

    (gradient,) = grad(loss(made, random(1, 1, 64)), [made])

    assert gradient.isfinite().all()


@pytest.mark.parametrize(("level", "expected"), [(0.0, -4.0), (1000.0, 4.0)])
def test_the_log_mel_of_the_loss_goes_from_minus_four_to_four(level: float, expected: float) -> None:
    signal = level * torch.randn(1, 1, 4000, generator=torch.Generator().manual_seed(1))

    assert LogMel(SPECTROGRAM_16K)(signal).mean().item() == pytest.approx(expected)
