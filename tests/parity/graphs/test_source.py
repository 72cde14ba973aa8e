"""What drives a vocoder is the same in numpy, piece by piece, as in torch."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from tests.parity.graphs.replayed import Replayed

from huisheng.engines.vocoder import source as ours
from huisheng.engines.vocoder.source import HarmonicSource
from huisheng.vocoder import source as theirs
from huisheng.vocoder.source import Draw, SourceModule
from huisheng.voice.manifest import Source as Known

HARMONICS, HOP, RATE = 7, 20, 16_000
FRAMES = 40
KNOWN = Known(harmonics=HARMONICS, scale=50.0, offset=200.0)
TOLERANCE = 1e-6

FREQUENCIES = st.lists(st.floats(-6.0, 6.0, width=32), min_size=FRAMES, max_size=FRAMES)
"""F0 as a network predicts it, normalised; the lowest are under 30 Hz."""
VOICING = st.lists(st.floats(0.0, 1.0, width=32), min_size=FRAMES, max_size=FRAMES)


def draw() -> Draw:
    random = torch.Generator().manual_seed(4)
    phases = torch.rand(1, HARMONICS + 1, 1, generator=random) * 6.0 - 3.0
    phases[:, 0] = 0.0
    noise = torch.randn(1, HARMONICS + 1, FRAMES * HOP, generator=random) * theirs.NOISE_DEVIATION
    return Draw(phases, noise)


def replaying() -> HarmonicSource:
    drawn = draw()
    return HarmonicSource(KNOWN, HOP, RATE, Replayed(drawn.phases[0].numpy(), drawn.noise[0].numpy()))


def values(listed: list[float]) -> NDArray[np.float32]:
    return np.array(listed, dtype=np.float32)


@settings(max_examples=20)
@given(f0=FREQUENCIES, voicing=VOICING)
def test_the_partials_are_those_of_torch(f0: list[float], voicing: list[float]) -> None:
    hertz = torch.as_tensor(values(f0) * 50.0 + 200.0).clamp(min=30.0)[None, None]
    voiced = (torch.as_tensor(values(voicing)) >= 0.6).float()[None, None]
    expected = SourceModule(HARMONICS, HOP, RATE).partials(hertz, voiced, draw())[0].numpy()

    partials = replaying().process(values(f0), values(voicing))

    np.testing.assert_allclose(partials, expected, rtol=0, atol=TOLERANCE)


@settings(max_examples=20)
@given(f0=FREQUENCIES, cuts=st.lists(st.integers(0, FRAMES), max_size=5).map(sorted))
def test_however_the_frames_are_cut_the_partials_are_those_of_the_whole(
    f0: list[float], cuts: list[int]
) -> None:
    tune, voicing = values(f0), np.arange(FRAMES, dtype=np.float32) % 2
    streaming = HarmonicSource(KNOWN, HOP, RATE)

    pieces = [
        streaming.process(tune[start:end], voicing[start:end])
        for start, end in zip([0, *cuts], [*cuts, FRAMES], strict=True)
    ]

    whole = HarmonicSource(KNOWN, HOP, RATE).process(tune, voicing)
    np.testing.assert_allclose(np.concatenate(pieces, axis=1), whole, rtol=0, atol=TOLERANCE)


def test_the_fundamental_begins_at_zero_whatever_is_drawn() -> None:
    drawn = draw()
    turned = drawn.phases[0].numpy() + np.eye(HARMONICS + 1, 1, dtype=np.float32)
    tune = np.zeros(FRAMES, dtype=np.float32)

    partials = HarmonicSource(KNOWN, HOP, RATE, Replayed(turned, drawn.noise[0].numpy())).process(
        tune, tune + 1.0
    )

    np.testing.assert_array_equal(partials, replaying().process(tune, tune + 1.0))


def test_both_have_the_same_levels() -> None:
    assert (ours.SINE_LEVEL, ours.NOISE_DEVIATION) == (theirs.SINE_LEVEL, theirs.NOISE_DEVIATION)


def test_every_utterance_has_the_same_noise() -> None:
    tune = np.zeros(FRAMES, dtype=np.float32)

    first, second = (HarmonicSource(KNOWN, HOP, RATE).process(tune, tune) for _ in range(2))

    np.testing.assert_array_equal(first, second)


@pytest.mark.parametrize(("voicing", "level"), [(1.0, 0.1 / 2.0**0.5), (0.0, 0.1 / 3.0)])
def test_voiced_frames_are_sines_and_others_noise(voicing: float, level: float) -> None:
    tune = np.zeros(400, dtype=np.float32)

    partials = HarmonicSource(KNOWN, HOP, RATE).process(tune, np.full_like(tune, voicing))

    assert float(np.sqrt((partials**2).mean())) == pytest.approx(level, rel=0.02)
