"""Steps of the autoregressive decoder, several utterances side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, TypeAlias

import numpy as np
from benchmarks.batching.timing import median_times
from numpy.typing import NDArray

from huisheng.engines.graphs import Graph
from huisheng.engines.sambert.steps import AT_ONCE
from huisheng.voice.load import VoicePackage

ROWS: Final = (1, 2, 4, 8, 16)
_BAND: Final = 8
"""Steps, as of the utterances of `speakers`."""

Inputs: TypeAlias = Mapping[str, NDArray[Any]]


@dataclass(frozen=True, slots=True)
class Rows:
    """What `rows` utterances in one call take.

    Attributes:
        rows: of the call.
        step: milliseconds of one step of all of them.
        difference: of a row's frames from what they are alone, the largest.
    """

    rows: int
    step: float
    difference: float

    @property
    def share(self) -> float:
        """Milliseconds of a step of one utterance."""
        return self.step / self.rows


def time_rows(package: VoicePackage, rounds: int) -> list[Rows]:
    """Timings of a voice that makes frame after frame."""
    graph = Graph(package, "decoder.onnx")
    alone = [_random_inputs(graph, number) for number in range(max(ROWS))]
    wanted = [graph(inputs)["frames"][0] for inputs in alone]
    batches = {rows: _stack_rows(alone[:rows]) for rows in ROWS}
    times = median_times({rows: partial(graph, inputs) for rows, inputs in batches.items()}, rounds)
    return [
        Rows(rows, times[rows] / AT_ONCE, _difference(graph(inputs)["frames"], wanted[:rows]))
        for rows, inputs in batches.items()
    ]


def _random_inputs(graph: Graph, seed: int) -> Inputs:
    """One utterance in the middle."""
    lengths = {"B": 1, "S": AT_ONCE + _BAND, "n": AT_ONCE, "W": _BAND + 1, "w": _BAND}
    random = np.random.default_rng(seed)
    inputs: dict[str, NDArray[Any]] = {
        name: random.standard_normal(graph.zeros(name, lengths).shape, np.float32)
        for name in ("memory", "frame", "band")
    }
    return {**inputs, "penalty": graph.zeros("penalty", lengths), "steps": np.array(AT_ONCE)}


def _stack_rows(rows: Sequence[Inputs]) -> Inputs:
    """Rows along their axis, which of the penalty is the second."""
    axes = {"memory": 0, "frame": 0, "band": 0, "penalty": 1}
    joined = {name: np.concatenate([row[name] for row in rows], axis) for name, axis in axes.items()}
    return {**joined, "steps": rows[0]["steps"]}


def _difference(made: NDArray[np.float32], wanted: Sequence[NDArray[np.float32]]) -> float:
    return float(np.abs(made - np.stack(wanted)).max())
