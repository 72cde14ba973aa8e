"""The whole measurement, in the order in which it runs."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Final

from benchmarks.serving import servers
from benchmarks.serving.cached_answers import time_cached_answer
from benchmarks.serving.figures import Row
from benchmarks.serving.knee import at, climb
from benchmarks.serving.overhead import Bare, Overhead, overhead
from benchmarks.serving.saturation import Saturation, saturation
from benchmarks.serving.servers import NoServer, Running
from benchmarks.serving.texts import JUDGED, LENGTHS, texts
from benchmarks.serving.voices import Voice, install_voice

from huisheng.runtime.synthesizer import Synthesizer

OURS: Final = "绘声 ours"
NAIVE: Final = "简单服务 naive"
PIPER: Final = "Piper"


@dataclass(frozen=True, slots=True)
class Plan:
    """How much is measured.

    Attributes:
        voices: of which the first is put under load, the others are asked one text at a time.
        seconds: of each rate, and of each turn at full load.
        rounds: turns at full load.
        count: texts of each length that are asked one at a time.
        most: requests a second where the climb ends at the latest.
    """

    voices: tuple[Voice, ...]
    seconds: float
    rounds: int
    count: int
    most: float


@dataclass(slots=True)
class Result:
    """What was found; it fills up.

    Attributes:
        plan: of this run.
        load: of the machine before it began; None where the system does not tell.
        alone: voice → texts one at a time, a length each.
        saturation: of the voice under load.
        half: at half of the requests a second that saturation found.
        repeated: seconds until the whole of a repeated answer.
        climbs: server → a row for each rate.
        missing: what could not be measured → why.
    """

    plan: Plan
    load: float | None
    alone: dict[Voice, Sequence[Overhead]] = field(default_factory=dict[Voice, Sequence[Overhead]])
    saturation: Saturation | None = None
    half: Row | None = None
    repeated: float | None = None
    climbs: dict[str, Sequence[Row]] = field(default_factory=dict[str, Sequence[Row]])
    missing: dict[str, str] = field(default_factory=dict[str, str])

    @property
    def main_voice(self) -> Voice:
        """The voice under load."""
        return self.plan.voices[0]


def measure(plan: Plan, tell: Callable[[str], None]) -> Result:
    """Everything.

    Args:
        plan: how much.
        tell: is told what comes next.

    Raises:
        HuishengError: a voice cannot be made or loaded.
    """
    result = Result(plan, os.getloadavg()[0] if hasattr(os, "getloadavg") else None)
    for voice in plan.voices:
        tell(voice)
        try:
            with install_voice(voice) as name:
                _measure(result, voice, name, tell)
        except NoServer as error:
            result.missing[voice] = str(error)
    tell(PIPER)
    _climb(result, PIPER, servers.piper_server())
    return result


def _measure(result: Result, voice: Voice, name: str, tell: Callable[[str], None]) -> None:
    """One voice on its own; the one under load in every way.

    Raises:
        NoServer: our server does not start or does not answer.
        HuishengError: the voice cannot be loaded.
    """
    bare = _bare(name)
    with servers.our_server(name) as server:
        lengths = LENGTHS if voice == result.main_voice else (JUDGED,)
        result.alone[voice] = [
            overhead(server, bare, length, texts(length), result.plan.count) for length in lengths
        ]
        if voice == result.main_voice:
            tell(OURS)
            _press(result, server, bare)
    if voice != result.main_voice:
        return
    with servers.our_server(name, keeps=True) as server:
        result.repeated = time_cached_answer(server.endpoint, texts(JUDGED))
    tell(NAIVE)
    _climb(result, NAIVE, servers.naive_server(name))


def _bare(name: str) -> Bare:
    synthesizer = Synthesizer()
    synthesizer.load()
    return Bare(synthesizer, name)


def _press(result: Result, server: Running, bare: Bare) -> None:
    plan, sentences = result.plan, texts(JUDGED)
    result.climbs[OURS] = climb(server, sentences, plan.seconds, plan.most)
    result.saturation = saturation(server.endpoint, bare, sentences, plan.rounds, plan.seconds)
    result.half = at(server, sentences, result.saturation.most / 2.0, plan.seconds)


def _climb(result: Result, name: str, started: AbstractContextManager[Running]) -> None:
    """Measure another server; note why not, where it cannot be had."""
    try:
        with started as server:
            result.climbs[name] = climb(server, texts(JUDGED), result.plan.seconds, result.plan.most)
    except NoServer as error:
        result.missing[name] = str(error)


def judged_overhead(alone: Mapping[Voice, Sequence[Overhead]], voice: Voice) -> Overhead | None:
    """Overhead of the texts of `JUDGED` characters; None of a voice that was not measured."""
    return next((each for each in alone.get(voice, ()) if each.length == JUDGED), None)
