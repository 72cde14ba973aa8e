"""Windows of a voice that makes all frames at once, one after the other in one call.

Its networks are products at each frame, norms at each frame, and filters over a few. So a graph that is
given zeros between two windows wherever it filters makes of each what it makes of it alone. The zeros are an
input that is multiplied in before every filter, in a copy of the published graph.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final, TypeAlias

import numpy as np
import onnx
from benchmarks.batching.timing import median_times
from numpy.typing import NDArray
from onnx import NodeProto, TensorProto, helper, numpy_helper

from huisheng.engines.graphs import Graph
from huisheng.voice.load import VoicePackage
from huisheng.voice.manifest import Description
from huisheng.voice.publish import publish, staging

PARTS: Final = ("contours", "decoder", "vocoder")
"""Graphs that are stacks of filters and products."""
WINDOWS: Final = (1, 2, 4, 8)
FRAMES: Final = (60, 436)
"""Frames of the first window and of all others, with what surrounds them."""

_GAP: Final = 3
"""Frames between two windows: as far as a filter of seven taps looks."""
_MOST: Final = 3_600
"""Frames of a call."""

Inputs: TypeAlias = Mapping[str, NDArray[Any]]


@dataclass(frozen=True, slots=True)
class PackedTiming:
    """Windows of one length in calls of several.

    Attributes:
        part: which graph.
        frames: of a window.
        published: milliseconds of one window in the graph as published.
        windows: how many go together → milliseconds of one of them.
        difference: of an output from what it is alone, as a share of the largest.
    """

    part: str
    frames: int
    published: float
    windows: Mapping[int, float]
    difference: float


def compare_packing(package: VoicePackage, rounds: int) -> list[PackedTiming]:
    """Timings of a voice that makes all frames at once."""
    with TemporaryDirectory() as folder:
        copy = mask(package, Path(folder))
        return [compare(part, frames, (package, copy), rounds) for part in PARTS for frames in FRAMES]


def compare(part: str, frames: int, packages: tuple[VoicePackage, VoicePackage], rounds: int) -> PackedTiming:
    """One graph on windows of some length: as published and, several together, in the copy."""
    published, copy = (Graph(package, f"{part}.onnx") for package in packages)
    windows = [_random_inputs(published, frames, seed) for seed in range(max(WINDOWS))]
    counts = [count for count in WINDOWS if count * frames <= _MOST]
    calls = {count: _join(windows[:count]) for count in counts}
    works = {0: partial(published, windows[0])} | {
        count: partial(copy, inputs) for count, inputs in calls.items()
    }
    times = median_times(works, rounds)
    made, last = copy(calls[counts[-1]]), counts[-1]
    difference = max(_difference(published, made, windows[:last], number) for number in range(last))
    each = {count: times[count] / count for count in counts}
    return PackedTiming(part, frames, times[0], each, difference)


def _random_inputs(graph: Graph, frames: int, seed: int) -> Inputs:
    random = np.random.default_rng(seed)
    return {
        name: random.standard_normal(graph.zeros(name, {"T": frames}).shape, np.float32)
        for name in graph.inputs
    }


def _join(windows: Sequence[Inputs]) -> Inputs:
    """Each followed by frames that are hidden, but the last."""
    names = windows[0].keys()
    valid = np.ones(len(windows[0]["frames" if "frames" in names else "mel"]), dtype=np.float32)
    padded = [{**window, "valid": valid} for window in windows]
    joined = {
        name: np.concatenate([_add_gap(window[name]) for window in padded]) for name in (*names, "valid")
    }
    return {name: values[: len(values) - _GAP] for name, values in joined.items()}


def _add_gap(values: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.concatenate([values, np.zeros((_GAP, *values.shape[1:]), dtype=np.float32)])


def _difference(
    published: Graph, made: Mapping[str, NDArray[np.float32]], windows: Sequence[Inputs], number: int
) -> float:
    """The largest difference in the window of this number."""
    frames = len(next(iter(windows[number].values())))
    total = len(windows) * (frames + _GAP) - _GAP
    start = number * (frames + _GAP)
    found = 0.0
    for name, wanted in published(windows[number]).items():
        steps = len(made[name]) // total  # rows of an output in a frame
        own = made[name][steps * start : steps * (start + frames)]
        found = max(found, float(np.abs(own - wanted).max() / np.abs(wanted).max()))
    return found


def mask(package: VoicePackage, folder: Path) -> VoicePackage:
    """A copy whose filters are given zeros for the frames that are not valid."""
    with staging(folder) as staged:
        for name in package.manifest.files:
            shutil.copy(package.path(name), staged / name)
        for part in PARTS:
            _mask(staged / f"{part}.onnx")
        stated = {name: getattr(package.manifest, name) for name in Description.model_fields}
        return publish(staged, Description(**stated))


def _mask(path: Path) -> None:
    model: Any = onnx.load_model_from_string(path.read_bytes())
    graph = model.graph
    graph.input.append(helper.make_tensor_value_info("valid", TensorProto.FLOAT, ["T"]))
    graph.initializer.append(numpy_helper.from_array(np.array([0, 1, 2], dtype=np.int64), "valid_axes"))
    nodes: list[NodeProto] = [helper.make_node("Unsqueeze", ["valid", "valid_axes"], ["valid_image"])]
    for number, node in enumerate(graph.node):
        if node.op_type == "Conv":
            hidden = f"valid_{number}"
            nodes.append(helper.make_node("Mul", [node.input[0], "valid_image"], [hidden]))
            node.input[0] = hidden
        nodes.append(node)
    copied = [_copy(node) for node in nodes]
    del graph.node[:]
    graph.node.extend(copied)
    path.write_bytes(model.SerializeToString())


def _copy(node: NodeProto) -> NodeProto:
    copy = NodeProto()
    copy.CopyFrom(node)
    return copy
