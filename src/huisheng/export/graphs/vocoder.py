"""HiFi-GAN's generator as one graph, which goes on where the chunk before it ended.

Time is the last of four axes, (1, C, 1, N): ONNX Runtime has blocked convolutions for images only, which are
a third faster here than those for signals. A causal generator takes, for each stage, the last of what went
into that stage before, and throws away what comes of it. So each stage computes its own short past anew
instead of the whole network's, and the state of a stream is a few hundred columns. Where nothing came before,
the state is empty, the zeros of the convolutions are the true beginning of the utterance, and the graph
is the whole network.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from onnx import ModelProto

from huisheng.export.graphs.builder import LARGEST_INT, GraphBuilder, Value
from huisheng.export.graphs.weights import Array, Weights
from huisheng.vocoder.config import VocoderConfig

_LAST_SLOPE: Final = 0.01
"""Of the leaky ReLU before the last convolution: the framework's default, unlike the others."""


@dataclass(frozen=True, slots=True)
class Memory:
    """What a causal generator keeps of one place.

    Attributes:
        channels: of it.
        longest: columns at most.
    """

    channels: int
    longest: int


def memories(config: VocoderConfig) -> Mapping[str, Memory]:
    """Input of the state → what is kept there; empty for a generator that is not causal."""
    if not config.causal:
        return {}
    stages = {
        f"stage_{stage}": Memory(config.widths[stage], _reach(config, stage))
        for stage in range(len(config.scales))
    }
    ends = config.kernel - 1
    kept = {"mel_past": Memory(config.mels, ends), **stages, "post": Memory(config.widths[-1], ends)}
    if config.harmonics is not None:
        kept["source_past"] = Memory(config.harmonics + 1, _source_reach(config))
    return kept


def vocoder_graph(config: VocoderConfig, state: Mapping[str, Array]) -> ModelProto:
    """The generator.

    Inputs:
        mel: (1, M, 1, T).
        source: (1, K, 1, T·hop), sines and noise of the K partials, where the generator has a source.
        for each of `memories`: (1, C, 1, ≤ longest), what `next_…` gave for the chunk before; empty at first.

    Outputs:
        samples: (1, 1, 1, T·hop).
        next_… for each of `memories`.

    Args:
        config: its shape.
        state: name → weights without weight norm.
    """
    return _Vocoder(config, Weights(state)).built()


def _reach(config: VocoderConfig, stage: int) -> int:
    """Columns before a stage that what comes out of it depends on."""
    blocks = max(
        sum((kernel - 1) * (dilation + 1) for dilation in dilations)
        for kernel, dilations in zip(config.block_kernels, config.dilations, strict=True)
    )
    scale = config.scales[stage]
    return math.ceil((blocks + config.kernel - 1) / scale) + math.ceil(config.upsample_kernels[stage] / scale)


def _source_reach(config: VocoderConfig) -> int:
    """Samples of the source that the stages' pasts are driven by, and one frame for the convolutions' own."""
    before = [_reach(config, stage) * math.prod(config.scales[stage:]) for stage in range(len(config.scales))]
    return (math.ceil(max(before) / config.hop) + 2) * config.hop


