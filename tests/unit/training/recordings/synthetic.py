"""Recordings of somebody who says nothing but syllables: bursts of harmonics, with pauses between them."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import soundfile

from huisheng.types import Samples
from huisheng.units import Hertz

RATE = Hertz(24_000)
BURST = 0.17
GAP = 0.03
"""Seconds: five syllables a second."""

LEVEL = 0.1
"""RMS of a syllable's middle, about −20 dBFS."""


FORMATS = {".wav": "WAV", ".flac": "FLAC", ".mp3": "MP3", ".ogg": "OGG"}


def syllables(count: int, pitch: float = 150.0, rate: int = RATE) -> Samples:
    """(N,) so many, each of all harmonics below 11 kHz (or below half the rate), −6 dB an octave."""
    times = np.arange(round(BURST * rate)) / rate
    harmonics = np.arange(1, int(min(11_000.0, 0.45 * rate) / pitch))
    phases = harmonics**2 * 1.7
    waves = np.cos(2.0 * np.pi * pitch * harmonics * times[:, None] + phases) / harmonics
    burst = waves.sum(axis=1) * np.hanning(len(times)) ** 0.25
    burst *= LEVEL / np.sqrt(np.square(burst).mean())
    return np.tile(np.concatenate([burst, np.zeros(round(GAP * rate))]), count).astype(np.float32)


def rest(seconds: float, rate: int = RATE) -> Samples:
    return np.zeros(round(seconds * rate), dtype=np.float32)


def speech(counts: Sequence[int], pause: float = 0.5, edge: float = 0.3, rate: int = RATE) -> Samples:
    """(N,) sentences of so many syllables, a pause between any two and silence at the edges."""
    pieces = [rest(edge, rate)]
    for count in counts:
        pieces += [syllables(count, rate=rate), rest(pause, rate)]
    return np.concatenate([*pieces[:-1], rest(edge, rate)])


def noisy(samples: Samples, snr: float, seed: int = 0) -> Samples:
    """(N,) with white noise `snr` dB below a syllable."""
    noise = np.random.default_rng(seed).standard_normal(len(samples))
    return (samples + noise * LEVEL * 10.0 ** (-snr / 20.0)).astype(np.float32)


def text(counts: Sequence[int]) -> str:
    """Sentences of so many syllables."""
    return "".join("妈" * count + "。" for count in counts)


def write(path: Path, samples: Samples, rate: int = RATE, subtype: str | None = None) -> Path:
    """A recording in the format of its suffix."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:  # soundfile itself takes no path that is not UTF-8
        soundfile.write(file, samples, rate, subtype=subtype, format=FORMATS.get(path.suffix))
    return path


def put(folder: Path, name: str, counts: Sequence[int] = (10,), said: str | None = None) -> Path:
    """A clean recording with its text beside it; no two of other names are equal."""
    pitch = 120.0 + sum(os.fsencode(name)) % 100
    path = folder / name
    pieces = [rest(0.2)]
    for count in counts:
        pieces += [syllables(count, pitch), rest(0.5)]
    write(path, np.concatenate(pieces))
    path.with_suffix(".txt").write_text(text(counts) if said is None else said, encoding="utf-8")
    return path
