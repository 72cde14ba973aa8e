"""The parallel SAM-BERT in training: batches of a corpus, losses, and the network's shape."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from typing import Final, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits
from torch.nn.utils.rnn import pad_sequence

from huisheng.acoustic.config import AcousticConfig, BlockConfig, FsmnConfig, ParallelConfig, VocabularySizes
from huisheng.acoustic.contours import SEMITONE, Contours, pitch_of
from huisheng.acoustic.inputs import Inputs, valid_positions
from huisheng.acoustic.parallel import ParallelBatch, ParallelOutput, ParallelSamBert
from huisheng.text.symbols.sambert import Inventory
from huisheng.training.corpus import LEAST_F0, Arrays, Corpus, CorpusReader, CorpusUtterance

BATCH_FRAMES: Final = 3_000
"""Frames of a batch, padding included."""

NEUTRAL: Final = 0
"""Id of the emotion from which the others differ by their intensity."""

_ENERGY_BOUND: Final = 3.0
_LEAST_PITCH: Final = 30.0
"""Hz that stands for the pitch of what has none."""


def vocabulary_sizes(inventory: Inventory, speakers: int) -> VocabularySizes:
    """Rows of the tables of a network that makes all frames at once: emotions and speakers have no padding.

    Args:
        inventory: of its symbols and emotions.
        speakers: how many there are.
    """
    sizes = inventory.sizes
    tables = (sizes.phones, sizes.tones, sizes.syllable_flags, sizes.word_segments)
    return VocabularySizes(*tables, len(inventory.emotions), speakers)


def parallel_config(corpus: Corpus) -> AcousticConfig:
    """The published shape for a corpus."""
    return AcousticConfig(
        vocabulary=vocabulary_sizes(corpus.inventory, len(corpus.speakers)),
        embedding=256,
        encoder=BlockConfig(4, 4, 256, 768, 0.1, 0.1, 0.1),
        text_units=256,
        speaker_units=64,
        emotion_units=64,
        predictor=FsmnConfig(11, 3, 128, 256, 0.1, 0),
        predictor_lstm=128,
        mels=corpus.mels,
        parallel=ParallelConfig(),
    )


@dataclass(frozen=True, slots=True, eq=False)
class AcousticBatch:
    """B utterances, padded with zeros.

    Attributes:
        symbols: (B, L, 4) int64.
        lengths: (B,) int64 symbols.
        durations: (B, L) int64 frames.
        speakers, emotions: (B,) int64.
        intensities: (B,) of the emotion.
        speeds: (B,) ratio at which it was said.
        shifts: (B,) of its pitch, in units of pitch.
        pitch, voicing, energy: (B, T).
        mels: (B, T, M).
    """

    symbols: Tensor
    lengths: Tensor
    durations: Tensor
    speakers: Tensor
    emotions: Tensor
    intensities: Tensor
    speeds: Tensor
    shifts: Tensor
    pitch: Tensor
    voicing: Tensor
    energy: Tensor
    mels: Tensor

    def to(self, device: torch.device) -> AcousticBatch:
        """The same on another device."""
        return AcousticBatch(*(getattr(self, field.name).to(device) for field in fields(self)))


class AcousticLosses(NamedTuple):
    """Each a scalar ≥ 0, a mean over what is real in the batch.

    Attributes:
        mel: absolute difference, −4…4.
        duration: squared difference of log(frames + 1).
        pitch: absolute difference where voiced.
        voicing: cross entropy.
        energy: absolute difference.
    """

    mel: Tensor
    duration: Tensor
    pitch: Tensor
    voicing: Tensor
    energy: Tensor

    @property
    def total(self) -> Tensor:
        """Their weighted sum, of shape ()."""
        return self.mel + 0.5 * self.duration + 0.5 * self.pitch + 0.3 * self.voicing + 0.2 * self.energy


class AcousticModelWithLoss(nn.Module):
    """The model with its losses.

    Args:
        model: to be trained.
    """

    def __init__(self, model: ParallelSamBert) -> None:
        super().__init__()
        self.model = model

    def forward(self, batch: AcousticBatch) -> AcousticLosses:
        """Losses of a batch, each of shape ()."""
        return acoustic_losses(batch, self.predict(batch))

    def predict(self, batch: AcousticBatch) -> ParallelOutput:
        """Predict durations, contours and (B, T, M) mel, each from the recorded values before it."""
        contours = Contours(batch.pitch, batch.voicing, batch.energy)
        return self.model(ParallelBatch(self.inputs(batch), batch.durations, contours, batch.mels))

    def inputs(self, batch: AcousticBatch) -> Inputs:
        """Symbols (B, L, 4) with the embeddings of speaker, (B, L, S), and emotion, (B, L, E)."""
        symbols = batch.symbols.shape[1]
        neutral = self.model.emo_tokenizer.weight[NEUTRAL]
        difference: Tensor = self.model.emo_tokenizer(batch.emotions) - neutral
        emotions = neutral + batch.intensities[:, None] * difference  # (B, E)
        speakers: Tensor = self.model.spk_tokenizer(batch.speakers)
        return Inputs(
            symbols=batch.symbols,
            emotions=emotions[:, None].expand(-1, symbols, -1),
            speakers=speakers[:, None].expand(-1, symbols, -1),
            lengths=batch.lengths,
        )


def acoustic_losses(batch: AcousticBatch, output: ParallelOutput) -> AcousticLosses:
    """Losses of an output, mel (B, T, M), for a batch; pitch and durations as at normal pitch and speed."""
    symbols = valid_positions(batch.lengths, batch.symbols.shape[1])
    frames = output.valid
    voiced = frames & (batch.voicing > 0.5)
    durations = torch.log1p(batch.durations * batch.speeds[:, None])
    melody = batch.pitch - batch.shifts[:, None]
    return AcousticLosses(
        mel=(output.mel - batch.mels)[frames].abs().mean(),
        duration=(output.log_durations - durations)[symbols].square().mean(),
        pitch=(output.contours.pitch - melody)[voiced].abs().mean(),
        voicing=binary_cross_entropy_with_logits(output.contours.voicing[frames], batch.voicing[frames]),
        energy=(output.contours.energy - batch.energy)[frames].abs().mean(),
    )


class AcousticData:
    """A corpus in memory, as batches of like lengths.

    Args:
        reader: of the corpus.
        held_out: whether the part for evaluation is wanted, or the rest.
        frames: of a batch, padding included, at most; a longer utterance is a batch by itself.
    """

    def __init__(self, reader: CorpusReader, *, held_out: bool, frames: int = BATCH_FRAMES) -> None:
        self._corpus = reader.corpus
        self._utterances = [row for row in reader.utterances if row.held_out == held_out]
        self._rows = [_row(reader.corpus, row, reader.arrays(row)) for row in self._utterances]
        self._frames = frames

    def __len__(self) -> int:
        return len(self._rows)

    def batches(self, seed: int) -> list[list[int]]:
        """One epoch: every utterance once, in an order that depends on the seed alone."""
        random = np.random.default_rng(seed)
        jitter = random.uniform(0.9, 1.1, len(self._rows))
        lengths = [row.frames * float(factor) for row, factor in zip(self._utterances, jitter, strict=True)]
        groups = list(self._group_by_length(np.argsort(lengths)))
        return [groups[index] for index in random.permutation(len(groups))]

    def batch(self, indices: Sequence[int]) -> AcousticBatch:
        """The utterances of these indices, padded."""
        rows = [self._rows[index] for index in indices]
        return AcousticBatch(*(_pad(values) for values in zip(*rows, strict=True)))

    def _group_by_length(self, indices: NDArray[np.int64]) -> Iterator[list[int]]:
        group: list[int] = []
        longest = 0
        for index in map(int, indices):
            longest = max(longest, self._utterances[index].frames)
            if group and longest * (len(group) + 1) > self._frames:
                yield group
                group, longest = [], self._utterances[index].frames
            group.append(index)
        yield group


def _row(corpus: Corpus, utterance: CorpusUtterance, arrays: Arrays) -> tuple[Tensor, ...]:
    """The fields of a batch for one utterance."""
    mean, deviation = corpus.energy
    energy = np.clip((arrays.energy - mean) / deviation, -_ENERGY_BOUND, _ENERGY_BOUND)
    f0 = torch.tensor(interpolate_f0(arrays.f0))
    return (
        torch.tensor(arrays.symbols),
        torch.tensor(len(arrays.symbols)),
        torch.tensor(arrays.durations),
        torch.tensor(utterance.speaker),
        torch.tensor(utterance.emotion),
        torch.tensor(utterance.intensity),
        torch.tensor(utterance.speed),
        torch.tensor(utterance.shift * SEMITONE),
        pitch_of(f0),
        torch.tensor(arrays.voicing.astype(np.float32)),
        torch.tensor(energy.astype(np.float32)),
        torch.tensor(arrays.mel),
    )


def interpolate_f0(f0: NDArray[np.float32]) -> NDArray[np.float32]:
    """F0 of shape (T,), Hz → (T,) with unvoiced frames interpolated linearly in log F0."""
    voiced = np.flatnonzero(f0 > LEAST_F0)
    if not len(voiced):
        return np.full_like(f0, _LEAST_PITCH)
    return np.exp(np.interp(np.arange(len(f0)), voiced, np.log(f0[voiced]))).astype(np.float32)


def _pad(values: Sequence[Tensor]) -> Tensor:
    """B tensors of the same kind as one; whole numbers as int64, others as float32."""
    rows = list(values)
    joined = pad_sequence(rows, batch_first=True) if rows[0].dim() else torch.stack(rows)
    return joined.float() if joined.is_floating_point() else joined.long()
