"""The vocoder's graph makes the reference's samples, with a source or without."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from tests.parity.graphs.packages import settings_of, vocoder_package, vocoder_published
from tests.parity.graphs.replayed import Replayed
from tests.parity.vocoder.reference import arrays, config, shapes
from tests.parity.weights import draw_state_dict

from huisheng.engines.graphs import Graph
from huisheng.engines.vocoder.hifigan import CausalStream, HifiganGraph, HifiganVocoder, WindowedStream
from huisheng.engines.vocoder.protocol import VocoderStream
from huisheng.engines.vocoder.source import HarmonicSource
from huisheng.engines.windows import Margin
from huisheng.vocoder.generator import Generator

WAVE = 1e-4
"""Largest difference of samples, as a share of full scale."""

WITHOUT_SOURCE = ["voc16k", "voc16k_nc", "voc24k"]
WITH_SOURCE = ["voc16k_nsf", "voc24k_nsf"]
ROWS = [0, 1]
"""Rows of the reference's batch."""


def reference_stream(name: str, row: int) -> VocoderStream:
    """A stream whose source draws what the reference drew."""
    given, known = arrays(name), settings_of(name)
    hop = config(name).hop
    assert known.source is not None
    random = Replayed(given["phase"][row], given["gauss"][row])
    source = HarmonicSource(known.source, hop, config(name).sample_rate, random)
    graph = Graph(vocoder_package(name), "vocoder.onnx")
    windows = HifiganGraph(graph, Margin(known.left, known.right), hop)
    return CausalStream(windows, source) if known.causal else WindowedStream(windows, source, hop)


def run_stream(stream: VocoderStream, frames: NDArray[np.float32]) -> NDArray[np.float32]:
    """(T, M) → (N,)"""
    return np.concatenate([stream.process(frames), stream.flush()])


@pytest.mark.parametrize("name", WITHOUT_SOURCE)
@pytest.mark.parametrize("row", ROWS)
def test_the_samples_are_the_references(name: str, row: int) -> None:
    given = arrays(name)
    vocoder = HifiganVocoder(vocoder_package(name), settings_of(name))

    samples = run_stream(vocoder.stream(), given["mel"][row].T)

    np.testing.assert_allclose(samples, given["wav"][row, 0], rtol=0, atol=WAVE)


@pytest.mark.parametrize("name", WITH_SOURCE)
@pytest.mark.parametrize("row", ROWS)
def test_with_the_references_phases_and_noise_the_samples_are_the_references(name: str, row: int) -> None:
    given = arrays(name)
    frames = np.concatenate([given["mel"][row], given["f0"][row], given["uv"][row]]).T

    samples = run_stream(reference_stream(name, row), frames)

    np.testing.assert_allclose(samples, given["wav"][row, 0], rtol=0, atol=WAVE)


def test_at_full_width_the_graph_makes_the_samples_of_the_network() -> None:
    model = Generator(config("voc16k_full")).eval()
    model.load_state_dict(draw_state_dict(shapes("voc16k_full", "weight_norm"), {}))
    mel = np.random.default_rng(1).standard_normal((6, 80), np.float32)
    with torch.inference_mode():
        expected = model(torch.as_tensor(mel).T[None])[0, 0].numpy()

    package = vocoder_published(model)

    known = settings_of("voc16k_full")
    samples = run_stream(HifiganVocoder(package, known).stream(), mel)
    np.testing.assert_allclose(samples, expected, rtol=0, atol=WAVE)
