"""HiFi-GAN's generator as one graph, which goes on where the chunk before it ended.

Time is the last of four axes, (1, C, 1, N): ONNX Runtime has blocked convolutions for images only, which
are a third faster than those for signals. Within a stage there is nothing but convolutions, activations that
they take along and sums, so that nothing leaves the blocks.

A causal generator takes, for each stage, the last of what went into that stage before, and cuts what comes of
it. So each stage makes its own short past anew instead of the whole network's, and the state of a stream is a
few hundred columns. Where nothing came before, the state is empty, the zeros of the convolutions are the true
beginning of the utterance, and the graph is the whole network. A stretch may also be given with the frames
around it: then, too, every stage cuts what it alone needed.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from onnx import ModelProto

from huisheng.export.graphs.builder import INT64, LARGEST_INT, GraphBuilder, Value
from huisheng.export.graphs.upsampling import Upsampling
from huisheng.export.graphs.weights import Array, Weights
from huisheng.vocoder.config import ReceptiveField, VocoderConfig

_LAST_SLOPE: Final = 0.01
"""Slope of the leaky ReLU before the last convolution: the framework's default, unlike the others."""


@dataclass(frozen=True, slots=True)
class StageMemory:
    """What a causal generator keeps of one place.

    Attributes:
        channels: of it.
        longest: columns at most.
    """

    channels: int
    longest: int


def memories(config: VocoderConfig) -> Mapping[str, StageMemory]:
    """Input of the state → what is kept there; empty for a generator that is not causal."""
    if not config.causal:
        return {}
    stages = {
        f"stage_{stage}": StageMemory(config.widths[stage], config.stage_field(stage).left)
        for stage in range(len(config.scales))
    }
    ends = config.kernel - 1
    kept = {
        "mel_past": StageMemory(config.mels, ends),
        **stages,
        "post": StageMemory(config.widths[-1], ends),
    }
    if config.harmonics is not None:
        kept["source_past"] = StageMemory(config.harmonics + 1, _source_reach(config))
    return kept


def vocoder_graph(config: VocoderConfig, state: Mapping[str, Array]) -> ModelProto:
    """The generator.

    Inputs:
        mel: (1, M, 1, T).
        cut: (2,) int64, 1 where the mel begins, or ends, with frames that only surround the others, as many
            as the `margin` of the configuration; else 0. Before them there is no past.
        source: (1, K, 1, T·hop), sines and noise of the K partials, where the generator has a source.
        for each of `memories`: (1, C, 1, ≤ longest), what `next_…` gave for the chunk before; empty at first.

    Outputs:
        samples: (1, 1, 1, T·hop), none of surroundings.
        next_… for each of `memories`.

    Args:
        config: its shape.
        state: name → weights without weight norm.
    """
    return _Vocoder(config, Weights(state)).build()


def _source_reach(config: VocoderConfig) -> int:
    """Samples of the source that the stages' pasts are driven by, and one frame for the convolutions' own."""
    before = [
        config.stage_field(stage).left * math.prod(config.scales[stage:])
        for stage in range(len(config.scales))
    ]
    return (math.ceil(max(before) / config.hop) + 2) * config.hop


