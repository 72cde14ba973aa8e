"""Steps of the decoder, of one utterance or of several side by side.

A step reads every weight of the decoder and multiplies it once. Rows beside each other share the reading,
which is most of its time. How many steps are made does not change them, so all rows make as many as the one
that wants fewest, and join and leave whenever a few steps are done.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from huisheng.engines.batching import Batcher
from huisheng.engines.graphs import Graph

Array: TypeAlias = NDArray[np.float32]

AT_ONCE: Final = 12
"""Steps that rows make before others may join: what is done twice at the seams is then a hundredth."""

_BAND: Final = 8
"""Steps by which bands of a batch differ. What a band is wider than wanted is hidden, and costs little."""

_ALL: Final = 1 << 30
"""Steps in one go where no other row waits for their end."""


@dataclass(frozen=True, slots=True, eq=False)
class Past:
    """Where an utterance stands: with K layers, H heads of d channels, w steps of band, M columns.

    Attributes:
        frame: (M,) the last one; zeros at the start.
        band: (K, 2, H, w, d) keys and values of the last steps.
    """

    frame: Array
    band: Array


@dataclass(frozen=True, slots=True, eq=False)
class Chunk:
    """The n steps that an utterance wants next.

    Attributes:
        memory: (n + w, U).
        penalty: (n, 2, w + 1), 0, or −inf for steps behind and ahead that are not to be seen.
        past: where it stands.
    """

    memory: Array
    penalty: Array
    past: Past

    def first(self, steps: int) -> Chunk:
        """Only so many of its steps."""
        extra = len(self.penalty) - steps
        return replace(self, memory=self.memory[: len(self.memory) - extra], penalty=self.penalty[:steps])


@dataclass(frozen=True, slots=True, eq=False)
class StepFrames:
    """What came of a chunk, or of its beginning.

    Attributes:
        frames: (n·r, M).
        past: where the utterance stands now.
    """

    frames: Array
    past: Past


class DecoderSteps:
    """The decoder of a package. It keeps no state: threads may share it.

    Args:
        graph: decoder.onnx, of one row in packages of old.
        most: rows that go together.
    """

    def __init__(self, graph: Graph, most: int = 1) -> None:
        self._graph = graph
        self._takes_rows = len(graph.inputs["memory"]) == 3
        self._together = most > 1 and self._takes_rows
        self._batcher = Batcher(self._run, most)
        self.at_once = AT_ONCE if self._together else _ALL
        """Steps that are worth asking for."""

    def width(self, band: int) -> int:
        """Steps w of band for an utterance that looks so many back and ahead: batches are of equal bands, so
        that no row's sums depend on the rows beside it.
        """
        return -(-band // _BAND) * _BAND if self._together else band

    def start(self, width: int) -> Past:
        """The start of an utterance, with a band of so many steps."""
        frame, band = self._graph.zeros("frame", {"B": 1}), self._graph.zeros("band", {"B": 1, "w": width})
        return Past(frame[0], band[0] if self._takes_rows else band)

    def __call__(self, chunk: Chunk) -> StepFrames:
        """Make as many steps of a chunk as all rows of its batch want, at least one.

        Raises:
            EngineError: the runtime failed.
        """
        if not self._takes_rows:
            return self._single(chunk)
        return self._batcher(chunk.penalty.shape[2], chunk) if self._together else self._run([chunk])[0]

    def _run(self, chunks: Sequence[Chunk]) -> list[StepFrames]:
        steps = min(len(chunk.penalty) for chunk in chunks)
        rows = [chunk.first(steps) for chunk in chunks]
        made = self._graph(
            {
                "steps": np.array(steps),
                "memory": np.stack([row.memory for row in rows]),
                "penalty": np.stack([row.penalty for row in rows], axis=1),
                "frame": np.stack([row.past.frame for row in rows]),
                "band": np.stack([row.past.band for row in rows]),
            }
        )
        outputs = zip(made["frames"], made["last"], made["next_band"], strict=True)
        return [StepFrames(frames, Past(last, band)) for frames, last, band in outputs]

    def _single(self, chunk: Chunk) -> StepFrames:
        past = chunk.past
        made = self._graph(
            {
                "steps": np.array(len(chunk.penalty)),
                "memory": chunk.memory,
                "penalty": chunk.penalty,
                "frame": past.frame[None],
                "band": past.band,
            }
        )
        return StepFrames(made["frames"], Past(made["last"][0], made["next_band"]))
