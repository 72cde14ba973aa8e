"""A vocoder's graph on several threads: a long stretch is made as windows, at the same time.

One call keeps one core busy: its convolutions are divided by channels, of which the last stages have few.
Every window but the first makes `left` frames more, which are thrown away, so a stretch is only divided while
nobody else is at work with this graph: a server whose cores are taken has nothing to win by it.
"""

from __future__ import annotations

import threading
from collections.abc import Generator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from huisheng.engines.graphs import Graph
from huisheng.types import Samples

Array = NDArray[np.float32]
State = Mapping[str, Array]
"""What a causal vocoder keeps of its past, by the names of its inputs."""

_WORTH: Final = 2
"""Times `left` new frames in a window, so that at most a third of the work is thrown away."""


class Window(NamedTuple):
    """Frames `start` up to, not including, `end`; the first `before` of them were made already."""

    start: int
    end: int
    before: int


class Windows:
    """The graph of a causal vocoder.

    Args:
        graph: vocoder.onnx.
        left: frames before a stretch that make it what it is in the whole.
        hop: samples of a frame.
        threads: at most as many windows at a time.
    """

    def __init__(self, graph: Graph, left: int, hop: int, threads: int) -> None:
        self.graph = graph
        self._left = left
        self._hop = hop
        self._threads = threads
        self._pool = ThreadPoolExecutor(threads - 1, "vocoder") if threads > 1 else None
        self._lock = threading.Lock()
        self._callers = 0

    def __call__(self, mel: Array, source: Array | None, state: State) -> tuple[Samples, State]:
        """
        Args:
            mel: (1, M, 1, T).
            source: (1, K, 1, T·hop), or None.
            state: of the frames before.

        Returns:
            (T·hop,) samples, and the state of the frames up to here.
        """
        with self._entered() as alone:
            count = self._threads if alone else 1
            windows = divided(mel.shape[3], self._left, count)
            made = self._made([self._inputs(mel, source, window) for window in windows], state)
        samples = [
            each["samples"].reshape(-1)[window.before * self._hop :]
            for each, window in zip(made, windows, strict=True)
        ]
        return np.concatenate(samples), {name: made[-1][f"next_{name}"] for name in state}

    def _made(self, inputs: Sequence[Mapping[str, Array]], state: State) -> list[dict[str, Array]]:
        """The outputs of every window; the first goes on from the state, the others begin with none."""
        nothing = {name: np.zeros((*past.shape[:3], 0), dtype=np.float32) for name, past in state.items()}
        if self._pool is None or len(inputs) == 1:
            return [self.graph({**inputs[0], **state})]
        others = [self._pool.submit(self.graph, {**each, **nothing}) for each in inputs[1:]]
        return [self.graph({**inputs[0], **state}), *(other.result() for other in others)]

    def _inputs(self, mel: Array, source: Array | None, window: Window) -> Mapping[str, Array]:
        inputs = {"mel": mel[..., window.start : window.end]}
        if source is not None:
            inputs["source"] = source[..., window.start * self._hop : window.end * self._hop]
        return inputs

    @contextmanager
    def _entered(self) -> Generator[bool]:
        """Whether nobody else is at work here when the block begins."""
        with self._lock:
            self._callers += 1
            alone = self._callers == 1
        try:
            yield alone
        finally:
            with self._lock:
                self._callers -= 1


def divided(frames: int, left: int, most: int) -> tuple[Window, ...]:
    """Windows of about the same length whose new frames follow each other and together are all.

    Args:
        frames: of the stretch.
        left: frames that every window but the first has before its new ones.
        most: windows.
    """
    count = max(1, min(most, frames // max(1, _WORTH * left)))
    longest = -(-(frames + left * (count - 1)) // count)
    ends = [min(frames, longest + place * (longest - left)) for place in range(count)]
    starts = [0, *ends[:-1]]
    return tuple(
        Window(start - before, end, before)
        for start, end, before in zip(starts, ends, [0] + [left] * (count - 1), strict=True)
    )
