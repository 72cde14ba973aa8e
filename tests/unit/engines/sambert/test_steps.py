"""Steps of several utterances side by side: no sound depends on those it is made with."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import cache, partial
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from onnx import NodeProto, ValueInfoProto, helper
from tests.unit.engines.sambert.tiny import (
    LONG,
    engine_of,
    join,
    package,
    publish_altered,
    speak_words,
    utterance,
)

from huisheng.engines.families import two_stage_engine
from huisheng.engines.graphs import Graph
from huisheng.engines.protocol import EngineOptions
from huisheng.engines.sambert.network import Decoder, Outline
from huisheng.engines.sambert.steps import AT_ONCE, Chunk, DecoderSteps, StepFrames
from huisheng.engines.vocoder.protocol import Mel
from huisheng.errors import EngineError
from huisheng.types import ResolvedOptions

TOLERANCE = 1e-5
"""Between frames made alone and side by side; measured, there is no difference at all."""
TIMEOUT = 60.0

DECODER = "decoder.onnx"
INT64 = onnx.TensorProto.INT64
GROUP, TEXT, SPEAKER, EMOTION = 3, 8, 6, 4


class GatedGraph(Graph):
    """A graph that keeps how many rows it was given, and begins when it is let go."""

    def __init__(self) -> None:
        super().__init__(package(), DECODER)
        self.rows: list[int] = []
        self.gate = threading.Event()

    def __call__(self, inputs: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[np.float32]]:
        assert self.gate.wait(TIMEOUT)
        self.rows.append(len(inputs["frame"]))
        return super().__call__(inputs)


class GatedSteps(DecoderSteps):
    """A decoder whose graph is let go when so many threads have asked for a step."""

    def __init__(self, graph: GatedGraph, most: int, threads: int) -> None:
        super().__init__(graph, most)
        self._gate = graph.gate
        self._missing = threading.Semaphore(threads - 1)

    def __call__(self, chunk: Chunk) -> StepFrames:
        if not self._missing.acquire(blocking=False):
            self._gate.set()
        return super().__call__(chunk)


def outline(seed: int, frames: Sequence[int], band: int) -> Outline:
    """Symbols of random content."""
    random = np.random.default_rng(seed)
    text, speakers, emotions = (
        random.standard_normal((len(frames), channels), np.float32) for channels in (TEXT, SPEAKER, EMOTION)
    )
    return Outline(text, speakers, emotions, np.array(frames), band)


def decode(steps: DecoderSteps, said: Outline) -> Mel:
    return np.concatenate(list(Decoder(steps, GROUP, said).chunks()))


@cache
def alone() -> DecoderSteps:
    return DecoderSteps(Graph(package(), DECODER))


def together(said: Sequence[Outline], most: int = 8) -> tuple[list[Mel], list[int]]:
    """Frames of each, none of which is done before all have begun, and the rows of each batch."""
    graph = GatedGraph()
    steps = GatedSteps(graph, most, len(said))
    with ThreadPoolExecutor(len(said)) as threads:
        frames = list(threads.map(partial(decode, steps), said, timeout=TIMEOUT))
    return frames, graph.rows


OUTLINES = st.lists(
    st.tuples(st.lists(st.integers(1, 40), min_size=1, max_size=8), st.integers(0, 12)),
    min_size=1,
    max_size=5,
)


@settings(max_examples=15)
@given(said=OUTLINES, most=st.integers(1, 5))
def test_frames_are_the_same_whatever_else_is_decoded(said: list[tuple[list[int], int]], most: int) -> None:
    outlines = [outline(seed, frames, band) for seed, (frames, band) in enumerate(said)]

    frames, _ = together(outlines, most)

    for made, each in zip(frames, outlines, strict=True):
        np.testing.assert_allclose(made, decode(alone(), each), rtol=0, atol=TOLERANCE)


def test_utterances_of_several_threads_share_steps() -> None:
    _, rows = together([outline(seed, [30] * 8, 3) for seed in range(4)])

    assert max(rows) > 1


def test_bands_that_differ_little_share_steps() -> None:
    steps = DecoderSteps(Graph(package(), DECODER), 2)

    assert steps.width(1) == steps.width(8) != steps.width(9)


def test_a_row_without_others_keeps_its_own_band_and_stops_nowhere() -> None:
    assert alone().width(5) == 5
    assert alone().at_once > AT_ONCE


def test_an_utterance_that_cannot_be_decoded_fails_alone() -> None:
    good = outline(1, [30] * 8, 3)
    bad = replace(good, speakers=np.zeros((8, SPEAKER + 1), np.float32))  # which the graph does not take
    steps = DecoderSteps(Graph(package(), DECODER), 2)

    with ThreadPoolExecutor(2) as threads:
        failing, going = (threads.submit(decode, steps, each) for each in (bad, good))

    assert isinstance(failing.exception(), EngineError)
    np.testing.assert_allclose(going.result(), decode(alone(), good), rtol=0, atol=TOLERANCE)


# Voices


def test_a_voice_says_the_same_to_each_of_many_at_once() -> None:
    deliveries = [ResolvedOptions(speed=speed) for speed in (0.3, 0.4, 0.5, 0.6)]
    sharing = two_stage_engine(package().manifest, package, EngineOptions(batch=4))

    def say(options: ResolvedOptions) -> NDArray[np.float32]:
        return join(list(sharing.synthesize(utterance(LONG, options))))

    with ThreadPoolExecutor(4) as threads:
        heard = list(threads.map(say, deliveries))

    for samples, options in zip(heard, deliveries, strict=True):
        wanted = speak_words(engine_of(package()), LONG, options)
        np.testing.assert_allclose(samples, wanted, rtol=0, atol=1e-4)


OLD_AXES = {"memory": 0, "penalty": 1, "band": 0, "frames": 0, "next_band": 0}
"""Inputs and outputs that had no axis of rows, and where it is now."""


def of_one_row(folder: Path) -> None:
    """Give the decoder the inputs and outputs that it had before it took rows."""
    path = folder / DECODER
    model: Any = onnx.load_model_from_string(path.read_bytes())
    rename(model.graph.node)
    before = [node for port in model.graph.input for node in adapt_port(port, "Unsqueeze")]
    after = [node for port in model.graph.output for node in adapt_port(port, "Squeeze")]
    axes = [helper.make_tensor(f"{name}_axis", INT64, [1], [axis]) for name, axis in OLD_AXES.items()]
    model.graph.initializer.extend(axes)
    nodes: list[NodeProto] = [*before, *model.graph.node, *after]
    del model.graph.node[:]
    model.graph.node.extend(nodes)
    path.write_bytes(model.SerializeToString())


def rename(nodes: Iterable[NodeProto]) -> None:
    """What has the axis of rows, also within the loop."""
    for node in nodes:
        for names in (node.input, node.output):
            names[:] = [f"{name}_of_rows" if name in OLD_AXES else name for name in names]
        for attribute in node.attribute:
            rename(attribute.g.node)


def adapt_port(port: ValueInfoProto, kind: str) -> list[NodeProto]:
    """Drop the axis of an input or output, or its length; the node between the two forms."""
    sizes = port.type.tensor_type.shape.dim
    if port.name not in OLD_AXES:
        if sizes and sizes[0].dim_param == "B":
            sizes[0].dim_value = 1
        return []
    del sizes[OLD_AXES[port.name]]
    ends = [port.name, f"{port.name}_of_rows"]
    given, made = ends if kind == "Unsqueeze" else reversed(ends)
    return [helper.make_node(kind, [given, f"{port.name}_axis"], [made])]


@pytest.mark.parametrize("batch", [1, 4])
def test_a_package_of_old_whose_decoder_takes_one_row_speaks_as_before(tmp_path: Path, batch: int) -> None:
    old = publish_altered(package(), tmp_path, of_one_row)
    engine = two_stage_engine(old.manifest, lambda: old, EngineOptions(batch=batch))

    np.testing.assert_array_equal(speak_words(engine, LONG), speak_words(engine_of(package()), LONG))
