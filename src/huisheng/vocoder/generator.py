"""HiFi-GAN's generator with the checkpoints' additions: doubled upsampling, sine activations, a source."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor, nn
from torch.nn import functional

from huisheng.vocoder.config import VocoderConfig
from huisheng.vocoder.layers import Convolution, Deconvolution, ResidualBlock, snake
from huisheng.vocoder.normalization import fold_weight_norm
from huisheng.vocoder.source import Draw, SourceModule


class Generator(nn.Module):
    """Mel spectrogram → samples (Kong, Kim & Bae 2020, arXiv 2010.05646, 2.2).

    A stage upsamples twice over, by repetition and by a transposed convolution, and adds the two. Parameters
    are registered in the order of the checkpoints, whose optimizer states go by number.

    Args:
        config: its shape.
        weight_norm: whether weights are under weight norm, for training, or plain.
    """

    def __init__(self, config: VocoderConfig, *, weight_norm: bool = True) -> None:
        super().__init__()
        self.config = config
        self._weight_norm = weight_norm
        self.transpose_upsamples = nn.ModuleList(self._transposed_convolutions())
        self.repeat_upsamples = nn.ModuleList(self._repetitions())
        self.conv_blocks = nn.ModuleList(self._blocks())
        self.conv_pre = self._convolution((config.mels, config.widths[0]), config.kernel)
        self.conv_post = self._convolution((config.widths[-1], 1), config.kernel)
        if config.harmonics is not None:
            self.source_module = SourceModule(
                config.harmonics, config.hop, config.sample_rate, weight_norm=weight_norm
            )
            self.source_downs = nn.ModuleList(self._source_downs())

    def forward(
        self,
        mel: Tensor,
        f0: Tensor | None = None,
        voiced: Tensor | None = None,
        draw: Draw | None = None,
    ) -> Tensor:
        """Generate samples.

        Shorter utterances of a batch are padded with any frames at their end. Of a causal generator the
        samples before the padding are what they are without it; of another the last `config.context.right`
        frames differ.

        Args:
            mel: (B, M, T) normalised as in training.
            f0: (B, 1, T) Hz, also where unvoiced; given with the next two exactly where there is a source.
            voiced: (B, 1, T) 1 or 0.
            draw: for B utterances of N samples.

        Returns:
            (B, 1, N), −1…1, N = T · hop.

        Raises:
            ValueError: a source without F0, voicing and draw, or these without a source.
        """
        excitation = self._excitation(f0, voiced, draw)
        frames = self.conv_pre(mel)
        for stage in range(len(self.config.scales)):
            frames = snake(frames)
            frames = self.repeat_upsamples[stage](frames) + self.transpose_upsamples[stage](frames)
            if excitation is not None:
                frames = frames + self.source_downs[stage](excitation)
            frames = self._resonate(stage, frames)
        return torch.tanh(self.conv_post(functional.leaky_relu(frames)))

    def fold(self) -> Generator:
        """A copy of the generator without weight norm, for inference."""
        plain = Generator(self.config, weight_norm=False).to(self.conv_pre.conv1d.bias)
        plain.load_state_dict(fold_weight_norm(self.state_dict()))
        return plain.train(self.training)

    def _excitation(self, f0: Tensor | None, voiced: Tensor | None, draw: Draw | None) -> Tensor | None:
        """(B, 1, N) for (B, 1, T) F0 and voicing, or None without a source."""
        if self.config.harmonics is None:
            if f0 is not None or voiced is not None or draw is not None:
                raise ValueError("this generator has no source: it takes the mel spectrogram alone")
            return None
        if f0 is None or voiced is None or draw is None:
            raise ValueError("this generator has a source: it needs F0, voicing and a draw")
        return self.source_module(f0, voiced, draw)

    def _resonate(self, stage: int, frames: Tensor) -> Tensor:
        """(B, C, T) → (B, C, T), the mean of the stage's residual blocks."""
        count = len(self.config.block_kernels)
        first, *others = self.conv_blocks[stage * count : (stage + 1) * count]
        total = first(frames)
        for block in others:
            total = total + block(frames)
        return total / count

    def _transposed_convolutions(self) -> Iterator[nn.Module]:
        config = self.config
        for stage, (scale, kernel) in enumerate(zip(config.scales, config.upsample_kernels, strict=True)):
            channels = (config.widths[stage], config.widths[stage + 1])
            yield nn.Sequential(
                nn.LeakyReLU(config.slope),
                Deconvolution(channels, kernel, scale, causal=config.causal, weight_norm=self._weight_norm),
            )

    def _repetitions(self) -> Iterator[nn.Module]:
        config = self.config
        for stage, scale in enumerate(config.scales):
            yield nn.Sequential(
                nn.Upsample(scale_factor=float(scale)),
                nn.LeakyReLU(config.slope),
                self._convolution((config.widths[stage], config.widths[stage + 1]), config.kernel),
            )

    def _blocks(self) -> Iterator[nn.Module]:
        config = self.config
        for width in config.widths[1:]:
            for kernel, dilations in zip(config.block_kernels, config.dilations, strict=True):
                yield ResidualBlock(
                    width,
                    kernel,
                    dilations,
                    causal=config.causal,
                    slope=config.slope,
                    weight_norm=self._weight_norm,
                )

    def _source_downs(self) -> Iterator[nn.Module]:
        """From the rate of samples to the rate after each stage."""
        config = self.config
        sizes = zip(config.widths[1:], config.source_kernels, config.source_strides, strict=True)
        for width, kernel, stride in sizes:
            yield self._convolution((1, width), kernel, stride)

    def _convolution(self, channels: tuple[int, int], kernel: int, stride: int = 1) -> Convolution:
        return Convolution(
            channels, kernel, causal=self.config.causal, stride=stride, weight_norm=self._weight_norm
        )
