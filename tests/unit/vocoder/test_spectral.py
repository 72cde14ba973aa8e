"""A generator that filters: what a sample depends on, what its filters do, and that numpy does the same."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.autograd import grad

from huisheng.convnext import StackConfig
from huisheng.vocoder.config import SpectralConfig
from huisheng.vocoder.spectral import FilterParameters, SpectralGenerator, filter_gains

CONFIG = SpectralConfig(
    mels=4,
    sample_rate=8_000,
    hop=8,
    fft=32,
    steps=2,
    noise_fft=20,
    noise_steps=1,
    stack=StackConfig(2, 8, 12, kernel=3),
)
FRAMES = 16
MIDDLE = 8
REACH = CONFIG.stack.reach + math.ceil(CONFIG.pulses.overhang / CONFIG.hop)
NEVER = -80.0
"""Log gain of what is not to be heard."""


def random(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def generator() -> SpectralGenerator:
    return SpectralGenerator(CONFIG).eval().requires_grad_(False)


def constant(gain: float, turn: float, noise: float) -> SpectralGenerator:
    """A network that always says the same: log gain and angle for the pulses, log gain for the noise."""
    ours = generator()
    one = torch.tensor([gain, math.cos(turn), math.sin(turn)]).repeat_interleave(CONFIG.pulses.bins)
    said = one.repeat(CONFIG.steps)
    ours.network.head.weight.zero_()
    ours.network.head.bias[: len(said)] = said
    ours.network.head.bias[len(said) :] = noise
    return ours


def random_inputs(rows: int = 1, frames: int = FRAMES) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Mel, pitch, voicing and excitation, all of them random."""
    voicing = (random(rows, frames, seed=2) > 0.0).float()
    excitation = random(rows, 2, CONFIG.excitation_length(frames), seed=3)
    return random(rows, frames, CONFIG.mels), random(rows, frames, seed=1), voicing, excitation


def inside(samples: Tensor) -> Tensor:
    """(B, excitation_length(T)) → (B, T · hop) without what lies around the frames."""
    return samples[:, CONFIG.pulses.overhang : -CONFIG.pulses.overhang]


# What filters do


@pytest.mark.parametrize(
    ("gain", "turn", "noise", "shares"),
    [
        (0.0, 0.0, NEVER, (1.0, 0.0)),
        (NEVER, 0.0, 0.0, (0.0, 1.0)),
        (0.0, 0.0, 0.0, (1.0, 1.0)),
        (math.log(2.0), 0.0, math.log(0.5), (2.0, 0.5)),
        (0.0, math.pi, NEVER, (-1.0, 0.0)),
    ],
    ids=["pulses", "noise", "both", "each with its gain", "pulses half a turn on"],
)
def test_filters_that_are_the_same_everywhere_weigh_pulses_and_noise(
    gain: float, turn: float, noise: float, shares: tuple[float, float]
) -> None:
    inputs = random_inputs()

    made = constant(gain, turn, noise)(*inputs)[:, 0]

    excitation = [inside(track) for track in inputs[3].unbind(dim=1)]
    expected = sum(share * track for share, track in zip(shares, excitation, strict=True))
    torch.testing.assert_close(made, torch.as_tensor(expected), rtol=0, atol=1e-5)


def test_a_quarter_of_a_turn_is_a_quarter_of_every_harmonic() -> None:
    filters = filter_gains(
        FilterParameters(torch.tensor([0.0, 0.0, 1.0]).view(1, 1, 3, 1), torch.zeros(1, 1, 1))
    )

    assert filters.pulses.item() == 1j


def test_no_gain_is_beyond_the_loudest() -> None:
    said = FilterParameters(torch.tensor([100.0, 1.0, 0.0]).view(1, 1, 3, 1), torch.full((1, 1, 1), 100.0))
    filters = filter_gains(said)

    assert [abs(gain.item()) for gain in filters] == pytest.approx([math.exp(6.0)] * 2)


