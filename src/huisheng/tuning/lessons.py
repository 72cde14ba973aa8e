"""The two trainings of a custom voice; each goes on at the step where it was interrupted."""

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
from huisheng.training.distributed import Place
from huisheng.training.logs import Log
from huisheng.training.loop import Data, Training
from huisheng.training.settings import Settings
from huisheng.training.steps import Descent, Losses
from huisheng.training.vocoder import VocoderData
from huisheng.tuning.acoustic import Rehearsal, TuningLearner, widened
from huisheng.tuning.vocoder import MagnitudeLearner
from huisheng.vocoder.spectral import SpectralGenerator

FRAMES: Final = 2_500
"""Of a batch: half of what a voice is trained with, since there is less to choose from."""

ACOUSTIC: Final = Settings(peak=3e-4, last=0.1, warm_up=50, decay=0.0, averaging=0.99, patience=8)
"""Without decay: rows and weights that get no gradient shall stay what they are."""
VOCODER: Final = Settings(
    peak=1e-4, last=0.1, warm_up=50, betas=(0.8, 0.98), decay=0.0, averaging=0.99, patience=8
)

_LEAST_STEPS: Final = 400
_MOST_STEPS: Final = 2_000
_PER_MINUTE: Final = 40
_EVALUATIONS: Final = 16
"""In a training."""
_SAVED: Final = 50
_JUDGED_BATCHES: Final = 12


@dataclass(frozen=True, slots=True)
class Lesson:
    """
    Attributes:
        corpus: folder of the corpus.
        folder: of states, logs and weights.
        steps: of each training.
        place: where it is computed.
    """

    corpus: Path
    folder: Path
    steps: int
    place: Place


def usual_steps(seconds: float) -> int:
    """Of each training, by how much there is to learn from."""
    return min(_MOST_STEPS, max(_LEAST_STEPS, round(_PER_MINUTE * seconds / 60.0)))


def teach_acoustic(lesson: Lesson, base: ParallelSamBert, similar: int) -> ParallelSamBert:
    """The base with one speaker more, for speaking.

    Args:
        lesson: what and where.
        base: to begin with; it stays as it is.
        similar: speaker of the base whom the new one begins as.

    Raises:
        CorpusError: corpus or state cannot be read.
        KeyboardInterrupt: somebody asked to stop; the same call goes on.
    """
    reader = CorpusReader(lesson.corpus)
    learner = TuningLearner(widened(base, similar), Rehearsal(deepcopy(base).to(lesson.place.device)))
    data, aside = (AcousticData(reader, held_out=held_out, frames=FRAMES) for held_out in (False, True))
    _teach(learner, (data, aside), ACOUSTIC, lesson, "acoustic")
    return learner.acoustic.model.cpu().eval()


def teach_vocoder(lesson: Lesson, base: SpectralGenerator) -> SpectralGenerator:
    """The base after it heard the recordings, for speaking. Raises as `teach_acoustic`."""
    reader = CorpusReader(lesson.corpus)
    learner = MagnitudeLearner(deepcopy(base))
    data, aside = (VocoderData(reader, base.config, held_out=held_out) for held_out in (False, True))
    _teach(learner, (data, aside), VOCODER, lesson, "vocoder")
    return learner.generator.cpu().eval()


def networks(lesson: Lesson, base: ParallelNetworks, similar: int) -> ParallelNetworks:
    """Both, one after the other."""
    return ParallelNetworks(
        teach_acoustic(lesson, base.acoustic, similar), teach_vocoder(lesson, base.vocoder)
    )


def _teach(
    learner: nn.Module, data: tuple[Data, Data], settings: Settings, lesson: Lesson, name: str
) -> None:
    """Train a learner on the first part of the data, judged by the second; it has the best weights then."""
    cast("Any", torch).manual_seed(settings.seed)
    steps, folder, place = lesson.steps, lesson.folder / name, lesson.place
    chosen = replace(settings, steps=steps, evaluated=max(1, steps // _EVALUATIONS), saved=_SAVED)
    stepper = Descent(learner, chosen, place)
    with Log(folder / "log" if place.first else None) as log:
        judge = _Judge(learner, data[1], place)
        Training(stepper, learner, data[0], judge, chosen, folder, log, place).run()
    state = checkpoints.load(folder, checkpoints.BEST)
    if state is None:
        raise CorpusError(str(folder / checkpoints.BEST))
    learner.load_state_dict(state["learner"])


class _Judge:
    """Mean costs of the part that was held out."""

    def __init__(self, learner: nn.Module, data: Data, place: Place) -> None:
        self._learner = learner
        chosen: Sequence[Sequence[int]] = data.batches(0)[:_JUDGED_BATCHES]
        self._batches = [data.batch(places).to(place.device) for places in chosen]

    def __call__(self, step: int) -> Mapping[str, float]:  # noqa: ARG002 (told to every judge)
        costs: list[Losses] = [self._learner(batch) for batch in self._batches]
        parts = [{"total": cost.total} | cost._asdict() for cost in costs]
        return {name: sum(float(part[name]) for part in parts) / len(parts) for name in parts[0]}
