"""How long until something is heard, from the call to the first piece with samples in it, model loaded."""

from __future__ import annotations

import time
from contextlib import closing
from dataclasses import dataclass
from typing import Final

import numpy as np
from benchmarks.speed.texts import read_texts

from huisheng.engines.families import two_stage_engine
from huisheng.runtime.synthesizer import Synthesizer
from huisheng.voice.load import VoicePackage

LENGTH: Final = 20
"""Characters of the texts, marks included."""


@dataclass(frozen=True, slots=True)
class First:
    """Seconds until the first sound.

    Attributes:
        median, p95: over all texts and rounds.
        count: of them.
    """

    median: float
    p95: float
    count: int


def first_audio(package: VoicePackage, rounds: int) -> First:
    """Time every text `rounds` times, after one round to warm up."""
    synthesizer = Synthesizer(two_stage_engine(package.manifest, lambda: package))
    synthesizer.load()
    texts = read_texts()[LENGTH]
    for text in texts:
        time_first_audio(synthesizer, text)
    found = [time_first_audio(synthesizer, text) for _ in range(rounds) for text in texts]
    return First(float(np.median(found)), float(np.percentile(found, 95)), len(found))


def time_first_audio(synthesizer: Synthesizer, text: str) -> float:
    """Seconds until the first sound; the rest is not spoken."""
    began = time.perf_counter()
    with closing(synthesizer.stream(text)) as chunks:
        next(chunk for chunk in chunks if len(chunk.samples))
        return time.perf_counter() - began
