"""Whole trainings: from a corpus to weights that have been judged.

    acoustic    distances only, then against a judge of spectrograms
    vocoder     distances only, then against judges of samples

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
from huisheng.training.acoustic import AcousticBatch, AcousticData, AcousticLearner, parallel_config
from huisheng.training.contests import AcousticContest, VocoderContest
from huisheng.training.corpus import Corpus, CorpusReader
from huisheng.training.distributed import Place
from huisheng.training.judges import MelJudge, SmallJudges
from huisheng.training.logs import Log
from huisheng.training.loop import Training
from huisheng.training.settings import Settings
from huisheng.training.steps import Descent, Duel, Losses
from huisheng.training.vocoder import VocoderBatch, VocoderData, VocoderLearner
from huisheng.units import Hertz
from huisheng.vocoder.config import SpectralConfig
from huisheng.vocoder.spectral import SpectralGenerator

_SHOWN: Final = 2
"""Utterances whose spectrograms are shown, and crops that can be heard."""

_JUDGED_BATCHES: Final = 12
"""Of a vocoder's held-out crops."""


class Job(NamedTuple):
    """What is to be trained, and where it is.

    Attributes:
        corpus: folder of the corpus.
        folder: of the state, the log and the weights.
        settings: how it goes.
        start: folder of a training whose best weights it begins with; None for fresh ones.
        judged: whether judges take part.
    """

    corpus: Path
    folder: Path
    settings: Settings
    start: Path | None
    judged: bool


def teach_acoustic(job: Job, place: Place) -> float:
    """Train the parallel SAM-BERT; the smallest cost of the part that was held out.

    Raises:
        CorpusError: the corpus, or weights to begin with, cannot be read.
        KeyboardInterrupt: somebody asked to stop; the same call goes on.
    """
    reader = CorpusReader(job.corpus)
    _seed(job.settings.seed)
    learner = AcousticLearner(ParallelSamBert(parallel_config(reader.corpus)))
    _begin(learner, job.start)
    data, aside = (AcousticData(reader, held_out=held_out) for held_out in (False, True))
    contest = AcousticContest(learner, MelJudge()) if job.judged else None
    stepper = Duel(contest, job.settings, place) if contest else Descent(learner, job.settings, place)
    with Log(job.folder / "log" if place.first else None) as log:
        judge = _AcousticJudge(learner, aside, place, log)
        training = Training(stepper, learner, data, judge, job.settings, job.folder, log, place)
        return training.run()


def teach_vocoder(job: Job, place: Place) -> float:
    """Train the spectral vocoder. Returns and raises as `teach_acoustic`."""
    reader = CorpusReader(job.corpus)
    _seed(job.settings.seed)
    config = spectral_config(reader.corpus)
    learner = VocoderLearner(SpectralGenerator(config))
    _begin(learner, job.start)
    data, aside = (VocoderData(reader, config, held_out=held_out) for held_out in (False, True))
    contest = VocoderContest(learner, SmallJudges()) if job.judged else None
    stepper = Duel(contest, job.settings, place) if contest else Descent(learner, job.settings, place)
    with Log(job.folder / "log" if place.first else None) as log:
        judge = _VocoderJudge(learner, aside, place, log)
        training = Training(stepper, learner, data, judge, job.settings, job.folder, log, place)
        return training.run()


def spectral_config(corpus: Corpus) -> SpectralConfig:
    """The published shape for a corpus."""
    return SpectralConfig(mels=corpus.mels, sample_rate=corpus.sample_rate, hop=corpus.hop)


class _AcousticJudge:
    """Costs of the part that was held out, and pictures of some of it."""

    def __init__(self, learner: AcousticLearner, data: AcousticData, place: Place, log: Log) -> None:
        self._learner = learner
        self._batches = [data.batch(places).to(place.device) for places in data.batches(0)]
        self._log = log

    def __call__(self, step: int) -> Mapping[str, float]:
        costs = [(self._learner(batch), len(batch.lengths)) for batch in self._batches]
        self._picture(step, self._batches[len(self._batches) // 2])
        return _weighted(costs)

    def _picture(self, step: int, batch: AcousticBatch) -> None:
        said = self._learner.predict(batch)
        for row in range(min(_SHOWN, len(batch.lengths))):
            frames = int(said.valid[row].sum())
            pair = tuple(mel[row, :frames].float().cpu().numpy() for mel in (said.mel, batch.mels))
            self._log.spectrograms(step, f"mel/{row}", pair)


class _VocoderJudge:
    """Costs of crops of the part that was held out, and some of them to be heard."""

    def __init__(self, learner: VocoderLearner, data: VocoderData, place: Place, log: Log) -> None:
        self._learner = learner
        self._batches = [data.batch(places).to(place.device) for places in data.batches(0)[:_JUDGED_BATCHES]]
        self._rate = Hertz(learner.generator.config.sample_rate)
        self._log = log

    def __call__(self, step: int) -> Mapping[str, float]:
        costs = [(self._learner(batch), len(batch.mel)) for batch in self._batches]
        self._sound(step, self._batches[0])
        return _weighted(costs)

    def _sound(self, step: int, batch: VocoderBatch) -> None:
        made, recorded = self._learner.judged(batch)
        for row in range(min(_SHOWN, len(made))):
            for name, samples in (("made", made), ("recorded", recorded)):
                self._log.speech(step, f"{name}/{row}", samples[row, 0].cpu().numpy(), self._rate)


def _weighted(costs: list[tuple[Losses, int]]) -> dict[str, float]:
    """Means over utterances of the total and of every part."""
    count = sum(size for _, size in costs)
    parts = [({"total": cost.total} | cost._asdict(), size) for cost, size in costs]
    return {name: sum(float(part[name]) * size for part, size in parts) / count for name in parts[0][0]}


def _begin(learner: nn.Module, start: Path | None) -> None:
    """Take the best weights of another training."""
    if start is None:
        return
    state = checkpoints.load(start, checkpoints.BEST)
    if state is None:
        raise CorpusError(str(start / checkpoints.BEST))
    learner.load_state_dict(state["learner"])


def _seed(seed: int) -> None:
    cast("Any", torch).manual_seed(seed)
