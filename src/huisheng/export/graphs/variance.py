"""The variance adaptor as one graph: pitch and energy, then durations in a loop over symbols."""

from __future__ import annotations

from typing import Final

import numpy as np
from onnx import ModelProto

from huisheng.acoustic.config import AcousticConfig
from huisheng.export.graphs.builder import BOOL, INT64, GraphBuilder, Value
from huisheng.export.graphs.layers import (
    convolution,
    depthwise_convolution,
    linear,
    lstm,
    lstm_weights,
    neighbours,
)
from huisheng.export.graphs.weights import Weights

ROOT: Final = "variance_adaptor"
_BOTH_WAYS: Final = ("", "_reverse")
_TRACK_TAPS: Final = 9
"""Symbols that the pitch or energy of one is spread over."""
_CONTROLS: Final = ("pitch_scale", "pitch_bias", "energy_scale", "energy_bias")


def variance_graph(config: AcousticConfig, weights: Weights) -> ModelProto:
    """One utterance of L symbols.

    Inputs:
        text: (L, P) from the encoder.
        speaker: (L, S); emotion: (L, E).
        pitch_scale, pitch_bias, energy_scale, energy_bias: (L,), what is predicted becomes scale · it + bias.

    Outputs:
        coloured: (L, P) text with pitch and energy in it.
        log_durations: (L,) log(frames + 1), at least 0.
        pitch, energy: (L,) normalised as in training, after the controls.

    Args:
        config: of the model.
        weights: of the checkpoint.
    """
    graph = GraphBuilder("variance")
    text = graph.input("text", ("L", config.text_units))
    speaker = graph.input("speaker", ("L", config.speaker_units))
    emotion = graph.input("emotion", ("L", config.emotion_units))
    pitch_scale, pitch_bias, energy_scale, energy_bias = (graph.input(name, ("L",)) for name in _CONTROLS)
    adaptor = weights.at(ROOT)
    heard = graph.op("Concat", text, speaker, emotion, axis=1)
    pitch = predictor(graph, config, adaptor.at("pitch_predictor"), heard)
    energy = predictor(graph, config, adaptor.at("energy_predictor"), heard)
    pitch = graph.op("Add", graph.op("Mul", pitch, pitch_scale), pitch_bias)
    energy = graph.op("Add", graph.op("Mul", energy, energy_scale), energy_bias)
    coloured = graph.op("Add", text, _spread(graph, adaptor.at("pitch_emb"), pitch))
    coloured = graph.op("Add", coloured, _spread(graph, adaptor.at("energy_emb"), energy))
    heard = graph.op("Concat", coloured, speaker, emotion, axis=1)
    durations = _durations(graph, config, adaptor.at("duration_predictor"), heard)
    graph.output("coloured", coloured, ("L", config.text_units))
    for name, values in (("log_durations", durations), ("pitch", pitch), ("energy", energy)):
        graph.output(name, values, ("L",))
    return graph.model()


def predictor(graph: GraphBuilder, config: AcousticConfig, weights: Weights, x: Value) -> Value:
    """(L, C) → (L,): FSMN, LSTM in both directions, one value."""
    for layer in range(config.predictor.layers):
        x = _fsmn(graph, config, weights.at("fsmn"), layer, x)
    hidden, _, _ = lstm(graph, x, lstm_weights(weights.at("blstm"), 0, _BOTH_WAYS))
    return graph.op("Squeeze", linear(graph, hidden, weights.at("fc").linear()), graph.integers(1))


def _fsmn(graph: GraphBuilder, config: AcousticConfig, weights: Weights, layer: int, x: Value) -> Value:
    """One layer (Zhang et al. 2018, arXiv 1803.05030) on (L, C); the first has no way around."""
    feed, shape = weights.at("ffn_lst", layer), config.predictor
    y = linear(graph, x, feed.at("w_1").linear(), relu=True)
    y = graph.op("MatMul", y, graph.weight(feed.at("w_2").linear().weight))
    memory = depthwise_convolution(
        graph, y, weights.at("memory_block_lst", layer, "conv_dw"), (shape.behind, shape.ahead)
    )
    y = graph.op("Add", memory, y)
    inputs = feed["w_1.weight"].shape[1]
    return graph.op("Add", y, x) if inputs == shape.memory else y


def _spread(graph: GraphBuilder, weights: Weights, values: Value) -> Value:
    """(L,) → (L, P): a value for each symbol and its neighbours."""
    column = graph.op("Unsqueeze", values, graph.integers(1))
    return linear(graph, neighbours(graph, column, _TRACK_TAPS), convolution(weights))


def _durations(graph: GraphBuilder, config: AcousticConfig, weights: Weights, heard: Value) -> Value:
    """(L, C) → (L,): each duration hears the one before."""
    size = config.duration_lstm
    zeros = graph.weight(np.zeros((1, 1, size), dtype=np.float32))
    begin = graph.weight(np.zeros((1, 1), dtype=np.float32))
    body = graph.body()
    index = body.input("index", (), INT64)
    going = body.input("going", (), BOOL)
    last = body.input("duration", (1, 1))
    states = [body.input(name, (1, 1, size)) for name in ("hidden_0", "cell_0", "hidden_1", "cell_1")]
    x = last
    for layer in range(len(config.duration_prenet)):
        x = linear(body, x, weights.at("prenet", "fcs", 3 * layer).linear(), relu=True)
    symbol = body.op("Gather", heard, body.reshape(index, 1), axis=0)
    x = body.op("Concat", x, symbol, axis=1)
    new: list[Value] = []
    for layer in range(2):
        state = (states[2 * layer], states[2 * layer + 1])
        x, hidden, cell = lstm(body, x, lstm_weights(weights.at("lstm"), layer), state)
        new += [hidden, cell]
    duration = linear(body, x, weights.at("fc").linear(), relu=True)
    body.output("go_on", going, (), BOOL)
    body.output("next_duration", duration, (1, 1))
    for place, state in enumerate(new):
        body.output(f"next_state_{place}", state, (1, 1, size))
    body.output("said", duration, (1, 1))
    length = graph.op("Squeeze", graph.op("Shape", heard, start=0, end=1), graph.integers(0))
    *_, said = graph.loop(length, (begin, zeros, zeros, zeros, zeros), body)
    return graph.reshape(said, -1)
