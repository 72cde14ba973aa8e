"""Ours and eager PyTorch on the same line, in turn, on one thread and on two."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Final, Literal, NamedTuple, TypeAlias

import torch
from benchmarks.sambert.lines import Line
from benchmarks.sambert.voice import DrawnVoice
from benchmarks.speed.runs import in_turn
from torch import Tensor

from huisheng.engines.protocol import EngineOptions
from huisheng.engines.sambert import assemble
from huisheng.engines.sambert.network import SambertNetwork
from huisheng.engines.two_stage.engine import VoiceModel
from huisheng.engines.two_stage.voices import details
from huisheng.engines.vocoder.hifigan import HifiganVocoder
from huisheng.engines.vocoder.protocol import Mel
from huisheng.engines.windows import HelperQueue, HelperThread
from huisheng.types import ResolvedOptions

THREADS: Final = (1, 2)
_DEADLINE: Final = 150.0
"""Seconds after which no further round begins. Eager PyTorch's threads wait for each other by spinning: where
another process needs a core, two of them were seen to take thirty times as long."""

Stage: TypeAlias = Literal["acoustic", "vocoder", "both"]
Side: TypeAlias = Literal["ours", "eager"]


class Candidate(NamedTuple):
    """What does which stage, on how many threads."""

    stage: Stage
    side: Side
    threads: int


class Run(NamedTuple):
    """One candidate on one line.

    Attributes:
        asked: seconds of sound that the line was asked to have.
        sound: seconds that it has.
        wall: seconds of work.
    """

    candidate: Candidate
    asked: float
    sound: float
    wall: float


class Comparison:
    """All candidates, loaded.

    Eager PyTorch does one stage after the other, each on a whole line, so what it takes for both is the sum.
    Ours of both is the engine's own path, in pieces; our acoustic model keeps one thread busy at a time.

    Args:
        voice: the same weights for both.
    """

    def __init__(self, voice: DrawnVoice) -> None:
        known = details(voice.package.manifest)
        self._voice = voice
        self._speaker = voice.package.manifest.speakers[0]
        self._network = SambertNetwork(voice.package, known)
        self._vocoder = HifiganVocoder(voice.package, known)
        self._helpers = {count: HelperThread(wanted=count > 1) for count in THREADS}
        self._models = {count: VoiceModel(voice.package, assemble, EngineOptions(count)) for count in THREADS}

    def runs(self, lines: Sequence[Line], rounds: int) -> Iterator[Run]:
        """Every line in each round, after all candidates have warmed up on the middle one.

        No round begins when those before it have taken too long, as they do on a busy machine.
        """
        entries = [(line, self._candidates(line)) for line in lines]
        list(_run_round(*entries[len(entries) // 2], 0))
        began = time.perf_counter()
        for turn in range(rounds):
            if turn and time.perf_counter() - began > _DEADLINE:
                return
            for line, candidates in entries:
                yield from _run_round(line, candidates, turn)

    def _candidates(self, line: Line) -> dict[Candidate, Callable[[], object]]:
        pieces = list(self._network.mels(line.outline))
        mel = torch.cat([torch.as_tensor(piece) for piece in pieces]).T[None]
        candidates: dict[Candidate, Callable[[], object]] = {
            Candidate("acoustic", "ours", 1): partial(self._frames, line)
        }
        for count in THREADS:
            candidates |= {
                Candidate("acoustic", "eager", count): partial(self._eager_frames, line),
                Candidate("vocoder", "ours", count): partial(self._samples, self._helpers[count], pieces),
                Candidate("vocoder", "eager", count): partial(self._eager_samples, mel),
                Candidate("both", "ours", count): partial(self._speech, self._models[count], line),
            }
        return candidates

    def _frames(self, line: Line) -> None:
        _, outline = self._network.outline(line.plan)
        for _ in self._network.mels(outline):
            pass

    def _samples(self, helper: HelperThread, pieces: Sequence[Mel]) -> None:
        stream = self._vocoder.stream()
        for piece in pieces:
            with helper.claim() as executor:
                stream.process(piece, HelperQueue(executor) if executor else None)
        stream.flush()

    def _speech(self, model: VoiceModel, line: Line) -> None:
        items, span = line.sentence.items, line.sentence.span
        pieces, cutter = model.speak(items, ResolvedOptions(), ((self._speaker, 1.0),), span)
        for samples in pieces:
            cutter.process(samples)
        cutter.flush()

    def _eager_frames(self, line: Line) -> None:
        with torch.inference_mode():
            self._voice.acoustic.infer(line.inputs)

    def _eager_samples(self, mel: Tensor) -> None:
        """(1, M, T)."""
        with torch.inference_mode():
            self._voice.vocoder(mel)


def _run_round(line: Line, candidates: dict[Candidate, Callable[[], object]], turn: int) -> Iterator[Run]:
    walls = in_turn([partial(_time, candidate, work) for candidate, work in candidates.items()], turn)
    for candidate, wall in zip(candidates, walls, strict=True):
        yield Run(candidate, line.asked, line.seconds, wall)


def _time(candidate: Candidate, work: Callable[[], object]) -> float:
    torch.set_num_threads(candidate.threads)
    began = time.perf_counter()
    work()
    return time.perf_counter() - began
