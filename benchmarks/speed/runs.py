"""Speaking with ours and with the bare model, in turn."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from benchmarks.speed.bare import BareModel, Ids

from huisheng.runtime.synthesizer import Synthesizer
from huisheng.text.frontend import Frontend

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Spoken:
    """One text, spoken. All in seconds.

    Attributes:
        wall: until all of it was there.
        first: until the first samples were there.
        sound: how long it is.
    """

    wall: float
    first: float
    sound: float


@dataclass(frozen=True, slots=True)
class Run:
    """One text, spoken by ours and by the bare model within seconds.

    Attributes:
        length: of the text, characters.
        ours: what we needed.
        same: seconds of the bare model for the calls that our engine makes; None without a bare model.
        fewest: the same for the symbols of the whole text in as few calls as the model takes.
    """

    length: int
    ours: Spoken
    same: float | None = None
    fewest: float | None = None


def listen(synthesizer: Synthesizer, text: str, voice: str = "") -> Spoken:
    """Speak a text and let every piece go."""
    began = time.perf_counter()
    first = sound = 0.0
    for chunk in synthesizer.stream(text, voice=voice):
        if not sound and len(chunk.samples):
            first = time.perf_counter() - began
        sound += chunk.duration
    return Spoken(time.perf_counter() - began, first, sound)


class Comparison:
    """Ours and the bare model, side by side.

    Args:
        synthesizer: ours, loaded.
        bare: what it is compared with, if anything.
    """

    def __init__(self, synthesizer: Synthesizer, bare: BareModel | None) -> None:
        self._synthesizer = synthesizer
        self._bare = bare
        self._frontend = Frontend()  # finds the bare model's symbols, uncounted

    def runs(self, texts: Sequence[str], rounds: int) -> Iterator[Run]:
        """Every text in each round, after the longest one has warmed all of them up."""
        longest = max(texts, key=len)
        self._run(longest, self._baselines(longest), 0)
        entries = [(text, self._baselines(text)) for text in texts]
        for turn, (text, baselines) in enumerate(entries * rounds):
            yield self._run(text, baselines, turn)

    def _run(self, text: str, baselines: Sequence[Callable[[], float]], turn: int) -> Run:
        ours: list[Spoken] = []

        def speak() -> float:
            ours.append(listen(self._synthesizer, text))
            return ours[0].wall

        _, *theirs = in_turn([speak, *baselines], turn)
        return Run(len(text), ours[0], *theirs)

    def _baselines(self, text: str) -> list[Callable[[], float]]:
        if self._bare is None:
            return []
        sentences = list(self._frontend.sentences(text))
        calls = (self._bare.our_calls(sentences), self._bare.fewest_calls(sentences))
        return [partial(_time, self._bare, its) for its in calls]


def _time(bare: BareModel, calls: Sequence[Ids]) -> float:
    began = time.perf_counter()
    bare.speak(calls)
    return time.perf_counter() - began


def in_turn(candidates: Sequence[Callable[[], T]], turn: int) -> list[T]:
    """The candidates' results in their order, after another one began: the `turn`-th, counted round."""
    order = [(turn + place) % len(candidates) for place in range(len(candidates))]
    results = {place: candidates[place]() for place in order}
    return [results[place] for place in range(len(candidates))]
