"""Teaching the acoustic model one more speaker, without forgetting the others.

The new speaker has a row of their own, which begins as that of the most similar one. The text encoder, the
emotions and the other speakers' rows stay as they are: what a text says and how feelings differ was learned
from hours that a user's minutes cannot replace. Durations, melody and decoder learn, at a low rate; and at
every step the model also answers as before for other speakers in other feelings (learning without
forgetting, Li & Hoiem 2016, arXiv 1606.09282), so that the new row shows feelings that it was never heard in.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final, NamedTuple, cast

import torch
from torch import Tensor, nn

from huisheng.acoustic.length_regulator import whole_frames
from huisheng.acoustic.parallel import ParallelSamBert
from huisheng.training.acoustic import AcousticBatch, AcousticLearner

KEPT: Final = 0.5
"""Weight of answering as before."""

_LOUDEST: Final = 3.0
"""Normalised energy that corpora are cut off at."""


class TuningLosses(NamedTuple):
    """Each a scalar ≥ 0: as of `AcousticLosses`, and `kept`, the total of the same for answers as before."""

    mel: Tensor
    duration: Tensor
    pitch: Tensor
    voicing: Tensor
    energy: Tensor
    kept: Tensor
    own: Tensor

    @property
    def total(self) -> Tensor:
        """Their weighted sum."""
        return self.own + KEPT * self.kept


class Rehearsal:
    """What the base says to a batch's texts, as somebody else in some mood.

    Args:
        base: for speaking; nobody changes it.
    """

    def __init__(self, base: ParallelSamBert) -> None:
        self._learner = AcousticLearner(base).eval().requires_grad_(False)
        self._sizes = base.config.vocabulary

    @torch.no_grad()
    def __call__(self, batch: AcousticBatch) -> AcousticBatch:
        """The same texts, with the base's answers for the truth; speakers and emotions are drawn."""
        like, ones = batch.speakers, torch.ones_like(batch.speeds)
        asked = replace(
            batch,
            speakers=torch.randint_like(like, self._sizes.speakers),
            emotions=torch.randint_like(like, self._sizes.emotions),
            intensities=ones,
            speeds=ones,
            shifts=torch.zeros_like(ones),
        )
        said = self._learner.model.infer(self._learner.inputs(asked))
        return replace(
            asked,
            durations=whole_frames(said.log_durations.expm1().clamp(min=0.0)),
            pitch=said.contours.pitch,
            voicing=(said.contours.voicing > 0.0).to(said.mel),
            energy=said.contours.energy.clamp(-_LOUDEST, _LOUDEST),
            mels=said.mel,
        )


class TuningLearner(nn.Module):
    """The model with its losses.

    Args:
        model: to be taught, as of `widened`.
        rehearsal: of what it shall not forget.
    """

    def __init__(self, model: ParallelSamBert, rehearsal: Rehearsal) -> None:
        super().__init__()
        self.acoustic = AcousticLearner(model)
        self._rehearsal = rehearsal

    def forward(self, batch: AcousticBatch) -> TuningLosses:
        """What a batch costs; while it is judged, the recordings alone count."""
        own = self.acoustic(batch)
        kept = torch.zeros_like(own.mel)
        if self.training:
            kept = self.acoustic(self._rehearsal(batch)).total
        return TuningLosses(own.mel, own.duration, own.pitch, own.voicing, own.energy, kept, own.total)


def widened(base: ParallelSamBert, similar: int) -> ParallelSamBert:
    """A copy with one speaker more, who begins as a similar one; only what may learn asks for gradients."""
    rows = base.spk_tokenizer.weight.detach()
    model = _with_speakers(base, torch.cat([rows, rows[similar][None]]))
    for kept in (model.text_encoder, model.emo_tokenizer):
        kept.requires_grad_(False)
    cast("Any", model.spk_tokenizer.weight).register_hook(_last_row)
    return model


def alone(model: ParallelSamBert) -> ParallelSamBert:
    """A copy for speaking, with nobody but the last speaker."""
    return _with_speakers(model, model.spk_tokenizer.weight.detach()[-1:]).eval()


def _with_speakers(model: ParallelSamBert, rows: Tensor) -> ParallelSamBert:
    """A copy with other speakers, (speakers, S)."""
    vocabulary = replace(model.config.vocabulary, speakers=len(rows))
    copy = ParallelSamBert(replace(model.config, vocabulary=vocabulary))
    copy.load_state_dict({**model.state_dict(), "spk_tokenizer.weight": rows})
    return copy


def _last_row(gradient: Tensor) -> Tensor:
    """(speakers, S) → the same, 0 but for the last."""
    kept = torch.zeros_like(gradient)
    kept[-1] = gradient[-1]
    return kept
