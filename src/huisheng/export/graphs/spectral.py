"""The spectral vocoder's network as one graph: spectrogram in, filters of pulses and noise out."""

from __future__ import annotations

from typing import Final

import numpy as np
from onnx import ModelProto

from huisheng.export.graphs.builder import GraphBuilder, Value
from huisheng.export.graphs.convnext import convnext_stack
from huisheng.export.graphs.layers import linear
from huisheng.export.graphs.weights import Weights
from huisheng.vocoder.config import SpectralConfig
from huisheng.vocoder.spectral import LOUDEST

ROOT: Final = "network"


def spectral_graph(config: SpectralConfig, weights: Weights) -> ModelProto:
    """Any T frames in a row; those within the stack's reach of an end are wrong unless it is the utterance's.

    Inputs:
        mel: (T, M) normalised.
        pitch: (T,), anything where nothing is voiced.
        voicing: (T,) 1 or 0.

    Outputs:
        pulses: (P · T, F, 2) real and imaginary part of each gain, P filters a frame.
        noise: (S · T, N) gains, S filters a frame.

    Args:
        config: of the generator.
        weights: of its checkpoint.
    """
    graph = GraphBuilder("vocoder")
    network = weights.at(ROOT)
    mel = graph.input("mel", ("T", config.mels))
    pitch, voicing = (graph.input(name, ("T",)) for name in ("pitch", "voicing"))
    heard = graph.op("Concat", mel, *_tracks(graph, pitch, voicing), axis=1)
    said = linear(
        graph, convnext_stack(graph, config.stack, network.at("stack"), heard), network.at("head").linear()
    )
    bins, noise_bins = config.pulses.bins, config.noise.bins
    sizes = graph.integers(config.steps * 3 * bins, config.noise_steps * noise_bins)
    pulses, noise = graph.ops("Split", 2, said, sizes, axis=1)
    gain, real, imaginary = graph.ops("Split", 3, graph.reshape(pulses, -1, 3 * bins), axis=1, num_outputs=3)
    graph.output("pulses", _complex(graph, _gain(graph, gain), real, imaginary), ("P", bins, 2))
    graph.output("noise", _gain(graph, graph.reshape(noise, -1, noise_bins)), ("S", noise_bins))
    return graph.model()


def _tracks(graph: GraphBuilder, pitch: Value, voicing: Value) -> tuple[Value, Value]:
    """(T,) each → (T, 1) each, the pitch 0 where nothing is voiced."""
    voiced = graph.op("Unsqueeze", voicing, graph.integers(1))
    return graph.op("Mul", graph.op("Unsqueeze", pitch, graph.integers(1)), voiced), voiced


def _gain(graph: GraphBuilder, logarithm: Value) -> Value:
    """Gain from its logarithm, of any shape."""
    return graph.op("Exp", graph.op("Min", logarithm, graph.weight(np.array(LOUDEST, np.float32))))


def _complex(graph: GraphBuilder, gain: Value, real: Value, imaginary: Value) -> Value:
    """(P · T, F) each → (P · T, F, 2)."""
    parts = (graph.op("Mul", gain, part) for part in (real, imaginary))
    return graph.op("Concat", *(graph.op("Unsqueeze", part, graph.integers(2)) for part in parts), axis=2)
