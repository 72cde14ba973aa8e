"""Losses of HiFi-GAN: adversarial, feature matching, and three distances to the recording.

Kong, Kim & Bae 2020 (arXiv 2010.05646, 2.4) add the first three up with weights 1, 45 (mel) and 2 (features).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from huisheng.audio import spectrogram
from huisheng.audio.spectrogram import SpectrogramSettings
from huisheng.vocoder.discriminators import DiscriminatorOutput

_LEAST_POWER: Final = 1e-10
"""Least power of a bin, so that the root has a gradient in silence."""

_LEAST_STFT_POWER: Final = 1e-7
"""The same for the multi-resolution loss, which takes a logarithm."""

_COMPRESSION: Final = 0.3
"""Exponent of a magnitude that phases are compared at."""

_AROUND: Final = (9, 5)
_STEP: Final = (3, 2)
"""Bins and frames of which a mean of power is taken, and from one to the next."""

_SCALE: Final = 4.0
"""A mel of −4…4 stands for 0…1, as the checkpoints were trained."""


class Resolution(NamedTuple):
    """A short-time Fourier transform: samples of the transform, from frame to frame, and of a frame."""

    fft: int
    hop: int
    window: int


RESOLUTIONS: Final = (Resolution(1024, 120, 600), Resolution(2048, 240, 1200), Resolution(512, 50, 240))
"""Resolutions of Parallel WaveGAN (Yamamoto, Song & Kim 2020, arXiv 1910.11480, table 1)."""


class DiscriminatorLoss(NamedTuple):
    """How far discriminators are from telling two signals apart; each part a scalar.

    Attributes:
        recorded: of scores of recordings.
        made: of scores of what was generated.
    """

    recorded: Tensor
    made: Tensor

    @property
    def total(self) -> Tensor:
        """Their sum, of shape ()."""
        return self.recorded + self.made


class SpectralLoss(NamedTuple):
    """Parts of the multi-resolution loss, each a scalar, the mean over the resolutions."""

    convergence: Tensor
    magnitude: Tensor


def discriminator_loss(
    recorded: Sequence[DiscriminatorOutput], generated: Sequence[DiscriminatorOutput]
) -> DiscriminatorLoss:
    """Squared distance of the scores (B, S) from 1 and from 0, added up over the discriminators.

    Least squares instead of cross-entropy: Mao et al. 2017, arXiv 1611.04076.

    Args:
        recorded: outputs for recorded speech.
        generated: outputs for generated speech, detached from the generator.
    """
    return DiscriminatorLoss(_distance(recorded, 1.0), _distance(generated, 0.0))


def adversarial_loss(generated: Sequence[DiscriminatorOutput]) -> Tensor:
    """The generator's part: squared distance of its scores (B, S) from 1, a scalar."""
    return _distance(generated, 1.0)


def feature_matching_loss(
    recorded: Sequence[DiscriminatorOutput], generated: Sequence[DiscriminatorOutput]
) -> Tensor:
    """Mean absolute difference of feature maps (B, C, …) and scores (B, S), added up: a scalar.

    The gradient reaches the generator through `generated`; `recorded` is the target and gets none. KAN-TTS
    exchanges the two and so detaches what was generated: there the term is logged and has no effect, and a
    model that is trained here on the same data will differ.

    Args:
        recorded: outputs for recorded speech.
        generated: outputs for generated speech, not detached.
    """
    differences = [
        functional.l1_loss(feature, target.detach())
        for real, fake in zip(recorded, generated, strict=True)
        for target, feature in zip(_features(real), _features(fake), strict=True)
    ]
    return torch.stack(differences).sum()


class LogMel(nn.Module):
    """`audio.spectrogram.log_mel` with a gradient.

    Args:
        settings: frames and bands.
    """

    _basis: Tensor
    _window: Tensor

    def __init__(self, settings: SpectrogramSettings) -> None:
        super().__init__()
        basis = torch.tensor(spectrogram.mel_basis(settings), dtype=torch.float32)
        window = torch.tensor(spectrogram.window(settings), dtype=torch.float32)
        self._resolution = Resolution(settings.fft, settings.hop, settings.fft)
        self.register_buffer("_basis", basis, persistent=False)
        self.register_buffer("_window", window, persistent=False)

    def forward(self, samples: Tensor) -> Tensor:
        """(B, 1, N) → (B, M, T), −4…4, T = 1 + ⌊N / hop⌋."""
        power = _power(samples, self._resolution, self._window, "constant")
        amplitudes = self._basis @ power.clamp(min=_LEAST_POWER).sqrt()
        level = 20.0 * amplitudes.clamp(min=spectrogram.FLOOR).log10() - spectrogram.REFERENCE
        return (2.0 * _SCALE * (1.0 + level / spectrogram.RANGE) - _SCALE).clamp(-_SCALE, _SCALE)


class MelLoss(nn.Module):
    """Mean absolute difference of two log mel spectrograms.

    Args:
        settings: frames and bands.
    """

    def __init__(self, settings: SpectrogramSettings) -> None:
        super().__init__()
        self._log_mel = LogMel(settings)

    def forward(self, generated: Tensor, recorded: Tensor) -> Tensor:
        """(B, 1, N) each → a scalar, 0…8."""
        return functional.l1_loss(self._log_mel(generated), self._log_mel(recorded))


