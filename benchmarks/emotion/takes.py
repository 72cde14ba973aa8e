"""Speaking everything once: each take is measured as soon as it is spoken, and remembered.

A take is known by all that its sound depends on: the sentence as read, voice and emotion, and the code and
the model that speak and measure it. So what has changed is spoken again and nothing else is, and an
interrupted run goes on where it stopped.
"""

from __future__ import annotations

import functools
import hashlib
import json
import multiprocessing
from collections.abc import Container, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Final, NamedTuple, Protocol

import numpy as np
from benchmarks.emotion.measure import Reals, measure
from benchmarks.emotion.sentences import syllables

from huisheng.runtime.speech import Speech
from huisheng.text.frontend import Frontend

RESULTS: Final = Path("build/emotion")


class Take(NamedTuple):
    """One sentence, spoken by one voice in one emotion."""

    voice: str
    emotion: str
    intensity: float
    text: str

    @property
    def neutral(self) -> Take:
        """The same without the emotion."""
        return self._replace(emotion="neutral", intensity=1.0)


class Cast(Protocol):
    """Speaks takes. A value: it can be handed to another process."""

    def speak(self, take: Take) -> Speech:
        """The sound of a take."""
        ...

    def known_by(self, take: Take) -> tuple[str, ...]:
        """All that the sound depends on, besides the sentence as read."""
        ...


class Ledger:
    """Results of takes, one JSON object a line; every line is written as soon as it is known.

    Args:
        path: of the file; a last line that an interruption cut off is dropped.
    """

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        whole = path.read_text(encoding="utf-8").rpartition("\n")[0] if path.exists() else ""
        self._known: dict[str, list[float]] = dict(json.loads(line) for line in whole.splitlines())
        path.write_text(whole and whole + "\n", encoding="utf-8")
        self._path = path

    def get(self, key: str) -> list[float] | None:
        """The values under this key, None when there are none yet."""
        return self._known.get(key)

    def put(self, key: str, values: Iterable[float]) -> None:
        """Remember values, in memory and on disk."""
        self._known[key] = [float(value) for value in values]
        with self._path.open("a", encoding="utf-8") as file:
            file.write(json.dumps([key, self._known[key]]) + "\n")


def key(take: Take, cast: Cast) -> str:
    """What the sound of a take depends on, in one digest."""
    return hashlib.sha256("\n".join((*cast.known_by(take), _reading(take.text))).encode()).hexdigest()


@functools.cache
def _reading(text: str) -> str:
    return repr(list(frontend().sentences(text)))


@functools.cache
def frontend() -> Frontend:
    """One a process."""
    return Frontend()


def clip(name: str) -> Path:
    """Where the sound of the take with this key is kept while an ear still has to hear it."""
    return RESULTS / "clips" / f"{name}.wav"


def _measure(take: Take, cast: Cast, kept: Path | None) -> list[float]:
    speech = cast.speak(take)
    if kept:
        part = kept.with_suffix(".part.wav")
        speech.save(part).replace(kept)
    return measure(speech.samples, speech.sample_rate, syllables(take.text)).tolist()


def measure_all(
    takes: Iterable[Take], cast: Cast, ledger: Ledger, jobs: int, kept: Container[str] = ()
) -> Iterator[tuple[Take, Reals]]:
    """Every take with its (Q,) measures, those already known first.

    Args:
        takes: what is asked for.
        cast: speaks.
        ledger: remembers.
        jobs: processes that speak at once.
        kept: keys of the takes whose sound is wanted too, at `clip`.
    """
    missing: dict[str, list[Take]] = {}
    for take in takes:
        name = key(take, cast)
        known = ledger.get(name)
        if known is None or (name in kept and not clip(name).exists()):
            missing.setdefault(name, []).append(take)
        else:
            yield take, np.array(known)
    clip("").parent.mkdir(parents=True, exist_ok=True)
    clips = [clip(name) if name in kept else None for name in missing]
    with ProcessPoolExecutor(jobs, mp_context=multiprocessing.get_context("spawn")) as pool:
        firsts = [same[0] for same in missing.values()]
        results = pool.map(_measure, firsts, [cast] * len(firsts), clips)
        for (name, same), values in zip(missing.items(), results, strict=True):
            ledger.put(name, values)
            yield from ((take, np.array(values)) for take in same)
