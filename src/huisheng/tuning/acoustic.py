"""Fine-tuning the acoustic model for one more speaker, without forgetting the others.

The new speaker has an embedding row, which begins as that of the most similar one. The text encoder, the
emotions and the other speakers' rows are frozen: what a text says and how emotions differ was learned from
hours that a user's minutes cannot replace. Durations, pitch and decoder are trained at a low rate; and every
step also has the base's own output for other speakers and emotions as a target (learning without forgetting,
Li & Hoiem 2016, arXiv 1606.09282), so that the new speaker has emotions that no recording has.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final, NamedTuple, cast

import torch
from torch import Tensor, nn

from huisheng.acoustic.length_regulator import whole_frames
from huisheng.acoustic.parallel import ParallelSamBert
from huisheng.training.acoustic import AcousticBatch, AcousticModelWithLoss

REHEARSAL_WEIGHT: Final = 0.5
"""Weight of the losses against the base's own output."""

_ENERGY_BOUND: Final = 3.0
"""Normalised energy that corpora are clipped at."""


class TuningLosses(NamedTuple):
    """Each a scalar ≥ 0.

    Attributes:
        mel, duration, pitch, voicing, energy: as in `AcousticLosses`, for the recordings.
        rehearsal: total of `AcousticLosses` against the base's own output.
        own: total of `AcousticLosses` for the recordings.
    """

    mel: Tensor
    duration: Tensor
    pitch: Tensor
    voicing: Tensor
    energy: Tensor
    rehearsal: Tensor
    own: Tensor

    @property
    def total(self) -> Tensor:
        """Weighted sum of the last two, of shape ()."""
        return self.own + REHEARSAL_WEIGHT * self.rehearsal


class Rehearsal:
    """Output of the base for a batch's texts, with other speakers and emotions, as targets.

    Args:
        base: in evaluation mode; it is not changed.
    """

    def __init__(self, base: ParallelSamBert) -> None:
        self._model = AcousticModelWithLoss(base).eval().requires_grad_(False)
        self._sizes = base.config.vocabulary

    @torch.no_grad()
    def __call__(self, batch: AcousticBatch) -> AcousticBatch:
        """The same (B, L, 4) symbols, with the base's output as targets; speakers and emotions are drawn."""
        like, ones = batch.speakers, torch.ones_like(batch.speeds)
        inputs = replace(
            batch,
            speakers=torch.randint_like(like, self._sizes.speakers),
            emotions=torch.randint_like(like, self._sizes.emotions),
            intensities=ones,
            speeds=ones,
            shifts=torch.zeros_like(ones),
        )
        output = self._model.model.infer(self._model.inputs(inputs))
        return replace(
            inputs,
            durations=whole_frames(output.log_durations.expm1().clamp(min=0.0)),
            pitch=output.contours.pitch,
            voicing=(output.contours.voicing > 0.0).to(output.mel),
            energy=output.contours.energy.clamp(-_ENERGY_BOUND, _ENERGY_BOUND),
            mels=output.mel,
        )


class FineTuningModel(nn.Module):
    """The model with its losses and those of rehearsal.

    Args:
        model: to be trained, from `add_speaker`.
        rehearsal: targets from the base.
    """

    def __init__(self, model: ParallelSamBert, rehearsal: Rehearsal) -> None:
        super().__init__()
        self.acoustic = AcousticModelWithLoss(model)
        self._rehearsal = rehearsal

    def forward(self, batch: AcousticBatch) -> TuningLosses:
        """Losses of a batch, each of shape (); in evaluation mode those of the recordings alone."""
        own = self.acoustic(batch)
        rehearsal = torch.zeros_like(own.mel)
        if self.training:
            rehearsal = self.acoustic(self._rehearsal(batch)).total
        return TuningLosses(own.mel, own.duration, own.pitch, own.voicing, own.energy, rehearsal, own.total)


def add_speaker(base: ParallelSamBert, similar: int) -> ParallelSamBert:
    """A copy with one speaker more, which begins as a similar one; text encoder and emotions are frozen."""
    rows = base.spk_tokenizer.weight.detach()
    model = _with_speakers(base, torch.cat([rows, rows[similar][None]]))
    for frozen in (model.text_encoder, model.emo_tokenizer):
        frozen.requires_grad_(False)
    cast("Any", model.spk_tokenizer.weight).register_hook(_mask_other_rows)
    return model


def keep_last_speaker(model: ParallelSamBert) -> ParallelSamBert:
    """A copy in evaluation mode, with the last speaker alone."""
    return _with_speakers(model, model.spk_tokenizer.weight.detach()[-1:]).eval()


def _with_speakers(model: ParallelSamBert, rows: Tensor) -> ParallelSamBert:
    """A copy with other speaker embeddings, (speakers, S)."""
    vocabulary = replace(model.config.vocabulary, speakers=len(rows))
    copy = ParallelSamBert(replace(model.config, vocabulary=vocabulary))
    copy.load_state_dict({**model.state_dict(), "spk_tokenizer.weight": rows})
    return copy


def _mask_other_rows(gradient: Tensor) -> Tensor:
    """(speakers, S) → (speakers, S), 0 but for the last row."""
    masked = torch.zeros_like(gradient)
    masked[-1] = gradient[-1]
    return masked
