"""Fine-tunes acoustic model and vocoder for a custom voice; each training can be interrupted and resumed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final, cast

import torch
from torch import nn

from huisheng.acoustic.parallel import ParallelSamBert
from huisheng.errors import CorpusError
from huisheng.export.parallel_proof import ParallelNetworks
from huisheng.training import checkpoints
from huisheng.training.acoustic import AcousticData
from huisheng.training.corpus import CorpusReader
from huisheng.training.distributed import DistributedContext
from huisheng.training.logs import Log
from huisheng.training.settings import TrainingSettings
from huisheng.training.steps import LossParts, SupervisedTraining
from huisheng.training.trainer import Dataset, Trainer
from huisheng.training.vocoder import VocoderData
from huisheng.tuning.acoustic import FineTuningModel, Rehearsal, add_speaker
from huisheng.tuning.vocoder import VocoderWithMagnitudeLoss
from huisheng.vocoder.spectral import SpectralGenerator

FRAMES: Final = 2_500
"""Frames of a batch: fewer than for a whole corpus, since there is less to choose from."""

ACOUSTIC: Final = TrainingSettings(
    peak_rate=3e-4, final_rate=0.1, warmup_steps=50, weight_decay=0.0, ema_decay=0.99, patience=8
)
"""Without weight decay, so that weights without a gradient do not change."""
VOCODER: Final = TrainingSettings(
    peak_rate=1e-4,
    final_rate=0.1,
    warmup_steps=50,
    betas=(0.8, 0.98),
    weight_decay=0.0,
    ema_decay=0.99,
    patience=8,
)

_LEAST_STEPS: Final = 400
_MOST_STEPS: Final = 2_000
_PER_MINUTE: Final = 40
_EVALUATIONS: Final = 16
"""Number of evaluations in a training."""
_SAVE_EVERY: Final = 50
_EVALUATED_BATCHES: Final = 12


@dataclass(frozen=True, slots=True)
class FineTuningJob:
    """
    Attributes:
        corpus: folder of the corpus.
        folder: of checkpoints and logs.
        steps: of each training.
        context: of the training.
    """

    corpus: Path
    folder: Path
    steps: int
    context: DistributedContext


def default_steps(seconds: float) -> int:
    """Steps of each training for so many seconds of speech."""
    return min(_MOST_STEPS, max(_LEAST_STEPS, round(_PER_MINUTE * seconds / 60.0)))


def fine_tune_acoustic(job: FineTuningJob, base: ParallelSamBert, similar: int) -> ParallelSamBert:
    """A copy of the base with one speaker more, in evaluation mode.

    Args:
        job: what and where.
        base: to begin with; it is not changed.
        similar: speaker of the base with whose embedding the new one begins.

    Raises:
        CorpusError: corpus or state cannot be read.
        KeyboardInterrupt: a signal asked to stop; the same call goes on.
    """
    reader = CorpusReader(job.corpus)
    model = FineTuningModel(add_speaker(base, similar), Rehearsal(deepcopy(base).to(job.context.device)))
    data, held_out = (AcousticData(reader, held_out=part, frames=FRAMES) for part in (False, True))
    _train(model, (data, held_out), ACOUSTIC, job, "acoustic")
    return model.acoustic.model.cpu().eval()


def fine_tune_vocoder(job: FineTuningJob, base: SpectralGenerator) -> SpectralGenerator:
    """A fine-tuned copy of the base, in evaluation mode. Raises as `fine_tune_acoustic`."""
    reader = CorpusReader(job.corpus)
    model = VocoderWithMagnitudeLoss(deepcopy(base))
    data, held_out = (VocoderData(reader, base.config, held_out=part) for part in (False, True))
    _train(model, (data, held_out), VOCODER, job, "vocoder")
    return model.generator.cpu().eval()


def fine_tune(job: FineTuningJob, base: ParallelNetworks, similar: int) -> ParallelNetworks:
    """Both networks, one after the other. Arguments and errors as of `fine_tune_acoustic`."""
    return ParallelNetworks(
        fine_tune_acoustic(job, base.acoustic, similar), fine_tune_vocoder(job, base.vocoder)
    )


def _train(
    model: nn.Module, data: tuple[Dataset, Dataset], settings: TrainingSettings, job: FineTuningJob, name: str
) -> None:
    """Train a model on the first part of the data, evaluate it on the second, and load its best weights."""
    cast("Any", torch).manual_seed(settings.seed)
    steps, folder, context = job.steps, job.folder / name, job.context
    settings = replace(
        settings, steps=steps, evaluate_every=max(1, steps // _EVALUATIONS), save_every=_SAVE_EVERY
    )
    training = SupervisedTraining(model, settings, context)
    with Log(folder / "log" if context.is_main else None) as log:
        evaluator = _Evaluator(model, data[1], context)
        Trainer(training, model, data[0], evaluator, settings, folder, log, context).run()
    state = checkpoints.load(folder, checkpoints.BEST)
    if state is None:
        raise CorpusError(str(folder / checkpoints.BEST))
    model.load_state_dict(state["learner"])


class _Evaluator:
    """Mean losses of the held-out part."""

    def __init__(self, model: nn.Module, data: Dataset, context: DistributedContext) -> None:
        self._model = model
        chosen: Sequence[Sequence[int]] = data.batches(0)[:_EVALUATED_BATCHES]
        self._batches = [data.batch(indices).to(context.device) for indices in chosen]

    def __call__(self, step: int) -> Mapping[str, float]:  # noqa: ARG002 (every evaluator gets it)
        losses: list[LossParts] = [self._model(batch) for batch in self._batches]
        parts = [{"total": loss.total} | loss._asdict() for loss in losses]
        return {name: sum(float(part[name]) for part in parts) / len(parts) for name in parts[0]}