def test_before_it_has_learned_it_is_quieter_than_what_it_filters() -> None:
    inputs = random_inputs()

    assert generator()(*inputs).square().mean() < 0.05 * inputs[3].square().mean()


# What a sample depends on


@pytest.mark.parametrize("side", [-1, 1])
@pytest.mark.parametrize("place", [0, 1], ids=["mel", "pitch"])
def test_the_samples_of_a_frame_hear_the_frames_within_reach_and_no_other(place: int, side: int) -> None:
    ours, inputs = generator(), random_inputs()
    inputs[2].fill_(1.0)

    def move(distance: int) -> Tensor:
        changed = [track.clone() for track in inputs]
        changed[place][0, MIDDLE + side * distance] += 1.0
        return ours(*changed)[0, 0].view(FRAMES, CONFIG.hop)[MIDDLE]

    plain = ours(*inputs)[0, 0].view(FRAMES, CONFIG.hop)[MIDDLE]

    assert torch.equal(move(REACH + 1), plain)
    assert not torch.equal(move(REACH), plain)


def test_the_pitch_of_an_unvoiced_frame_has_no_influence() -> None:
    ours, (mel, pitch, voicing, excitation) = generator(), random_inputs()

    other = torch.where(voicing > 0.0, pitch, pitch + 5.0)

    assert torch.equal(ours(mel, other, voicing, excitation), ours(mel, pitch, voicing, excitation))


def test_a_row_of_a_batch_is_what_it_is_alone() -> None:
    ours, inputs = generator(), random_inputs(rows=3)

    together = ours(*inputs)

    for row in range(3):
        alone = ours(*(track[row : row + 1] for track in inputs))
        torch.testing.assert_close(together[row : row + 1], alone, rtol=0, atol=1e-5)


def test_there_are_as_many_samples_as_frames_have() -> None:
    assert generator()(*random_inputs(rows=2, frames=5)).shape == (2, 1, 5 * CONFIG.hop)


# The same in numpy


def test_numpy_filters_the_same_excitation_to_the_same_samples() -> None:
    ours, (mel, pitch, voicing, excitation) = generator(), random_inputs()
    every = torch.ones(1, FRAMES, dtype=torch.bool)
    filters = filter_gains(ours.network(mel, pitch, voicing, every))
    pulses, noise = (track.numpy() for track in excitation[0])
    further = CONFIG.pulses.overhang - CONFIG.noise.overhang

    summed = CONFIG.pulses.signal(filters.pulses[0].numpy() * CONFIG.pulses.spectra(pulses))
    near = CONFIG.noise.spectra(noise[further:-further])
    summed[further:-further] += CONFIG.noise.signal(filters.noise[0].numpy() * near)

    edge = CONFIG.pulses.overhang
    made = ours(mel, pitch, voicing, excitation)[0, 0].numpy()
    whole = slice(2 * CONFIG.hop, -2 * CONFIG.hop)  # the others lack neighbours, and share out otherwise
    np.testing.assert_allclose(made[whole], summed[edge:-edge][whole], atol=1e-5)


def test_a_frame_has_a_gain_for_each_value_of_a_spectrum() -> None:
    ours, (mel, pitch, voicing, _) = generator(), random_inputs(rows=3)

    said = ours.network(mel, pitch, voicing, torch.ones(3, FRAMES, dtype=torch.bool))

    assert said.pulses.shape == (3, 2 * FRAMES, 3, 17)
    assert said.noise.shape == (3, FRAMES, 11)


# Learning


def test_every_weight_gets_a_finite_gradient() -> None:
    ours = SpectralGenerator(CONFIG).train()

    gradients = grad(ours(*random_inputs()).square().sum(), list(ours.parameters()))

    assert all(bool(found.any()) and bool(found.isfinite().all()) for found in gradients)


def test_only_the_network_has_weights() -> None:
    ours = generator()

    assert {name.partition(".")[0] for name in ours.state_dict()} == {"network"}
