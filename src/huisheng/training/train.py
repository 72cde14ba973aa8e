"""Trains the acoustic model or the vocoder on a corpus.

    acoustic    distances only, then with a discriminator of spectrograms
    vocoder     distances only, then with discriminators of samples

The second stage of each begins with the best weights of the first.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple, cast

import torch
from torch import nn

from huisheng.acoustic.parallel import ParallelSamBert
from huisheng.errors import CorpusError
from huisheng.training import checkpoints
from huisheng.training.acoustic import AcousticBatch, AcousticData, AcousticModelWithLoss, parallel_config
from huisheng.training.adversarial import AdversarialAcousticModel, AdversarialVocoder
from huisheng.training.corpus import Corpus, CorpusReader
from huisheng.training.discriminators import MelDiscriminator, SmallDiscriminators
from huisheng.training.distributed import DistributedContext
from huisheng.training.logs import Log
from huisheng.training.settings import TrainingSettings
from huisheng.training.steps import (
    AdversarialModel,
    AdversarialTraining,
    LossParts,
    SupervisedTraining,
    Training,
)
from huisheng.training.trainer import Trainer
from huisheng.training.vocoder import VocoderBatch, VocoderData, VocoderWithLoss
from huisheng.units import Hertz
from huisheng.vocoder.config import SpectralConfig
from huisheng.vocoder.spectral import SpectralGenerator

_LOGGED: Final = 2
"""Utterances whose spectrograms are logged, and crops whose audio is."""

_EVALUATED_BATCHES: Final = 12
"""Batches of held-out crops that a vocoder is evaluated on."""


class TrainingJob(NamedTuple):
    """What is to be trained, and where it is.

    Attributes:
        corpus: folder of the corpus.
        folder: of the checkpoints and the log.
        settings: hyperparameters.
        start: folder of a training whose best weights it begins with; None for fresh ones.
        adversarial: whether discriminators take part.
    """

    corpus: Path
    folder: Path
    settings: TrainingSettings
    start: Path | None
    adversarial: bool


def train_acoustic(job: TrainingJob, context: DistributedContext) -> float:
    """Train the parallel SAM-BERT; the smallest loss of the held-out part.

    Raises:
        CorpusError: the corpus, or weights to begin with, cannot be read.
        KeyboardInterrupt: a signal asked to stop; the same call goes on.
    """
    reader = CorpusReader(job.corpus)
    _seed(job.settings.seed)
    model = AcousticModelWithLoss(ParallelSamBert(parallel_config(reader.corpus)))
    _load_best(model, job.start)
    data, held_out = (AcousticData(reader, held_out=part) for part in (False, True))
    gan = AdversarialAcousticModel(model, MelDiscriminator()) if job.adversarial else None
    with Log(job.folder / "log" if context.is_main else None) as log:
        training = _training(model, gan, job, context)
        evaluator = _AcousticEvaluator(model, held_out, context, log)
        trainer = Trainer(training, model, data, evaluator, job.settings, job.folder, log, context)
        return trainer.run()


def train_vocoder(job: TrainingJob, context: DistributedContext) -> float:
    """Train the spectral vocoder. Returns and raises as `train_acoustic`."""
    reader = CorpusReader(job.corpus)
    _seed(job.settings.seed)
    config = spectral_config(reader.corpus)
    model = VocoderWithLoss(SpectralGenerator(config))
    _load_best(model, job.start)
    data, held_out = (VocoderData(reader, config, held_out=part) for part in (False, True))
    gan = AdversarialVocoder(model, SmallDiscriminators()) if job.adversarial else None
    with Log(job.folder / "log" if context.is_main else None) as log:
        training = _training(model, gan, job, context)
        evaluator = _VocoderEvaluator(model, held_out, context, log)
        trainer = Trainer(training, model, data, evaluator, job.settings, job.folder, log, context)
        return trainer.run()


def spectral_config(corpus: Corpus) -> SpectralConfig:
    """The published shape for a corpus."""
    return SpectralConfig(mels=corpus.mels, sample_rate=corpus.sample_rate, hop=corpus.hop)


def _training(
    model: nn.Module, gan: AdversarialModel[Any] | None, job: TrainingJob, context: DistributedContext
) -> Training:
    if gan is None:
        return SupervisedTraining(model, job.settings, context)
    return AdversarialTraining(gan, job.settings, context)


class _AcousticEvaluator:
    """Losses of the held-out part, and pictures of some of it."""

    def __init__(
        self, model: AcousticModelWithLoss, data: AcousticData, context: DistributedContext, log: Log
    ) -> None:
        self._model = model
        self._batches = [data.batch(indices).to(context.device) for indices in data.batches(0)]
        self._log = log

    def __call__(self, step: int) -> Mapping[str, float]:
        losses = [(self._model(batch), len(batch.lengths)) for batch in self._batches]
        self._log_spectrograms(step, self._batches[len(self._batches) // 2])
        return _mean_losses(losses)

    def _log_spectrograms(self, step: int, batch: AcousticBatch) -> None:
        output = self._model.predict(batch)
        for row in range(min(_LOGGED, len(batch.lengths))):
            frames = int(output.valid[row].sum())
            pair = tuple(mel[row, :frames].float().cpu().numpy() for mel in (output.mel, batch.mels))
            self._log.log_spectrograms(step, f"mel/{row}", pair)


class _VocoderEvaluator:
    """Losses of held-out crops, and audio of some of them."""

    def __init__(
        self, model: VocoderWithLoss, data: VocoderData, context: DistributedContext, log: Log
    ) -> None:
        self._model = model
        self._batches = [
            data.batch(indices).to(context.device) for indices in data.batches(0)[:_EVALUATED_BATCHES]
        ]
        self._rate = Hertz(model.generator.config.sample_rate)
        self._log = log

    def __call__(self, step: int) -> Mapping[str, float]:
        losses = [(self._model(batch), len(batch.mel)) for batch in self._batches]
        self._log_audio(step, self._batches[0])
        return _mean_losses(losses)

    def _log_audio(self, step: int, batch: VocoderBatch) -> None:
        generated, recorded = self._model.generate(batch)
        for row in range(min(_LOGGED, len(generated))):
            for name, samples in (("made", generated), ("recorded", recorded)):
                self._log.log_audio(step, f"{name}/{row}", samples[row, 0].cpu().numpy(), self._rate)


def _mean_losses(losses: list[tuple[LossParts, int]]) -> dict[str, float]:
    """Means over utterances of the total and of every part."""
    count = sum(size for _, size in losses)
    parts = [({"total": loss.total} | loss._asdict(), size) for loss, size in losses]
    return {name: sum(float(part[name]) * size for part, size in parts) / count for name in parts[0][0]}


def _load_best(model: nn.Module, folder: Path | None) -> None:
    """Load the best weights of the training in a folder, if there is one to begin with."""
    if folder is None:
        return
    state = checkpoints.load(folder, checkpoints.BEST)
    if state is None:
        raise CorpusError(str(folder / checkpoints.BEST))
    model.load_state_dict(state["learner"])


def _seed(seed: int) -> None:
    cast("Any", torch).manual_seed(seed)
