"""Pitch, voicing and energy of frames as one graph, and their embedding for the decoder's graph."""

from __future__ import annotations

import math
from typing import Final

import numpy as np
from onnx import ModelProto

from huisheng.acoustic.config import AcousticConfig, ParallelConfig
from huisheng.acoustic.contours import ContourEmbedding
from huisheng.acoustic.parallel import PLACES
from huisheng.export.graphs.builder import GraphBuilder, Value
from huisheng.export.graphs.convnext import convnext_stack
from huisheng.export.graphs.layers import linear
from huisheng.export.graphs.weights import Array, Weights

ROOT: Final = "contour_predictor"
TRACKS: Final = ("pitch", "voicing", "energy")


def contours_graph(config: AcousticConfig, weights: Weights) -> ModelProto:
    """All T frames of an utterance.

    Inputs:
        frames: (T, C + 3) text, speaker and emotion of each, and its place in its symbol.

    Outputs:
        pitch: (T,), also where nothing is voiced.
        voicing: (T,) log odds.
        energy: (T,) normalised.

    Args:
        config: of the model, with `parallel`.
        weights: of the checkpoint.
    """
    graph = GraphBuilder("contours")
    predictor = weights.at(ROOT)
    frames = graph.input("frames", ("T", config.symbol_units + PLACES))
    hidden = convnext_stack(graph, parallel(config).contours, predictor.at("stack"), frames)
    said = linear(graph, hidden, predictor.at("tracks").linear())
    columns = graph.ops("Split", len(TRACKS), said, axis=1, num_outputs=len(TRACKS))
    for name, column in zip(TRACKS, columns, strict=True):
        graph.output(name, graph.op("Squeeze", column, graph.integers(1)), ("T",))
    return graph.model()


def embed(
    graph: GraphBuilder, config: ParallelConfig, pitch: Value, voicing: Value, energy: Value
) -> tuple[Value, Value]:
    """(T,) each, voicing 1 or 0 → (T, pitches) and (T, efforts), 0…1."""
    heights = ContourEmbedding(config)
    voiced = graph.op("Unsqueeze", voicing, graph.integers(1))
    ends = (graph.weight(np.array(end, np.float32)) for end in (config.quietest, config.loudest))
    return (
        graph.op("Mul", _near(graph, pitch, heights.pitches.numpy()), voiced),
        _near(graph, graph.op("Clip", energy, *ends), heights.efforts.numpy()),
    )


def parallel(config: AcousticConfig) -> ParallelConfig:
    """The part of the config that a parallel model has.

    Raises:
        ValueError: the config is of a model that makes frame after frame.
    """
    if config.parallel is None:
        raise ValueError("the config lacks the parallel decoder")
    return config.parallel


def _near(graph: GraphBuilder, values: Value, heights: Array) -> Value:
    """(T,) values and (K,) evenly spaced heights → (T, K) Gaussians as wide as the heights are apart."""
    scale = np.array(math.sqrt(0.5) / (heights[1] - heights[0]), np.float32)
    column = graph.op("Unsqueeze", values, graph.integers(1))
    scaled = graph.op("Mul", graph.op("Sub", column, graph.weight(heights)), graph.weight(scale))
    return graph.op("Exp", graph.op("Neg", graph.op("Mul", scaled, scaled)))
