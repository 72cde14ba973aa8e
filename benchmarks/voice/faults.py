"""Readers that leave words out, or say them twice: is it noticed? What no ear notices cannot be ruled out."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Final, Literal, TypeAlias

import numpy as np
from benchmarks.voice.readers import PackageReader

from huisheng.runtime.speech import Speech
from huisheng.types import EmotionName, Timing

Fault: TypeAlias = Literal["dropped", "doubled"]
FAULTS: Final[tuple[Fault, ...]] = ("dropped", "doubled")

_HAN: Final = re.compile(r"[\u4e00-\u9fff]")
_TOGETHER: Final = 0.02
"""Seconds between two syllables that belong together, at most."""


@dataclass(frozen=True, slots=True)
class FaultyReader:
    """A voice of a package whose recordings have a fault: two syllables in the middle are cut out, or stand
    twice.
    """

    reader: PackageReader
    fault: Fault

    @property
    def voice(self) -> str:
        """What it is called."""
        return self.reader.voice

    @property
    def fingerprint(self) -> str:
        """Digest of package and code, and of the fault."""
        parts = self.reader.fingerprint.encode(), self.fault.encode(), Path(__file__).read_bytes()
        return hashlib.sha256(b"\n".join(parts)).hexdigest()

    def read(self, text: str, emotion: EmotionName = "neutral", intensity: float = 1.0) -> Speech:
        """Speak a text, with the fault where it has two syllables in a row."""
        return insert_fault(self.reader.read(text, emotion, intensity), text, self.fault)


def insert_fault(speech: Speech, text: str, fault: Fault) -> Speech:
    """The same with the two syllables nearest to the middle gone, or said twice; as it is where there are no
    two in a row. The timings stay those of the whole.
    """
    pairs = [pair for pair in pairwise(speech.timings) if _syllables(pair, text)]
    if not pairs:
        return speech
    middle = speech.duration / 2.0
    one, two = min(pairs, key=lambda pair: abs(pair[0].end - middle))
    start, end = (round(seconds * speech.sample_rate) for seconds in (one.start, two.end))
    samples = speech.samples
    after = samples[end:] if fault == "dropped" else samples[start:]
    before = samples[:start] if fault == "dropped" else samples[:end]
    return replace(speech, samples=np.concatenate([before, after]))


def _syllables(pair: tuple[Timing, Timing], text: str) -> bool:
    """Whether both are Chinese characters, the second right behind the first and not the same."""
    one, two = pair
    said = [text[timing.span.start : timing.span.end] for timing in pair]
    return all(map(_HAN.fullmatch, said)) and said[0] != said[1] and two.start - one.end < _TOGETHER
