"""Where the time of one utterance goes: graph by graph, and what is left for our own code around them."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from statistics import median
from typing import Any, Final, TypeAlias

import numpy as np
from benchmarks.sambert.lines import Line
from numpy.typing import NDArray

from huisheng.engines.graphs import Graph
from huisheng.engines.sambert.network import Decoder, Postnet
from huisheng.engines.sambert.steps import DecoderSteps
from huisheng.engines.two_stage.plan import Plan
from huisheng.engines.two_stage.voices import details
from huisheng.engines.vocoder.hifigan import CausalStream, HifiganGraph
from huisheng.engines.vocoder.protocol import Mel
from huisheng.engines.windows import Margin
from huisheng.types import Samples
from huisheng.voice.load import VoicePackage

Part: TypeAlias = str
"""The name of a graph."""
PARTS: Final[tuple[Part, ...]] = ("encoder", "variance", "decoder", "postnet", "vocoder")
"""In the order of the work; the vocoder comes last."""

Array: TypeAlias = NDArray[np.float32]


class TimedGraph(Graph):
    """A graph that adds up the time of its calls, on one thread.

    Args:
        package: that holds it.
        part: which.
    """

    def __init__(self, package: VoicePackage, part: Part) -> None:
        super().__init__(package, f"{part}.onnx")
        self.seconds = 0.0

    def __call__(self, inputs: Mapping[str, NDArray[Any]]) -> dict[str, Array]:
        began = time.perf_counter()
        made = super().__call__(inputs)
        self.seconds += time.perf_counter() - began
        return made


@dataclass(frozen=True, slots=True)
class Shares:
    """Real-time factors on one thread, medians.

    Attributes:
        parts: of each graph.
        whole: of all of it.
    """

    parts: Mapping[Part, float]
    whole: float

    @property
    def rest(self) -> float:
        """What runs between the graphs."""
        return self.whole - sum(self.parts.values())


@dataclass(frozen=True, slots=True, eq=False)
class Intermediates:
    """What the parts hand on.

    Attributes:
        text: (L, P) of the encoder.
        coarse: pieces (T, M) of the decoder.
        mels: pieces (T, M) of the postnet.
    """

    text: Array
    coarse: tuple[Mel, ...]
    mels: tuple[Mel, ...]


class Chain:
    """The parts of the engine, one after the other as in production, on graphs whose time is kept.

    Args:
        package: of the voice.
    """

    def __init__(self, package: VoicePackage) -> None:
        self._known = details(package.manifest)
        self._hop = package.manifest.frame_samples
        self.graphs = {part: TimedGraph(package, part) for part in PARTS}

    def text(self, plan: Plan) -> Array:
        """(L, P)."""
        return self.graphs["encoder"]({"symbols": plan.ids})["text"]

    def log_durations(self, plan: Plan, text: Array) -> Array:
        """(L,) log(frames + 1) for (L, P) text, pitch and energy as predicted."""
        ones, zeros = np.ones(len(text), dtype=np.float32), np.zeros(len(text), dtype=np.float32)
        controls = {"pitch_scale": ones, "pitch_bias": zeros, "energy_scale": ones, "energy_bias": zeros}
        inputs = {"text": text, "speaker": plan.speakers, "emotion": plan.emotions}
        return self.graphs["variance"](inputs | controls)["log_durations"]

    def coarse(self, line: Line) -> Iterator[Mel]:
        """Pieces (T, M)."""
        return Decoder(DecoderSteps(self.graphs["decoder"]), self._known.group, line.outline).chunks()

    def mels(self, line: Line, coarse: Iterable[Mel]) -> Iterator[Mel]:
        """Pieces (T, M)."""
        postnet = Postnet(self.graphs["postnet"], line.outline.total)
        for piece in coarse:
            yield postnet.process(piece)

    def samples(self, mels: Iterable[Mel]) -> Iterator[Samples]:
        """Pieces (N,)."""
        margin = Margin(self._known.left, self._known.right)
        stream = CausalStream(HifiganGraph(self.graphs["vocoder"], margin, self._hop), None)
        for piece in mels:
            yield stream.process(piece)

    def speak(self, line: Line) -> None:
        """All of it, let go."""
        self.log_durations(line.plan, self.text(line.plan))
        for _ in self.samples(self.mels(line, self.coarse(line))):
            pass

    def intermediates(self, line: Line) -> Intermediates:
        """What every part hands on."""
        coarse = tuple(self.coarse(line))
        return Intermediates(self.text(line.plan), coarse, tuple(self.mels(line, coarse)))

    def works(self, line: Line, given: Intermediates) -> Mapping[Part, Callable[[], Array]]:
        """Each part by itself, on what it is given; calling it gives all that it makes."""
        return {
            "encoder": lambda: self.text(line.plan),
            "variance": lambda: self.log_durations(line.plan, given.text),
            "decoder": lambda: np.concatenate(list(self.coarse(line))),
            "postnet": lambda: np.concatenate(list(self.mels(line, given.coarse))),
            "vocoder": lambda: np.concatenate(list(self.samples(given.mels))),
        }


def shares(package: VoicePackage, line: Line, rounds: int) -> Shares:
    """Where the time goes, after one round to warm up."""
    chain = Chain(package)
    chain.speak(line)
    found = [_time_round(chain, line) for _ in range(rounds)]
    parts = {part: median(taken[part] for taken, _ in found) / line.seconds for part in PARTS}
    return Shares(parts, median(wall for _, wall in found) / line.seconds)


def _time_round(chain: Chain, line: Line) -> tuple[dict[Part, float], float]:
    """Seconds of each part and of the whole."""
    before = {part: graph.seconds for part, graph in chain.graphs.items()}
    began = time.perf_counter()
    chain.speak(line)
    wall = time.perf_counter() - began
    return {part: graph.seconds - before[part] for part, graph in chain.graphs.items()}, wall
