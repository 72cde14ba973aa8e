from __future__ import annotations

import numpy as np
import pytest
from benchmarks.voice.spectra import RATE, distances, warp

from huisheng.types import Samples


def speech(seconds: float = 0.2, seed: int = 0) -> Samples:
    """(N,) five stretches of differently coloured noise, each so long."""
    random = np.random.default_rng(seed)
    length = round(seconds * RATE)
    stretches = [
        np.convolve(random.standard_normal(length), np.hanning(3 + 6 * place), mode="same")
        for place in range(5)
    ]
    whole = np.concatenate([0.1 * stretch / stretch.std() for stretch in stretches])
    return whole.astype(np.float32)


def notes(seconds: float) -> Samples:
    """(N,) three chords, one after the other, each so long."""
    time = np.arange(round(seconds * RATE)) / RATE
    chords = ((200.0, 2500.0), (400.0, 3500.0), (300.0, 5000.0))
    return np.concatenate(
        [sum(np.sin(2.0 * np.pi * f * time) for f in chord) * 0.1 for chord in chords]
    ).astype(np.float32)


def test_the_same_sound_lies_nowhere_apart() -> None:
    assert distances(speech(), speech()) == pytest.approx([0.0, 0.0, 0.0])


def test_loudness_is_no_distance() -> None:
    assert distances(speech(), speech() * 0.25) == pytest.approx([0.0, 0.0, 0.0], abs=1e-6)


def test_what_lasts_longer_is_compared_where_it_belongs() -> None:
    slower = distances(notes(0.4), notes(0.5))
    another = distances(notes(0.4), notes(0.5)[::-1])

    assert slower.max() < 2.0
    assert another.min() > 2.0 * slower.max()


def test_noise_in_one_band_is_found_there() -> None:
    signal = speech()
    spectrum = np.fft.rfft(np.random.default_rng(1).standard_normal(len(signal)))
    frequencies = np.fft.rfftfreq(len(signal), 1.0 / RATE)
    spectrum[(frequencies < 2200.0) | (frequencies > 3800.0)] = 0.0
    noise = 0.02 * np.fft.irfft(spectrum, len(signal))

    low, middle, high = distances(signal, (signal + noise).astype(np.float32))

    assert middle > 10.0 * max(low, high)


def test_a_way_goes_from_beginning_to_beginning_and_from_end_to_end() -> None:
    random = np.random.default_rng(0)
    path = warp(random.random((7, 3), dtype=np.float32), random.random((11, 3), dtype=np.float32))

    assert path[0].tolist() == [0, 0]
    assert path[-1].tolist() == [6, 10]
    assert np.isin(np.diff(path, axis=0), (0, 1)).all()
    assert np.diff(path, axis=0).any(axis=1).all()


def test_frames_that_are_held_longer_share_a_partner() -> None:
    frames = np.eye(4, dtype=np.float32)

    path = warp(frames, frames[[0, 0, 1, 2, 2, 2, 3]])

    assert path.tolist() == [[0, 0], [0, 1], [1, 2], [2, 3], [2, 4], [2, 5], [3, 6]]


def test_silence_is_finite() -> None:
    assert np.isfinite(distances(speech(), np.zeros(RATE, dtype=np.float32))).all()
