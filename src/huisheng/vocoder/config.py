"""What shapes a HiFi-GAN generator, how the yaml of a checkpoint spells it, and the published shapes."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, NamedTuple

from huisheng.audio.source_filter import Transform
from huisheng.convnext import StackConfig
from huisheng.vocoder.reach import InputRange


class ReceptiveField(NamedTuple):
    """Columns (such as frames) before and after a column that its output depends on."""

    left: int
    right: int


@dataclass(frozen=True, slots=True)
class VocoderConfig:
    """A HiFi-GAN generator (Kong, Kim & Bae 2020, arXiv 2010.05646). Defaults: the published 16 kHz model.

    Attributes:
        mels: M, input channels without F0 and voicing.
        channels: after the first convolution; each stage halves them.
        kernel: taps of the first and last convolution and of the repeated upsampling.
        scales: upsampling factor of each stage.
        upsample_kernels: taps of each stage's transposed convolution.
        block_kernels: taps of the residual blocks of a stage.
        dilations: of each block, one row a block.
        causal: whether no sample depends on a later frame.
        slope: of the leaky ReLU.
        harmonics: above the fundamental in the source excitation (NSF); None without one.
        sample_rate: of the excitation, Hz.
    """

    mels: int = 80
    channels: int = 256
    kernel: int = 7
    scales: tuple[int, ...] = (10, 5, 2, 2)
    upsample_kernels: tuple[int, ...] = (20, 10, 4, 4)
    block_kernels: tuple[int, ...] = (3, 7, 11)
    dilations: tuple[tuple[int, ...], ...] = ((1, 3, 5, 7),) * 3
    causal: bool = True
    slope: float = 0.1
    harmonics: int | None = None
    sample_rate: int = 16_000

    @property
    def hop(self) -> int:
        """Samples that one frame becomes."""
        return math.prod(self.scales)

    @property
    def widths(self) -> tuple[int, ...]:
        """Channels after the first convolution and after each stage."""
        return tuple(self.channels >> stage for stage in range(len(self.scales) + 1))

    @property
    def source_strides(self) -> tuple[int, ...]:
        """Samples of the excitation for one step after each stage."""
        return tuple(math.prod(self.scales[stage + 1 :]) for stage in range(len(self.scales)))

    @property
    def source_kernels(self) -> tuple[int, ...]:
        """Taps of the convolution that brings the excitation to each stage."""
        return tuple(2 * stride if stride > 1 else 1 for stride in self.source_strides)

    @property
    def context(self) -> ReceptiveField:
        """Frames on either side that the generator sees; with so many around it, an excerpt is exact.

        An excitation reaches less far, as it enters a stage by shorter filters than the mel; but its phases
        add up from the first frame.
        """
        stretch = InputRange(0, self.hop - 1).before_convolution(self.kernel, causal=self.causal)
        for stage in reversed(range(len(self.scales))):
            stretch = self._before_upsampling(stage, self._before_blocks(stretch))
        stretch = stretch.before_convolution(self.kernel, causal=self.causal)
        return ReceptiveField(-stretch.first, stretch.last)

    @property
    def end_field(self) -> ReceptiveField:
        """Receptive field of the first and of the last convolution."""
        stretch = InputRange(0, 0).before_convolution(self.kernel, causal=self.causal)
        return ReceptiveField(-stretch.first, stretch.last)

    def stage_field(self, stage: int) -> ReceptiveField:
        """Receptive field of a stage, in its input columns."""
        stretch = self._before_upsampling(stage, self._before_blocks(InputRange(0, self.scales[stage] - 1)))
        return ReceptiveField(-stretch.first, stretch.last)

    def cut_samples(self, stage: int) -> ReceptiveField:
        """Samples of context that are cut before a stage, when all parts before it cut their fields."""
        contexts = [self.end_field, *(self.stage_field(earlier) for earlier in range(stage))]
        lengths = [self.hop, *(math.prod(self.scales[earlier:]) for earlier in range(stage))]
        left, right = (
            sum(side * length for side, length in zip(sides, lengths, strict=True))
            for sides in zip(*contexts, strict=True)
        )
        return ReceptiveField(left, right)

    @property
    def margin(self) -> ReceptiveField:
        """Frames of context that are enough when every convolution and stage cuts its receptive field: at
        most one more than `context`, since a stage cuts whole columns.
        """
        cut = self.cut_samples(len(self.scales))
        left, right = (
            math.ceil((gone + end) / self.hop) for gone, end in zip(cut, self.end_field, strict=True)
        )
        return ReceptiveField(left, right)

    @property
    def remaining(self) -> ReceptiveField:
        """Samples of a margin that remain before the last convolution."""
        cut = self.cut_samples(len(self.scales))
        left, right = (frames * self.hop - gone for frames, gone in zip(self.margin, cut, strict=True))
        return ReceptiveField(left, right)

    def _before_upsampling(self, stage: int, stretch: InputRange) -> InputRange:
        scale = self.scales[stage]
        repeated = stretch.before_convolution(self.kernel, causal=self.causal).before_repetition(scale)
        return repeated.union(
            stretch.before_deconvolution(self.upsample_kernels[stage], scale, causal=self.causal)
        )

    def _before_blocks(self, stretch: InputRange) -> InputRange:
        union = stretch
        for kernel, dilations in zip(self.block_kernels, self.dilations, strict=True):
            needed = stretch
            for dilation in dilations:
                needed = needed.before_convolution(kernel, causal=self.causal, dilation=dilation)
                needed = needed.before_convolution(kernel, causal=self.causal)
            union = union.union(needed)
        return union


@dataclass(frozen=True, slots=True)
class SpectralConfig:
    """A generator that filters pulses and noise, several times a frame.

    Attributes:
        mels: M, input channels without pitch and voicing.
        sample_rate: Hz.
        hop: samples of a frame.
        fft: samples of the transform in which pulses are filtered.
        steps: filters of pulses in a frame, one after the other.
        noise_fft: samples of the transform in which noise is.
        noise_steps: filters of noise in a frame.
        stack: of the network.
    """

    mels: int = 100
    sample_rate: int = 24_000
    hop: int = 300
    fft: int = 400
    steps: int = 3
    noise_fft: int = 240
    noise_steps: int = 3
    stack: StackConfig = StackConfig(6, 256, 768)

    @property
    def pulses(self) -> Transform:
        """Transform in which pulses are filtered; F gains a step."""
        return Transform(self.fft, self.hop // self.steps)

    @property
    def noise(self) -> Transform:
        """Transform in which noise is filtered; N gains a step."""
        return Transform(self.noise_fft, self.hop // self.noise_steps)

    def excitation_length(self, frames: int) -> int:
        """Samples of the excitation for consecutive frames: theirs, and the overhang on either side."""
        return frames * self.hop + 2 * self.pulses.overhang


HIFIGAN_16K: Final = VocoderConfig()
HIFIGAN_16K_NONCAUSAL: Final = replace(HIFIGAN_16K, causal=False, upsample_kernels=(20, 11, 4, 4))
HIFIGAN_16K_NSF: Final = replace(HIFIGAN_16K_NONCAUSAL, harmonics=7)
HIFIGAN_8K: Final = replace(
    HIFIGAN_16K, scales=(5, 5, 2, 2), upsample_kernels=(10, 10, 4, 4), sample_rate=8_000
)
HIFIGAN_24K: Final = replace(
    HIFIGAN_16K,
    channels=512,
    scales=(8, 5, 3, 2),
    upsample_kernels=(16, 10, 6, 4),
    dilations=((1, 3, 5),) * 3,
    sample_rate=24_000,
)
HIFIGAN_24K_NSF: Final = replace(HIFIGAN_24K, harmonics=7)
HIFIGAN_48K: Final = replace(
    HIFIGAN_16K,
    mels=128,
    channels=512,
    scales=(10, 5, 3, 2, 2),
    upsample_kernels=(20, 10, 6, 4, 4),
    sample_rate=48_000,
)


def vocoder_config(params: Mapping[str, Any], sample_rate: int) -> VocoderConfig:
    """From `Model.Generator.params` of a checkpoint's yaml.

    Args:
        params: also in the spelling of 2022 (`upsample_rates`, `resblock_dilation_sizes`, …).
        sample_rate: of the speech, Hz.

    Raises:
        KeyError: a size is missing.
    """

    def key(name: str, older: str) -> str:
        return name if name in params else older

    nsf: Mapping[str, Any] | None = params.get("nsf_params")
    activation: Mapping[str, Any] = params.get("nonlinear_activation_params") or {}
    dilations = params[key("resblock_dilations", "resblock_dilation_sizes")]
    return VocoderConfig(
        mels=int(params.get("in_channels", 80)),
        channels=int(params[key("channels", "upsample_initial_channel")]),
        kernel=int(params.get("kernel_size", 7)),
        scales=tuple(params[key("upsample_scales", "upsample_rates")]),
        upsample_kernels=tuple(params[key("upsample_kernal_sizes", "upsample_kernel_sizes")]),
        block_kernels=tuple(params["resblock_kernel_sizes"]),
        dilations=tuple(tuple(row) for row in dilations),
        causal=bool(params.get("causal", True)),
        slope=float(activation.get("negative_slope", 0.1)),
        harmonics=None if nsf is None else int(nsf["nb_harmonics"]),
        sample_rate=sample_rate if nsf is None else int(nsf.get("sampling_rate", sample_rate)),
    )
