"""The spectral vocoder in training: crops of a corpus, and losses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Final, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from huisheng.acoustic.contours import pitch_of
from huisheng.audio.source_filter import phase, pulses
from huisheng.training.acoustic import interpolate_f0
from huisheng.training.corpus import FULL_SCALE, Arrays, CorpusReader
from huisheng.types import Samples
from huisheng.vocoder.config import SpectralConfig
from huisheng.vocoder.loss import CompressedLoss, MultiResolutionLoss, PowerLoss, Resolution, SpectralLoss
from huisheng.vocoder.spectral import SpectralGenerator

CROP: Final = 40
"""Frames of a crop."""
EDGE: Final = 4
"""Frames at either end of a crop that are left out of the losses."""
CROPS: Final = 16
"""Crops of a batch."""

PHASE_WEIGHT: Final = 3.0
"""Weight of the loss that depends on phases."""
POWER_WEIGHT: Final = 2.0
"""Weight of the loss that depends on how much noise there is."""

RESOLUTIONS: Final = (
    Resolution(2048, 300, 1200),
    Resolution(1024, 150, 600),
    Resolution(512, 75, 300),
    Resolution(256, 40, 150),
)
"""Resolutions at which spectra are compared."""


@dataclass(frozen=True, slots=True, eq=False)
class VocoderBatch:
    """B crops of T frames.

    Attributes:
        mel: (B, T, M).
        pitch, voicing: (B, T).
        excitation: (B, 2, `SpectralConfig.excitation_length`) pulses and noise.
        samples: (B, 1, T · hop) as recorded.
    """

    mel: Tensor
    pitch: Tensor
    voicing: Tensor
    excitation: Tensor
    samples: Tensor

    def to(self, device: torch.device) -> VocoderBatch:
        """The same on another device."""
        return VocoderBatch(*(getattr(self, field.name).to(device) for field in fields(self)))


class VocoderLosses(NamedTuple):
    """Each a scalar ≥ 0.

    Attributes:
        convergence, magnitude: of `MultiResolutionLoss`.
        compressed: of `CompressedLoss`, which depends on phases.
        power: of `PowerLoss`, which depends on how much noise there is.
    """

    convergence: Tensor
    magnitude: Tensor
    compressed: Tensor
    power: Tensor

    @property
    def total(self) -> Tensor:
        """Their weighted sum, of shape ()."""
        return self.convergence + self.magnitude + PHASE_WEIGHT * self.compressed + POWER_WEIGHT * self.power


class VocoderWithLoss(nn.Module):
    """The generator with its losses.

    Args:
        generator: to be trained.
    """

    def __init__(self, generator: SpectralGenerator) -> None:
        super().__init__()
        self.generator = generator
        self._spectra = MultiResolutionLoss(RESOLUTIONS)
        self._compressed = CompressedLoss(RESOLUTIONS[1])
        self._power = PowerLoss(RESOLUTIONS[1])

    def forward(self, batch: VocoderBatch) -> VocoderLosses:
        """Losses of a batch, each of shape ()."""
        return self.losses(*self.generate(batch))

    def losses(self, generated: Tensor, recorded: Tensor) -> VocoderLosses:
        """Differences of generated from recorded samples, (B, 1, N) each."""
        with torch.autocast(generated.device.type, enabled=False):
            spectral: SpectralLoss = self._spectra(generated, recorded)
            return VocoderLosses(
                spectral.convergence,
                spectral.magnitude,
                self._compressed(generated, recorded),
                self._power(generated, recorded),
            )

    def generate(self, batch: VocoderBatch) -> tuple[Tensor, Tensor]:
        """(B, 1, N) generated and recorded samples, without the edges."""
        samples: Tensor = self.generator(batch.mel, batch.pitch, batch.voicing, batch.excitation)
        edge = EDGE * self.generator.config.hop
        return samples[..., edge:-edge].float(), batch.samples[..., edge:-edge]


class VocoderData:
    """Crops of a corpus, read from disk when they are wanted.

    Args:
        reader: of the corpus.
        config: of the generator.
        held_out: whether the part for evaluation is wanted, or the rest.
    """

    def __init__(self, reader: CorpusReader, config: SpectralConfig, *, held_out: bool) -> None:
        self._reader = reader
        self._config = config
        self._utterances = [row for row in reader.utterances if row.held_out == held_out]

    def batches(self, seed: int) -> list[list[int]]:
        """One epoch: a crop for every second of speech; an index is an utterance and a seed in one number."""
        random = np.random.default_rng(seed)
        seconds = (
            np.array([row.frames for row in self._utterances]) * self._config.hop / self._config.sample_rate
        )
        owners = np.repeat(np.arange(len(seconds)), np.ceil(seconds).astype(np.int64))
        draws = random.integers(1 << 20, size=len(owners))
        indices = random.permutation(owners + draws * len(seconds))
        count = max(1, len(indices) // CROPS)
        return [[int(index) for index in part] for part in np.array_split(indices[: count * CROPS], count)]

    def batch(self, indices: Sequence[int]) -> VocoderBatch:
        """The crops of these indices."""
        rows = [self._crop(*reversed(divmod(index, len(self._utterances)))) for index in indices]
        return VocoderBatch(*(torch.tensor(np.stack(values)) for values in zip(*rows, strict=True)))

    def _crop(self, owner: int, seed: int) -> tuple[NDArray[np.float32], ...]:
        """The fields of a batch for one crop."""
        arrays = self._reader.arrays(self._utterances[owner])
        random = np.random.default_rng(seed)
        frames = len(arrays.f0)
        start = int(random.integers(max(1, frames - CROP + 1)))
        kept = slice(start, start + CROP)
        missing, hop = max(0, CROP - frames), self._config.hop
        samples = _samples(arrays)[start * hop :][: CROP * hop]
        return (
            np.pad(arrays.mel[kept].astype(np.float32), ((0, missing), (0, 0)), constant_values=-4.0),
            np.pad(pitch_of(torch.tensor(interpolate_f0(arrays.f0)[kept])).numpy(), (0, missing)),
            np.pad(arrays.voicing[kept].astype(np.float32), (0, missing)),
            excitation(arrays, (start, start + CROP), self._config, random),
            np.pad(samples, (0, missing * hop))[None],
        )


def excitation(
    arrays: Arrays, stretch: tuple[int, int], config: SpectralConfig, random: np.random.Generator
) -> NDArray[np.float32]:
    """Pulses and noise of some frames of an utterance, of shape (2, N).

    Args:
        arrays: of the utterance.
        stretch: first frame and the one after the last; beyond the end is silence.
        config: of the generator.
        random: of the noise.

    Returns:
        (2, config.excitation_length(T)) pulses and noise with what lies around the frames.
    """
    start, end = stretch
    hop, rate, overhang = config.hop, config.sample_rate, config.pulses.overhang
    around = -(-overhang // hop)
    before, after = max(0, start - around), end + around
    voiced = np.where(arrays.voicing, arrays.f0, np.float32(0.0))
    cycles = arrays.turns + phase(arrays.f0, hop, rate)
    made = pulses(cycles[before * hop : after * hop], voiced[before:after], hop, rate)
    whole = np.zeros((end - start + 2 * around) * hop, dtype=np.float32)
    offset = (before - (start - around)) * hop
    whole[offset : offset + len(made)] = made
    cut = around * hop - overhang
    kept = whole[cut : len(whole) - cut]
    return np.stack([kept, random.standard_normal(len(kept), dtype=np.float32)])


def _samples(arrays: Arrays) -> Samples:
    return arrays.samples.astype(np.float32) / np.float32(FULL_SCALE)