class _Vocoder:
    """The parts of the graph."""

    def __init__(self, config: VocoderConfig, weights: Weights) -> None:
        self._graph = GraphBuilder("vocoder")
        self._config = config
        self._weights = weights
        self._memories = memories(config)

    def built(self) -> ModelProto:
        graph, config = self._graph, self._config
        x, past = self._remembered("mel_past", graph.input("mel", (1, config.mels, 1, "T")))
        x = self._without(self._convolution(x, "conv_pre"), past)
        excitation = self._excitation()
        for stage in range(len(config.scales)):
            x = self._stage(stage, x, excitation)
        x, past = self._remembered("post", graph.op("LeakyRelu", x, alpha=_LAST_SLOPE))
        x = self._without(self._convolution(x, "conv_post"), past)
        graph.output("samples", graph.op("Tanh", x), (1, 1, 1, "N"))
        return graph.model()

    def _stage(self, stage: int, x: Value, excitation: Value | None) -> Value:
        """(1, C, 1, n) → (1, C / 2, 1, n · scale), driven by (1, 1, 1, N) where there is a source."""
        graph, config = self._graph, self._config
        scale = config.scales[stage]
        x, past = self._remembered(f"stage_{stage}", x)
        x = self._upsampled(stage, x)
        if excitation is not None:
            x = graph.op("Add", x, self._driven(stage, excitation, x))
        blocks = [
            self._block(stage * len(config.block_kernels) + place, x, dilations)
            for place, dilations in enumerate(config.dilations)
        ]
        total = blocks[0]
        for block in blocks[1:]:
            total = graph.op("Add", total, block)
        mean = graph.op("Mul", total, graph.weight(np.array(1.0 / len(blocks), dtype=np.float32)))
        return self._without(mean, past, scale)

    def _upsampled(self, stage: int, x: Value) -> Value:
        """(1, C, 1, n) → (1, C / 2, 1, n · scale): x + sin x (Ziyin et al. 2020, arXiv 2006.08195) by
        repetition and by a transposed convolution, added.
        """
        graph, config = self._graph, self._config
        scale, kernel = config.scales[stage], config.upsample_kernels[stage]
        x = graph.op("LeakyRelu", graph.op("Add", x, graph.op("Sin", x)), alpha=config.slope)
        sizes = graph.weight(np.array([1.0, 1.0, 1.0, scale], dtype=np.float32))
        repeated = graph.op(
            "Resize",
            x,
            "",
            sizes,
            mode="nearest",
            coordinate_transformation_mode="asymmetric",
            nearest_mode="floor",
        )
        repeated = self._convolution(repeated, f"repeat_upsamples.{stage}.2")
        weights = self._weights.at("transpose_upsamples", stage, 1, "deconv")
        cut = (0, kernel - scale) if config.causal else ((kernel - scale) // 2,) * 2
        transposed = graph.op(
            "ConvTranspose",
            x,
            graph.weight(weights["weight"][:, :, None, :]),
            graph.weight(weights["bias"]),
            kernel_shape=(1, kernel),
            strides=(1, scale),
            pads=(0, cut[0], 0, cut[1]),
        )
        return graph.op("Add", repeated, transposed)

    def _block(self, number: int, x: Value, dilations: tuple[int, ...]) -> Value:
        """One residual block, (1, C, 1, n) → (1, C, 1, n)."""
        graph, slope = self._graph, self._config.slope
        for place, dilation in enumerate(dilations):
            y = graph.op("LeakyRelu", x, alpha=slope)
            y = self._convolution(y, f"conv_blocks.{number}.convs1.{place}", dilation)
            y = graph.op("LeakyRelu", y, alpha=slope)
            x = graph.op("Add", self._convolution(y, f"conv_blocks.{number}.convs2.{place}"), x)
        return x

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
        partials, _ = self._remembered("source_past", partials)
        weights = self._weights.at("source_module", "ffn", 0)
        matrix, bias = graph.weight(weights["weight"][:, :, None, :]), graph.weight(weights["bias"])
        return graph.op("Tanh", graph.op("Conv", partials, matrix, bias, kernel_shape=(1, 1)))

    def _driven(self, stage: int, excitation: Value, x: Value) -> Value:
        """The excitation at the rate of x and as long: what it has more lies before."""
        graph = self._graph
        stride = math.prod(self._config.scales[stage + 1 :])
        down = self._convolution(excitation, f"source_downs.{stage}", 1, stride)
        start = graph.op("Neg", self._columns(x))
        return graph.slice(down, start, graph.integers(LARGEST_INT), 3)

    def _remembered(self, name: str, x: Value) -> tuple[Value, Value]:
        """X behind what was kept, and (1,) how many columns those are; keeps the last of both."""
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

    def _without(self, x: Value, past: Value, scale: int = 1) -> Value:
        """X without what came of the columns kept."""
        graph = self._graph
        if not past:
            return x
        start = graph.op("Mul", past, graph.integers(scale))
        return graph.slice(x, start, graph.integers(LARGEST_INT), 3)

    def _columns(self, x: Value) -> Value:
        """(1,) int64: n of (1, C, 1, n)."""
        graph = self._graph
        return graph.op("Shape", x, start=3, end=4)
