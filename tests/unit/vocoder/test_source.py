"""The excitation: sines where speech is voiced, noise elsewhere, and nothing random that was not drawn."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
import torch
from torch import Tensor

from huisheng.vocoder.config import HIFIGAN_16K, HIFIGAN_16K_NSF
from huisheng.vocoder.source import NOISE_DEVIATION, SINE_LEVEL, Draw, SourceModule, draw

RATE = 16_000
HOP = 200
SOURCE = SourceModule(harmonics=7, hop=HOP, sample_rate=RATE)


def random_generator(seed: int = 1) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def quiet(frames: int) -> Draw:
    return Draw(torch.zeros(1, 8, 1), torch.zeros(1, 8, frames * HOP))


def partials(f0: Tensor, voiced: Tensor, drawn: Draw) -> Tensor:
    """(K, N) of (T,) F0 and voicing."""
    return SOURCE.partials(f0[None, None], voiced[None, None], drawn)[0]


def sine(frequency: float, count: int) -> Tensor:
    """(N,), whose first sample is one step after phase 0."""
    steps = torch.arange(1, count + 1, dtype=torch.float64)
    return (SINE_LEVEL * torch.sin(2 * math.pi * frequency * steps / RATE)).float()


@pytest.mark.parametrize("number", range(1, 9))
def test_each_partial_is_a_sine_at_its_multiple_of_f0(number: int) -> None:
    found = partials(torch.full((10,), 200.0), torch.ones(10), quiet(10))

    torch.testing.assert_close(found[number - 1], sine(number * 200.0, 10 * HOP), rtol=0, atol=1e-6)


def test_a_minute_later_the_phase_is_still_right() -> None:
    found = partials(torch.full((4800,), 201.0), torch.ones(4800), quiet(4800))

    torch.testing.assert_close(found[7], sine(8 * 201.0, 4800 * HOP), rtol=0, atol=1e-5)


def test_a_glide_has_no_steps() -> None:
    found = partials(torch.linspace(100.0, 400.0, 50), torch.ones(50), quiet(50))

    steepest = SINE_LEVEL * 2 * math.pi * 400.0 / RATE
    assert found[0].diff().abs().max() <= steepest


def test_drawn_phases_shift_the_sines() -> None:
    drawn = Draw(torch.full((1, 8, 1), math.pi), torch.zeros(1, 8, 10 * HOP))

    found = partials(torch.full((10,), 200.0), torch.ones(10), drawn)

    torch.testing.assert_close(found[0], -sine(200.0, 10 * HOP), rtol=0, atol=1e-6)


def test_where_nothing_is_voiced_there_is_noise_alone_a_third_as_loud_as_a_sine() -> None:
    drawn = draw(HIFIGAN_16K_NSF, 1, 100, random_generator())

    found = partials(torch.full((100,), 200.0), torch.zeros(100), drawn)

    assert found.std().item() == pytest.approx(SINE_LEVEL / 3, rel=0.01)


def test_voicing_changes_at_the_first_sample_of_a_frame() -> None:
    voiced = torch.tensor([0.0, 1.0, 0.0])

    found = partials(torch.full((3,), 200.0), voiced, quiet(3))[0]

    assert found[:HOP].abs().max() == 0
    assert found[HOP : 2 * HOP].abs().max() > SINE_LEVEL / 2
    assert found[2 * HOP :].abs().max() == 0


def test_the_same_seed_draws_the_same() -> None:
    first, second = (draw(HIFIGAN_16K_NSF, 2, 5, random_generator()) for _ in range(2))

    assert torch.equal(first.phases, second.phases)
    assert torch.equal(first.noise, second.noise)


def test_phases_are_drawn_before_the_noise() -> None:
    drawn = draw(HIFIGAN_16K_NSF, 2, 5, random_generator())

    random = random_generator()
    phases = (torch.rand(2, 8, 1, generator=random) * 2 - 1) * math.pi
    noise = torch.randn(2, 8, 5 * HOP, generator=random) * NOISE_DEVIATION
    torch.testing.assert_close(drawn.phases[:, 1:], phases[:, 1:])
    torch.testing.assert_close(drawn.noise, noise)


def test_the_fundamental_begins_at_phase_0() -> None:
    assert draw(HIFIGAN_16K_NSF, 4, 5, random_generator()).phases[:, 0].abs().max() == 0


def test_the_other_phases_lie_all_around() -> None:
    phases = draw(replace(HIFIGAN_16K_NSF, harmonics=1000), 1, 1, random_generator()).phases

    assert phases.min() < -0.99 * math.pi
    assert phases.max() > 0.99 * math.pi
    assert phases.abs().max() <= math.pi


def test_nothing_is_drawn_for_a_generator_without_a_source() -> None:
    with pytest.raises(ValueError, match="draws nothing"):
        draw(HIFIGAN_16K, 1, 5, random_generator())
