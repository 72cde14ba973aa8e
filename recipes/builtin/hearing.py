"""Listening to the recordings: what was spoken badly is not learned from.

The ear is that of the benchmarks: a recognizer, whose words are held against the text as it is spoken, and a
measure of quality. What it heard is kept under the digest of the recording, so that one that is spoken anew
is heard anew. Emotions are pushed far in places: the strongest are heard first.
"""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Generator, Iterable, Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
from benchmarks.emotion.ear import answers
from benchmarks.emotion.guards import ERRORS, QUALITY, SYLLABLES
from benchmarks.emotion.takes import Ledger

from huisheng.engines.kokoro_voices import SAMPLE_RATE
from huisheng.runtime.speech import Speech
from huisheng.text.frontend import Frontend
from huisheng.types import EnglishWord
from recipes.builtin import speaking
from recipes.builtin.planning import PlannedUtterance
from recipes.builtin.teacher import FULL_SCALE, Recording

LEAST_QUALITY: Final = 2.6
"""DNSMOS overall, 1…5, of a recording that is learned from."""
MOST_ERRORS: Final = 0.5
"""Share of the syllables that may be misheard. The corpus is full of rare words, in which the recognizer errs
by itself: 22 % of the syllables, as much without an emotion as with the strongest. A limit of 30 % would
leave out every sixth recording without an emotion, this one leaves out one in forty."""
FEWEST_ERRORS: Final = 4
"""Misheard syllables below which a recording is good: a rare word alone is no proof."""


class RecordingCheck(NamedTuple):
    """What was heard in one recording.

    Attributes:
        quality: DNSMOS overall, 1…5.
        errors: syllables misheard, toneless.
        syllables: Mandarin ones to be said.
        foreign: English phones. The recognizer knows no English; it writes at most a syllable for each.
    """

    quality: float
    errors: float
    syllables: float
    foreign: float

    @property
    def faults(self) -> tuple[str, ...]:
        """Why it should not be learned from; empty where it is good."""
        errors = self.errors - self.foreign
        unclear = errors >= FEWEST_ERRORS and errors > MOST_ERRORS * self.syllables
        found = {"noise": self.quality < LEAST_QUALITY, "words": unclear}
        return tuple(name for name, bad in found.items() if bad)


class RecordingChecks:
    """What is known of the recordings in a folder.

    Args:
        recordings: the folder.
        file: that remembers.
    """

    def __init__(self, recordings: Path, file: Path) -> None:
        self._recordings = recordings
        self._ledger = Ledger(file)

    def get(self, utterance: PlannedUtterance) -> RecordingCheck | None:
        """What was heard of an utterance; None where it was not heard, or spoken anew since."""
        path = speaking.path(self._recordings, utterance)
        known = self._ledger.get(_digest(path)) if path.exists() else None
        return RecordingCheck(*known) if known else None

    def put(self, utterance: PlannedUtterance, check: RecordingCheck) -> None:
        """Remember what was heard."""
        self._ledger.put(_digest(speaking.path(self._recordings, utterance)), check)

    def faults(self, plan: Iterable[PlannedUtterance]) -> dict[str, tuple[str, ...]]:
        """Id → reasons, of those that were heard and are bad; what was not heard counts as good."""
        found = {utterance.id: check.faults for utterance in plan if (check := self.get(utterance))}
        return {name: faults for name, faults in found.items() if faults}


def riskiest(plan: Iterable[PlannedUtterance], recordings: Path) -> list[PlannedUtterance]:
    """What was spoken so far, the strongest emotions first, neutral last, and by the hash within each."""
    spoken = (utterance for utterance in plan if _is_spoken(speaking.path(recordings, utterance)))
    return sorted(
        spoken, key=lambda utterance: (utterance.emotion == "neutral", -utterance.intensity, utterance.id)
    )


def hear_all(
    plan: Sequence[PlannedUtterance], recordings: Path, checks: RecordingChecks, jobs: int
) -> Generator[tuple[PlannedUtterance, RecordingCheck]]:
    """Each utterance with what is heard of it, those already known first.

    Args:
        plan: utterances that were spoken, in the order in which they are heard.
        recordings: folder of what was spoken.
        checks: of that folder.
        jobs: listening processes.

    Raises:
        NoEar: a listening process has ended.
    """
    unheard: list[PlannedUtterance] = []
    for utterance in plan:
        known = checks.get(utterance)
        if known is None:
            unheard.append(utterance)
        else:
            yield utterance, known
    with tempfile.TemporaryDirectory() as folder:
        questions = _questions(unheard, recordings, Path(folder))
        for utterance, values in zip(unheard, answers(questions, min(jobs, len(unheard))), strict=True):
            _clip(Path(folder), utterance).unlink()
            heard = RecordingCheck(
                values[QUALITY], values[ERRORS], values[SYLLABLES], _foreign(utterance.text)
            )
            checks.put(utterance, heard)
            yield utterance, heard


def _questions(
    plan: Iterable[PlannedUtterance], recordings: Path, folder: Path
) -> Iterator[tuple[Path, str]]:
    """A file of each utterance, written when it is asked for, with what should be heard: numbers in words."""
    for utterance in plan:
        recording = speaking.load(recordings, utterance)
        if recording:
            spoken = "".join(sentence.spoken for sentence in _frontend().sentences(utterance.text))
            yield _speech(recording).save(_clip(folder, utterance)), spoken


def _speech(recording: Recording) -> Speech:
    samples = recording.samples.astype(np.float32) / np.float32(FULL_SCALE)
    return Speech("", samples, SAMPLE_RATE, ())


def _clip(folder: Path, utterance: PlannedUtterance) -> Path:
    return folder / f"{utterance.id}.wav"


def _foreign(text: str) -> int:
    """English phones of a text."""
    items = (item for sentence in _frontend().sentences(text) for item in sentence.items)
    return sum(len(item.phones) for item in items if isinstance(item, EnglishWord))


def _is_spoken(path: Path) -> bool:
    return path.exists() and path.stat().st_size > 0


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


@cache
def _frontend() -> Frontend:
    return Frontend()
