"""The postnet as one graph, which goes on where the chunk before it ended.

Every FSMN layer looks a few frames ahead, so what a layer gives lags behind what it is given, and the layers'
lags add up: the first rows out belong before the utterance and are cut off, and the last ones come when rows
of no frame are given after the end.
"""

from __future__ import annotations

from typing import Final

from onnx import ModelProto

from huisheng.acoustic.config import AcousticConfig
from huisheng.export.graphs.builder import FLOAT, INT64, LARGEST_INT, GraphBuilder, Value
from huisheng.export.graphs.layers import depthwise_convolution, linear, lstm, lstm_weights
from huisheng.export.graphs.weights import Weights

ROOT: Final = "mel_postnet"


def lag(config: AcousticConfig) -> int:
    """Frames by which what comes out lags behind what is put in."""
    return config.postnet.layers * config.postnet.ahead


def postnet_graph(config: AcousticConfig, weights: Weights) -> ModelProto:
    """N frames of the postnet.

    With K layers of C channels, looking b frames back and a ahead; all states are zeros at first:

    Inputs:
        coarse: (n, M), frames `start` up to `start` + n; any rows after the last.
        start: (1,) int64.
        total: (1,) int64, frames of the utterance.
        memories: (K, b + a, C) what each layer filtered before.
        inputs: (K − 1, a, C) what each layer but the first was given before.
        recent: (K·a, M) the coarse frames before.
        hidden, cell: (1, 1, H) of the LSTM.

    Outputs:
        mel: frames `start` − K·a up to `start` − K·a + n, without those before 0.
        next_…: the states for the next chunk.

    Args:
        config: of the model.
        weights: of the checkpoint.
    """
    return _Postnet(config, weights.at(ROOT)).build()


class _Postnet:
    """The parts of the graph."""

    def __init__(self, config: AcousticConfig, weights: Weights) -> None:
        self._graph = GraphBuilder("postnet")
        self._config = config
        self._shape = config.postnet
        self._weights = weights

    def build(self) -> ModelProto:
        graph, config, shape = self._graph, self._config, self._shape
        size = config.postnet_lstm
        coarse = graph.input("coarse", ("n", config.mels))
        start, total = (graph.input(name, (1,), INT64) for name in ("start", "total"))
        memories = graph.input("memories", (shape.layers, shape.taps - 1, shape.memory))
        inputs = graph.input("inputs", (shape.layers - 1, shape.ahead, shape.memory))
        recent = graph.input("recent", (lag(config), config.mels))
        state = (graph.input("hidden", (1, 1, size)), graph.input("cell", (1, 1, size)))
        x = self._fsmn(coarse, memories, inputs, (start, total))
        skipped = graph.op("Max", graph.op("Sub", graph.integers(lag(config)), start), graph.integers(0))
        x = graph.slice(x, skipped, graph.integers(LARGEST_INT), 0)
        hidden, *state_next = lstm(graph, x, lstm_weights(self._weights.at("lstm"), 0), state)
        correction = linear(graph, hidden, self._weights.at("fc").linear())
        every = graph.op("Concat", recent, coarse, axis=0)
        delayed = graph.slice(every, skipped, graph.op("Shape", coarse, start=0, end=1), 0)
        graph.output("mel", graph.op("Add", delayed, correction), ("k", config.mels))
        self._keep("recent", self._last(every, lag(config)), (lag(config), config.mels))
        for name, value in zip(("hidden", "cell"), state_next, strict=True):
            self._keep(name, value, (1, 1, size))
        return graph.model()

    def _fsmn(self, x: Value, memories: Value, inputs: Value, range_: tuple[Value, Value]) -> Value:
        """(n, M) → (n, C), K·a frames later."""
        graph, shape = self._graph, self._shape
        start, total = range_
        kept_memories: list[Value] = []
        kept_inputs: list[Value] = []
        for layer in range(shape.layers):
            spoken = self._valid_rows(x, graph.op("Sub", start, graph.integers(layer * shape.ahead)), total)
            fed = graph.op("Mul", self._feed_forward(layer, x), spoken)
            window = graph.op("Concat", self._row(memories, layer), fed, axis=0)
            kept_memories.append(self._last(window, shape.taps - 1))
            y = self._filter_memory(layer, window)
            if layer:
                given = graph.op("Concat", self._row(inputs, layer - 1), x, axis=0)
                kept_inputs.append(self._last(given, shape.ahead))
                y = graph.op("Add", y, self._without_last(given, shape.ahead))
            x = y
        self._keep("memories", self._stack(kept_memories), (shape.layers, shape.taps - 1, shape.memory))
        self._keep("inputs", self._stack(kept_inputs), (shape.layers - 1, shape.ahead, shape.memory))
        return x

    def _feed_forward(self, layer: int, x: Value) -> Value:
        """(n, M) of the first layer, (n, C) of the others → (n, C): the feed-forward part."""
        graph, weights = self._graph, self._weights.at("fsmn", "ffn_lst", layer)
        y = linear(graph, x, weights.at("w_1").linear(), relu=True)
        return graph.op("MatMul", y, graph.weight(weights.at("w_2").linear().weight))

    def _filter_memory(self, layer: int, window: Value) -> Value:
        """(b + a + n, C) → (n, C): the filter over each frame's surroundings, and the frame itself."""
        graph, shape = self._graph, self._shape
        weights = self._weights.at("fsmn", "memory_block_lst", layer, "conv_dw")
        memory = depthwise_convolution(graph, window, weights, (0, 0))
        end = graph.integers(-shape.ahead if shape.ahead else LARGEST_INT)
        return graph.op("Add", memory, graph.slice(window, graph.integers(shape.behind), end, 0))

    def _valid_rows(self, x: Value, start: Value, total: Value) -> Value:
        """(n, 1) float: 1 for rows that are frames of the utterance, 0 for those before and after."""
        graph = self._graph
        count = graph.op("Squeeze", graph.op("Shape", x, start=0, end=1), graph.integers(0))
        zero, one = (graph.op("Squeeze", graph.integers(value), graph.integers(0)) for value in (0, 1))
        place = graph.op("Add", graph.op("Range", zero, count, one), start)
        begun = graph.op("GreaterOrEqual", place, graph.integers(0))
        inside = graph.op("And", begun, graph.op("Less", place, total))
        return graph.op("Unsqueeze", graph.op("Cast", inside, to=FLOAT), graph.integers(1))

    def _row(self, states: Value, row: int) -> Value:
        """(K, n, C) → (n, C), that of one layer."""
        graph = self._graph
        part = graph.slice(states, graph.integers(row), graph.integers(row + 1), 0)
        return graph.op("Squeeze", part, graph.integers(0))

    def _last(self, x: Value, rows: int) -> Value:
        """(n, C) → (rows, C) the last ones, also where these are none."""
        start = self._graph.integers(-rows if rows else LARGEST_INT)
        return self._graph.slice(x, start, self._graph.integers(LARGEST_INT), 0)

    def _without_last(self, x: Value, rows: int) -> Value:
        """(n, C) → (n − rows, C) those before the last."""
        end = self._graph.integers(-rows if rows else LARGEST_INT)
        return self._graph.slice(x, self._graph.integers(0), end, 0)

    def _stack(self, states: list[Value]) -> Value:
        """(n, C) of each layer → (K, n, C)."""
        graph = self._graph
        return graph.op("Concat", *(graph.op("Unsqueeze", s, graph.integers(0)) for s in states), axis=0)

    def _keep(self, name: str, value: Value, shape: tuple[int, ...]) -> None:
        self._graph.output(f"next_{name}", value, shape)