class MultiResolutionLoss(nn.Module):
    """Differences of spectra at several resolutions, so that none can be matched at the cost of the others.

    Args:
        resolutions: to compare at.
    """

    def __init__(self, resolutions: Sequence[Resolution] = RESOLUTIONS) -> None:
        super().__init__()
        self._resolutions = tuple(resolutions)

    def forward(self, generated: Tensor, recorded: Tensor) -> SpectralLoss:
        """(B, 1, N) each → spectral convergence, 0 for equals, and mean difference of log magnitudes."""
        parts = [self._compare(generated, recorded, resolution) for resolution in self._resolutions]
        return SpectralLoss(
            torch.stack([part.convergence for part in parts]).mean(),
            torch.stack([part.magnitude for part in parts]).mean(),
        )

    def _compare(self, generated: Tensor, recorded: Tensor, resolution: Resolution) -> SpectralLoss:
        """(B, 1, N) each → both parts at one resolution."""
        given, wanted = (
            power.clamp(min=_LEAST_STFT_POWER).sqrt() for power in _powers(generated, recorded, resolution)
        )  # (B, 1 + fft / 2, T) each
        convergence = torch.dist(given, wanted) / wanted.square().sum().sqrt()
        return SpectralLoss(convergence, functional.l1_loss(given.log(), wanted.log()))


class CompressedLoss(nn.Module):
    """Difference of complex spectra whose magnitudes are compressed, so that quiet parts count (after Ephrat
    et al. 2018, arXiv 1804.03619, 3.2). It depends on phases: it is of use where generated
    speech may be in phase with the recording.

    Args:
        resolution: to compare at.
    """

    def __init__(self, resolution: Resolution) -> None:
        super().__init__()
        self._resolution = resolution

    def forward(self, generated: Tensor, recorded: Tensor) -> Tensor:
        """(B, 1, N) each → mean absolute difference, a scalar."""
        given, wanted = (self._compress(samples) for samples in (generated, recorded))
        return functional.l1_loss(given, wanted)

    def _compress(self, samples: Tensor) -> Tensor:
        """(B, 1, N) → (B, 1 + fft / 2, T, 2), real and imaginary."""
        window = torch.hann_window(self._resolution.window, device=samples.device, dtype=samples.dtype)
        spectrum = _spectrum(samples, self._resolution, window, "reflect")
        return compress_magnitudes(spectrum)


class PowerLoss(nn.Module):
    """Difference of log power around each place of a spectrum, a mean over so many bins and frames that it is
    nearly the same for any two noises of one power.

    Two noises have no bin in common, and what compares them bin by bin is content with too little of them: a
    harmonic-plus-noise vocoder that is trained so makes noise 1.8 dB too quiet where nothing is voiced, and 5
    dB where something is (docs/experiments.md).

    Args:
        resolution: to compare at.
    """

    def __init__(self, resolution: Resolution) -> None:
        super().__init__()
        self._resolution = resolution

    def forward(self, generated: Tensor, recorded: Tensor) -> Tensor:
        """(B, 1, N) each → mean absolute difference of log amplitudes, a scalar."""
        given, wanted = (
            functional.avg_pool2d(power, _AROUND, stride=_STEP).clamp(min=_LEAST_STFT_POWER).log()
            for power in _powers(generated, recorded, self._resolution)
        )  # (B, bins, frames) each
        return 0.5 * functional.l1_loss(given, wanted)


def compress_magnitudes(spectrum: Tensor) -> Tensor:
    """Raise magnitudes to a power of 0.3, so that quiet parts count: (B, F, T, 2) real and imaginary."""
    power = spectrum.square().sum(dim=-1, keepdim=True).clamp(min=_LEAST_STFT_POWER)
    return spectrum * power ** (0.5 * (_COMPRESSION - 1.0))


def _distance(outputs: Sequence[DiscriminatorOutput], target: float) -> Tensor:
    """Mean squared distance of each discriminator's (B, S) scores from a target, added up: a scalar."""
    return torch.stack([(output.score - target).square().mean() for output in outputs]).sum()


def _features(output: DiscriminatorOutput) -> tuple[Tensor, ...]:
    return (*output.feature_maps, output.score)


def _powers(generated: Tensor, recorded: Tensor, resolution: Resolution) -> tuple[Tensor, Tensor]:
    """(B, 1, N) each → (B, 1 + fft / 2, T) squared magnitudes each."""
    window = torch.hann_window(resolution.window, device=generated.device, dtype=generated.dtype)
    return _power(generated, resolution, window, "reflect"), _power(recorded, resolution, window, "reflect")


def _power(samples: Tensor, resolution: Resolution, window: Tensor, padding: str) -> Tensor:
    """Squared magnitudes: (B, 1 + fft / 2, T). Arguments as of `_spectrum`."""
    return _spectrum(samples, resolution, window, padding).square().sum(dim=-1)


def _spectrum(samples: Tensor, resolution: Resolution, window: Tensor, padding: str) -> Tensor:
    """Real and imaginary part of (B, 1, N) samples: (B, 1 + fft / 2, T, 2), T = 1 + ⌊N / hop⌋.

    Args:
        samples: to transform.
        resolution: frames.
        window: (window,).
        padding: what lies beyond the ends, as `torch.stft` names it.
    """
    spectrum = torch.stft(
        samples.squeeze(1),
        resolution.fft,
        resolution.hop,
        resolution.window,
        window,
        pad_mode=padding,
        return_complex=True,
    )
    return torch.view_as_real(spectrum)
