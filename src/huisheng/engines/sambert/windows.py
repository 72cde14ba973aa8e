"""A vocoder's graph on a stretch of frames, in one call or in two at the same time.

One call keeps one core busy. Two calls wait for each other once, at their end; two threads within a call wait
after every convolution, for whichever of them was held up. The second call is given frames before its own, of
which the graph makes as little as it can.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from huisheng.engines.graphs import Graph
from huisheng.engines.sambert.helper import Help, Pace
from huisheng.types import Samples

Array: TypeAlias = NDArray[np.float32]

State: TypeAlias = Mapping[str, Array]
"""What a causal vocoder keeps of its past, by the names of its inputs."""

STATELESS: Final[State] = MappingProxyType({})
"""Of a vocoder that looks ahead."""

_STEP: Final = 4
"""Frames by which a helper's share is longer or shorter, so that it varies little."""
_LEAST: Final = 8
"""Frames that are worth making what surrounds them, most of it in the first stage."""


class Margin(NamedTuple):
    """Frames before and after a stretch that make it what it is in the whole."""

    before: int
    after: int


class Window(NamedTuple):
    """Frames `start` up to, not including, `end`, and how many before and after them are given too."""

    start: int
    end: int
    before: int
    after: int


class Windows:
    """The graph of a vocoder.

    Args:
        graph: vocoder.onnx.
        margin: that it cuts where it is told to.
        hop: samples of a frame.
    """

    def __init__(self, graph: Graph, margin: Margin, hop: int) -> None:
        self.graph = graph
        self.margin = margin
        self._hop = hop
        self._pace = Pace()

    def __call__(
        self,
        inputs: Mapping[str, Array],
        stretch: tuple[int, int],
        state: State = STATELESS,
        beside: Help | None = None,
    ) -> tuple[Samples, State]:
        """
        Args:
            inputs: mel (1, M, 1, T), and source (1, K, 1, T·hop) where there is one.
            stretch: the first of the frames to be made, and the frame after the last. Their margins lie
                around them, as far as the utterance goes.
            state: of a causal vocoder, of the frames before; then the stretch begins with the first frame.
            beside: another thread that helps, if any.

        Returns:
            (n·hop,) samples of the n frames of the stretch, and the state of the frames up to its end.

        Raises:
            EngineError: the runtime failed.
        """
        start, end = stretch
        seam = end - self._helpers_share(end - start, beside)
        frames = inputs["mel"].shape[3]
        first = around(start, seam, frames, self.margin)
        if beside is None or seam == end:
            made = self._made(inputs, first, state)
            return self._own(made, first), _next(made, state)
        second = around(seam, end, frames, self.margin)
        nothing = {name: past[..., :0] for name, past in state.items()}
        coming = beside.queue.submit(self._made, inputs, second, nothing)
        samples = self._own(self._made(inputs, first, state), first)
        made = coming.result()
        return np.concatenate([samples, self._own(made, second)]), _next(made, state)

    def _helpers_share(self, frames: int, beside: Help | None) -> int:
        """How many of the last frames another thread makes, so that both are done at the same time; their
        margin is left to this one.
        """
        if beside is None or not self._pace.seconds:
            return 0
        left = frames - beside.busy / self._pace.seconds
        share = int(max(0.0, left) / 2) // _STEP * _STEP
        return share if share >= _LEAST and frames - share >= self.margin.before else 0

    def _made(self, inputs: Mapping[str, Array], window: Window, state: State) -> dict[str, Array]:
        """Every output of the graph."""
        start, end = window.start - window.before, window.end + window.after
        given: dict[str, NDArray[Any]] = {"cut": np.array(self._cut(window), dtype=np.int64)}
        for name, values in inputs.items():
            rate = 1 if name == "mel" else self._hop
            given[name] = values[..., start * rate : end * rate]
        with self._pace.measured(window.end - window.start):
            return self.graph({**given, **state})

    def _own(self, made: Mapping[str, Array], window: Window) -> Samples:
        """Those of the window's frames: a margin that is not whole is not cut by the graph."""
        margins = zip(self._cut(window), (window.before, window.after), strict=True)
        before, after = (0 if whole else frames * self._hop for whole, frames in margins)
        samples = made["samples"].reshape(-1)
        return samples[before : len(samples) - after]

    def _cut(self, window: Window) -> tuple[bool, bool]:
        """Whether the margins before and after a window are whole, and the graph cuts them."""
        return window.before == self.margin.before, window.after == self.margin.after


def around(start: int, end: int, frames: int, margin: Margin) -> Window:
    """A window with as much of its margin as there is.

    Args:
        start: of its own frames.
        end: the frame after its last.
        frames: that there are.
        margin: that it wants.
    """
    return Window(start, end, min(margin.before, start), min(margin.after, frames - end))


def _next(made: Mapping[str, Array], state: State) -> State:
    return {name: made[f"next_{name}"] for name in state}