class _Vocoder:
    """The parts of the graph."""

    def __init__(self, config: VocoderConfig, weights: Weights) -> None:
        graph = GraphBuilder("vocoder")
        self._graph = graph
        self._config = config
        self._weights = weights
        self._memories = memories(config)
        cut = graph.input("cut", (2,), INT64)
        self._cut_before, self._cut_after = graph.ops("Split", 2, cut, axis=0, num_outputs=2)

    def build(self) -> ModelProto:
        graph, config = self._graph, self._config
        x, past = self._prepend_past("mel_past", graph.input("mel", (1, config.mels, 1, "T")))
        x = self._own(self._convolution(x, "conv_pre"), past, config.end_field)
        excitation = self._excitation()
        for stage in range(len(config.scales)):
            x = self._stage(stage, x, excitation)
        x, past = self._prepend_past("post", graph.op("LeakyRelu", x, alpha=_LAST_SLOPE))
        x = self._own(self._convolution(x, "conv_post"), past, config.remaining)
        graph.output("samples", graph.op("Tanh", x), (1, 1, 1, "N"))
        return graph.model()

    def _stage(self, stage: int, x: Value, excitation: Value | None) -> Value:
        """(1, C, 1, n) → (1, C / 2, 1, n · scale), driven by (1, 1, 1, N) where there is a source."""
        graph, config = self._graph, self._config
        x, past = self._prepend_past(f"stage_{stage}", x)
        x = self._upsample(stage, x)
        if excitation is not None:
            x = graph.op("Add", x, self._excitation_at(stage, excitation, self._columns(x)))
        x = self._in_channel_blocks(stage, x)
        blocks = [
            self._block(stage * len(config.block_kernels) + place, x, dilations)
            for place, dilations in enumerate(config.dilations)
        ]
        total = blocks[0]
        for block in blocks[1:]:
            total = self._sum(stage, total, block)
        mean = graph.op("Mul", total, graph.weight(np.array(1.0 / len(blocks), dtype=np.float32)))
        return self._own(mean, past, config.stage_field(stage), config.scales[stage])

    def _upsample(self, stage: int, x: Value) -> Value:
        """(1, C, 1, n) → (1, C / 2, 1, n · scale): x + sin x (Ziyin et al. 2020, arXiv 2006.08195),
        upsampled.
        """
        graph, config = self._graph, self._config
        repeated = self._weights.at("repeat_upsamples", stage, 2, "conv1d")
        transposed = self._weights.at("transpose_upsamples", stage, 1, "deconv")
        scale = config.scales[stage]
        bias = repeated["bias"] + transposed["bias"]
        both = Upsampling(repeated["weight"], transposed["weight"], bias, scale, config.causal)
        phases = both.phases()
        x = graph.op("LeakyRelu", graph.op("Add", x, graph.op("Sin", x)), alpha=config.slope)
        x = graph.op(
            "Conv",
            x,
            graph.weight(phases.weight[:, :, None, :]),
            graph.weight(phases.bias),
            kernel_shape=(1, phases.weight.shape[2]),
            pads=(0, phases.before, 0, phases.after),
        )
        width = config.widths[stage + 1]
        x = graph.op("Transpose", graph.reshape(x, scale, width, 1, -1), perm=(1, 2, 3, 0))
        return graph.reshape(x, 1, width, 1, -1)

    def _block(self, number: int, x: Value, dilations: tuple[int, ...]) -> Value:
        """One residual block, (1, C, 1, n) → (1, C, 1, n)."""
        graph, config = self._graph, self._config
        slope, stage = config.slope, number // len(config.block_kernels)
        for place, dilation in enumerate(dilations):
            y = graph.op("LeakyRelu", self._in_channel_blocks(stage, x), alpha=slope)
            y = self._convolution(y, f"conv_blocks.{number}.convs1.{place}", dilation)
            y = graph.op("LeakyRelu", y, alpha=slope)
            x = self._sum(stage, self._convolution(y, f"conv_blocks.{number}.convs2.{place}"), x)
        return x

    def _sum(self, stage: int, x: Value, y: Value) -> Value:
        """Sum of two (1, C, 1, n). A convolution includes it, where both are known to be as long."""
        graph = self._graph
        shape = (1, self._config.widths[stage + 1], 1, f"columns_{stage}")
        return graph.with_shape(
            graph.op("Add", graph.with_shape(x, shape), graph.with_shape(y, shape)), shape
        )

    def _in_channel_blocks(self, stage: int, x: Value) -> Value:
        """X itself, (1, C, 1, n), by a convolution that ONNX Runtime does in its blocks of channels.

        An activation after it is done along with it. By itself it would take x out of the blocks and in
        again, which costs more.
        """
        width = self._config.widths[stage + 1]
        same = self._graph.weight(np.ones((width, 1, 1, 1), dtype=np.float32))
        return self._graph.op("Conv", x, same, group=width, kernel_shape=(1, 1))

    def _convolution(self, x: Value, name: str, dilation: int = 1, stride: int = 1) -> Value:
        """(1, C, 1, N) → (1, C′, 1, N / stride)."""
        weights = self._weights.at(name, "conv1d")
        kernel = weights["weight"].shape[2]
        reach = (kernel - 1) * dilation
        left = reach if self._config.causal else (reach + 1 - stride) // 2
        right = 0 if self._config.causal else left
        return self._graph.op(
            "Conv",
            x,
            self._graph.weight(weights["weight"][:, :, None, :]),
            self._graph.weight(weights["bias"]),
            kernel_shape=(1, kernel),
            dilations=(1, dilation),
            strides=(1, stride),
            pads=(0, left, 0, right),
        )

    def _excitation(self) -> Value | None:
        """(1, 1, 1, N): the partials mixed into one signal (arXiv 1904.12088, 2.2)."""
        graph, config = self._graph, self._config
        if config.harmonics is None:
            return None
        partials = graph.input("source", (1, config.harmonics + 1, 1, "N"))
        partials, _ = self._prepend_past("source_past", partials)
        weights = self._weights.at("source_module", "ffn", 0)
        matrix, bias = graph.weight(weights["weight"][:, :, None, :]), graph.weight(weights["bias"])
        return graph.op("Tanh", graph.op("Conv", partials, matrix, bias, kernel_shape=(1, 1)))

    def _excitation_at(self, stage: int, excitation: Value, columns: Value) -> Value:
        """The excitation at the rate after a stage where the stage is, `columns`, (1,), of it: what it has
        more lies before, and after where the end was cut.
        """
        graph = self._graph
        stride = math.prod(self._config.scales[stage + 1 :])
        down = self._convolution(excitation, f"source_downs.{stage}", 1, stride)
        end = self._end(down, self._config.cut_samples(stage).right // stride)
        return graph.slice(down, graph.op("Sub", end, columns), end, 3)

    def _prepend_past(self, name: str, x: Value) -> tuple[Value, Value]:
        """X behind the columns kept before, and (1,) their number; keeps the last columns of both."""
        graph = self._graph
        if name not in self._memories:
            return x, ""
        kept = self._memories[name]
        shape = (1, kept.channels, 1, f"{name}_columns")
        past = graph.input(name, shape)
        x = graph.op("Concat", past, x, axis=3)
        last = graph.slice(x, graph.integers(-kept.longest), graph.integers(LARGEST_INT), 3)
        graph.output(f"next_{name}", last, (1, kept.channels, 1, f"next_{name}_columns"))
        return x, self._columns(past)

    def _own(self, x: Value, past: Value, context: ReceptiveField, scale: int = 1) -> Value:
        """The output of the columns that are not context alone.

        Args:
            x: (1, C, 1, n · scale), of n columns.
            past: (1,) how many of them were kept from before; empty where nothing is kept.
            context: of a column; as many are cut.
            scale: of the upsampling.
        """
        graph = self._graph
        start = graph.op("Mul", self._cut_before, graph.integers(context.left * scale))
        if past:
            start = graph.op("Add", start, graph.op("Mul", past, graph.integers(scale)))
        return graph.slice(x, start, self._end(x, context.right * scale), 3)

    def _end(self, x: Value, surrounding: int) -> Value:
        """(1,) int64: columns of (1, C, 1, n) without the last ones, where they are surroundings."""
        graph = self._graph
        return graph.op(
            "Sub", self._columns(x), graph.op("Mul", self._cut_after, graph.integers(surrounding))
        )

    def _columns(self, x: Value) -> Value:
        """(1,) int64: n of (1, C, 1, n)."""
        graph = self._graph
        return graph.op("Shape", x, start=3, end=4)
