"""Where the time of one utterance goes: graph by graph, and what is left for our own code around them."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from statistics import median
from typing import Any, Final

import numpy as np
from benchmarks.sambert.lines import Line
from numpy.typing import NDArray

from huisheng.engines.graphs import Graph
from huisheng.engines.sambert.network import Decoder, Mel, Postnet
from huisheng.engines.sambert.plan import Plan
from huisheng.engines.sambert.vocoder import CausalStream
from huisheng.engines.sambert.voices import details
from huisheng.engines.sambert.windows import Windows
from huisheng.voice.load import VoicePackage

PARTS: Final = ("encoder", "variance", "decoder", "postnet", "vocoder")


class TimedGraph(Graph):
    """A graph that keeps the time of its calls.

    Args:
        package: that holds it.
        part: its name.
    """

    def __init__(self, package: VoicePackage, part: str) -> None:
        super().__init__(package, f"{part}.onnx")
        self.seconds = 0.0

    def __call__(self, inputs: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[np.float32]]:
        began = time.perf_counter()
        try:
            return super().__call__(inputs)
        finally:
            self.seconds += time.perf_counter() - began


@dataclass(frozen=True, slots=True)
class Shares:
    """Real-time factors on one thread, medians.

    Attributes:
        parts: of each graph.
        whole: of all of it.
    """

    parts: Mapping[str, float]
    whole: float

    @property
    def rest(self) -> float:
        """What runs between the graphs."""
        return self.whole - sum(self.parts.values())


class Chain:
    """The stages of the engine, one after the other as in production, on graphs of one's own.

    Args:
        package: of the voice.
        graphs: by part.
    """

    def __init__(self, package: VoicePackage, graphs: Mapping[str, Graph]) -> None:
        self._manifest = package.manifest
        self._known = details(package.manifest)
        self._graphs = graphs

    def text(self, plan: Plan) -> NDArray[np.float32]:
        """(L, P) of the encoder."""
        return self._graphs["encoder"]({"symbols": plan.ids})["text"]

    def varied(self, plan: Plan, text: NDArray[np.float32]) -> dict[str, NDArray[np.float32]]:
        """What the variance adaptor makes of (L, P) text, as it is predicted."""
        ones, zeros = np.ones(len(text), dtype=np.float32), np.zeros(len(text), dtype=np.float32)
        inputs = {"text": text, "speaker": plan.speakers, "emotion": plan.emotions}
        controls = {f"{track}_scale": ones for track in ("pitch", "energy")}
        return self._graphs["variance"](
            inputs | controls | {f"{track}_bias": zeros for track in ("pitch", "energy")}
        )

    def coarse(self, line: Line) -> Iterator[Mel]:
        """The decoder's frames, in the pieces of production."""
        return Decoder(self._graphs["decoder"], self._known.group, line.outline).chunks()

    def mels(self, line: Line, coarse: Iterator[Mel]) -> Iterator[Mel]:
        """The postnet's."""
        postnet = Postnet(self._graphs["postnet"], line.outline.total)
        for piece in coarse:
            yield postnet.process(piece)
        yield postnet.flush()

    def samples(self, mels: Iterator[Mel]) -> Iterator[NDArray[np.float32]]:
        """The vocoder's, on one thread."""
        windows = Windows(self._graphs["vocoder"], self._known.left, self._manifest.frame_samples, 1)
        stream = CausalStream(windows, None)
        for piece in mels:
            yield stream.process(piece)

    def speak(self, line: Line) -> None:
        """All of it, let go."""
        self.varied(line.plan, self.text(line.plan))
        for _ in self.samples(self.mels(line, self.coarse(line))):
            pass


def shares(package: VoicePackage, line: Line, rounds: int) -> Shares:
    """Where the time goes, after one round to warm up."""
    graphs = {part: TimedGraph(package, part) for part in PARTS}
    chain = Chain(package, graphs)
    chain.speak(line)
    found = [_round(chain, graphs, line) for _ in range(rounds)]
    parts = {part: median(taken[part] for taken, _ in found) / line.seconds for part in PARTS}
    return Shares(parts, median(wall for _, wall in found) / line.seconds)


def _round(chain: Chain, graphs: Mapping[str, TimedGraph], line: Line) -> tuple[dict[str, float], float]:
    """Seconds of each part and of the whole."""
    before = {part: graph.seconds for part, graph in graphs.items()}
    began = time.perf_counter()
    chain.speak(line)
    wall = time.perf_counter() - began
    return {part: graph.seconds - before[part] for part, graph in graphs.items()}, wall
