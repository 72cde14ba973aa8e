"""The PNCA decoder as one graph: a loop over steps that keeps only the band of keys and values it looks at.

What does not depend on the frame before is computed for the whole chunk at once, outside the loop: keys and
values of the memory for all layers, and the memory's part of the input. What is linear in a row is one
product: the scale of the scores is in the query's weights, the prenet's last layer in the projection
after it, and both attentions share their last projection. A step then reads every weight once, which is all
that its time consists of; several utterances may share that reading, a row each.

Chunks follow each other exactly: the state is the last frame and the band of every layer.
"""

from __future__ import annotations

import math
from typing import Final, NamedTuple

import numpy as np
from onnx import ModelProto

from huisheng.acoustic.config import AcousticConfig
from huisheng.export.graphs.builder import BOOL, CONTRIB, INT64, LARGEST_INT, GraphBuilder, Value
from huisheng.export.graphs.layers import EPSILON, layer_norm, linear
from huisheng.export.graphs.weights import Linear, Weights, beside, sum_layers

ROOT: Final = ("mel_decoder", "mel_dec")


def decoder_graph(config: AcousticConfig, weights: Weights) -> ModelProto:
    """N steps of the decoder for B utterances.

    With r frames a step, w steps of band, H heads of d channels, K layers:

    Inputs:
        steps: () int64, n.
        memory: (B, n + w, r·text + speaker + emotion), zeros after the last step of the utterance.
        penalty: (n, B, 2, w + 1), added to the scores of the steps behind and ahead: 0, or −inf where
            there are none.
        frame: (B, M) the frame before; zeros at the start.
        band: (B, K, 2, H, w, d) keys and values of the steps before; anything at the start, under −inf.

    Outputs:
        frames: (B, n·r, M).
        last: (B, M) and next_band: as `frame` and `band`, for the next chunk.
    """
    graph = GraphBuilder("decoder")
    width = config.decoder.width
    steps = graph.input("steps", (), INT64)
    memory = graph.input("memory", ("B", "S", config.memory_units))
    penalty = graph.input("penalty", ("n", "B", 2, "W"))
    frame = graph.input("frame", ("B", config.mels))
    shape = ("B", config.decoder.layers, 2, config.decoder.heads, "w", width // config.decoder.heads)
    band = graph.input("band", shape)
    decoder = _Decoder(graph, config, weights.at(*ROOT))
    rows = graph.reshape(memory, -1, config.memory_units)
    size = graph.op("Shape", memory, start=0, end=1)
    body = decoder.step(penalty, decoder.memory_input(rows, size), decoder.memory_band(rows, size))
    last, next_band, made = graph.loop(steps, (frame, band), body)
    frames = graph.op("Transpose", made, perm=(1, 0, 2))  # (B, n, r·M)
    shaped = graph.op("Concat", size, graph.integers(-1, config.mels), axis=0)
    graph.output("frames", graph.op("Reshape", frames, shaped), ("B", "T", config.mels))
    graph.output("last", last, ("B", config.mels))
    graph.output("next_band", next_band, shape)
    return graph.model()


class _Decoder:
    """The parts of the graph. B rows, H heads of d channels, D = H·d; S = n + w steps of memory."""

    def __init__(self, graph: GraphBuilder, config: AcousticConfig, weights: Weights) -> None:
        self._graph = graph
        self._config = config
        self._weights = weights
        self._heads = config.decoder.heads
        self._depth = config.decoder.width // config.decoder.heads
        self._projection = weights.at("dec_in_proj").linear().scale(math.sqrt(config.decoder.width))

    def memory_input(self, memory: Value, size: Value) -> Value:
        """(B·S, units) and (1,) B → (S, B, D): the memory's part of the input of every step."""
        graph, units = self._graph, self._config.memory_units
        said = linear(graph, memory, Linear(self._projection.weight[:units], self._projection.bias))
        return graph.op("Transpose", self._rows(said, size, self._config.decoder.width), perm=(1, 0, 2))

    def memory_band(self, memory: Value, size: Value) -> Value:
        """(B·S, units) and (1,) B → (B, K, 2, H, S, d): keys and values of the memory for each layer."""
        graph, layers = self._graph, self._config.decoder.layers
        every = beside(*(self._layer(layer).at("pnca_attn", "w_h_kv").linear() for layer in range(layers)))
        states = self._rows(linear(graph, memory, every), size, layers, 2, self._heads, self._depth)
        return graph.op("Transpose", states, perm=(0, 2, 3, 4, 1, 5))

    def step(self, penalty: Value, rows: Value, ahead: Value) -> GraphBuilder:
        """The body of the loop."""
        body, config = self._graph.body(), self._config
        index = body.input("index", (), INT64)
        going = body.input("going", (), BOOL)
        frame = body.input("previous", ("B", config.mels))
        layers = config.decoder.layers
        shape = ("B", layers, 2, self._heads, "w", self._depth)
        band = body.input("behind", shape)
        first = body.reshape(index, 1)
        scores = body.op("Gather", penalty, index, axis=0)  # (B, 2, w + 1)
        end = body.op("Add", first, body.op("Shape", scores, start=2, end=3))
        scores = body.op("Unsqueeze", scores, body.integers(2, 3, 4))
        stream = _Stream(self._input(body, frame, body.op("Gather", rows, index, axis=0)))
        behind = body.ops("Split", layers, band, axis=1, num_outputs=layers)
        window = body.ops("Split", layers, body.slice(ahead, first, end, 4), axis=1, num_outputs=layers)
        owns: list[Value] = []
        for layer, bands in enumerate(zip(behind, window, strict=True)):
            stream, own = self._block(body, self._layer(layer), stream, bands, scores)
            owns.append(own)
        x, _ = _normalize_sum(body, stream, self._weights.at("ln"))
        frames = linear(body, x, self._weights.at("dec_out_proj").linear())  # (B, r·M)
        last = body.slice(frames, body.integers(-config.mels), body.integers(LARGEST_INT), 1)
        body.output("go_on", going, (), BOOL)
        body.output("next_frame", last, ("B", config.mels))
        grown = body.op("Concat", band, body.op("Concat", *owns, axis=1), axis=4)
        body.output("next_behind", body.slice(grown, body.integers(1), body.integers(LARGEST_INT), 4), shape)
        body.output("made", frames, ("B", config.group * config.mels))
        return body

    def _rows(self, values: Value, size: Value, *shape: int) -> Value:
        """(B·S, …) and (1,) B → (B, S, *shape)."""
        shaped = self._graph.op("Concat", size, self._graph.integers(-1, *shape), axis=0)
        return self._graph.op("Reshape", values, shaped)

    def _layer(self, layer: int) -> Weights:
        return self._weights.at("pnca", layer)

    def _input(self, body: GraphBuilder, frame: Value, row: Value) -> Value:
        """(B, D): the prenet's view of the frame before, projected, beside the memory's."""
        fcs = self._weights.at("prenet", "fcs")
        x = frame
        hidden = len(self._config.prenet)
        for number in range(hidden):
            x = linear(body, x, fcs.at(3 * number).linear(), relu=True)
        rows = self._config.memory_units
        projection = Linear(
            self._projection.weight[rows:], np.zeros(self._config.decoder.width, dtype=np.float32)
        )
        merged = fcs.at(3 * hidden).linear().then(projection)
        y = body.op("Gemm", x, body.weight(merged.weight), row)
        return body.op("Add", y, body.weight(merged.bias))

    def _block(
        self,
        body: GraphBuilder,
        weights: Weights,
        stream: _Stream,
        windows: tuple[Value, Value],
        penalty: Value,
    ) -> tuple[_Stream, Value]:
        """One PNCA block on (B, D): what goes on, and the step's own keys and values, (B, 1, 2, H, 1, d)."""
        attention, feed = weights.at("pnca_attn"), weights.at("pos_ffn")
        y, x = _normalize_sum(body, stream, attention.at("layer_norm"))
        seen, own = self._attention(body, attention, y, windows, penalty)
        both = sum_layers(attention.at("fc_x").linear(), attention.at("fc_h").linear())
        y, x = _normalize_sum(body, _add(body, x, seen, both), feed.at("layer_norm"))
        y = linear(body, y, feed.at("w_1").linear(), relu=True)
        return _add(body, x, y, feed.at("w_2").linear()), own

    def _attention(
        self, body: GraphBuilder, weights: Weights, x: Value, windows: tuple[Value, Value], penalty: Value
    ) -> tuple[Value, Value]:
        """(B, 2D): what the step sees behind and ahead, and (B, 1, 2, H, 1, d) its own keys and values.

        The two windows lie beside each other, (B, 2, 2, H, w + 1, d) with keys and values on the third axis,
        so that one product serves both.
        """
        heads, depth = self._heads, self._depth
        width = heads * depth
        qkv = weights.at("w_x_qkv").linear()
        layer = beside(qkv.columns(0, width).scale(depth**-0.5), qkv.columns(width, 3 * width))
        projected = body.reshape(linear(body, x, layer), -1, 1, 3, heads, 1, depth)
        query, own = body.ops("Split", 2, projected, body.integers(1, 2), axis=2)
        behind = body.op("Concat", windows[0], own, axis=4)
        both = body.op("Concat", behind, windows[1], axis=1)
        keys, values = body.ops("Split", 2, both, axis=2, num_outputs=2)
        scores = body.op("MatMul", query, body.op("Transpose", keys, perm=(0, 1, 2, 3, 5, 4)))
        shares = body.op("Softmax", body.op("Add", scores, penalty), axis=-1)
        return body.reshape(body.op("MatMul", shares, values), -1, 2 * width), own


class _Stream(NamedTuple):
    """What runs through the blocks, (B, D): `x`, to which `added` and `bias` are still to be added."""

    x: Value
    added: Value = ""
    bias: Value = ""


def _add(body: GraphBuilder, x: Value, y: Value, layer: Linear) -> _Stream:
    """The sum of x and layer(y), left to the normalisation that follows."""
    return _Stream(x, body.op("MatMul", y, body.weight(layer.weight)), body.weight(layer.bias))


def _normalize_sum(body: GraphBuilder, stream: _Stream, weights: Weights) -> tuple[Value, Value]:
    """The sum normalised, and the sum."""
    if not stream.added:
        return layer_norm(body, stream.x, weights), stream.x
    scale, shift = body.weight(weights["weight"]), body.weight(weights["bias"])
    outputs = body.ops(
        "SkipLayerNormalization",
        4,
        stream.added,
        stream.x,
        scale,
        shift,
        stream.bias,
        domain=CONTRIB,
        epsilon=EPSILON,
    )
    return outputs[0], outputs[3]
