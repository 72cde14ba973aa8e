"""Four trainings, one after the other, and how each goes; every one goes on where it was interrupted."""

from __future__ import annotations

from pathlib import Path
from typing import Final, NamedTuple

from huisheng.training.distributed import joined
from huisheng.training.settings import Settings
from huisheng.training.teaching import Job, teach_acoustic, teach_vocoder


class Lesson(NamedTuple):
    """
    Attributes:
        teach: acoustic or vocoder.
        settings: how it goes.
        start: lesson whose weights it begins with; empty for fresh ones.
        judged: whether judges take part.
    """

    teach: str
    settings: Settings
    start: str = ""
    judged: bool = False


LESSONS: Final = {
    "vocoder": Lesson("vocoder", Settings(steps=10_000, peak=1e-3, betas=(0.8, 0.98), warm_up=200)),
    "vocoder-judged": Lesson(
        "vocoder",
        Settings(steps=4_000, peak=3e-4, betas=(0.8, 0.99), warm_up=100, clip=10.0),
        start="vocoder",
        judged=True,
    ),
    "acoustic": Lesson("acoustic", Settings(steps=5_000, peak=1e-3, warm_up=250)),
    "acoustic-judged": Lesson(
        "acoustic",
        Settings(steps=500, peak=2e-4, warm_up=50, averaging=0.99, evaluated=100),
        start="acoustic",
        judged=True,
    ),
}
"""By the name of the folder that each is in."""


def learn(home: Path, name: str, device: str = "auto") -> float:
    """One lesson, from the corpus that lies beside it; the smallest cost of the part that was held out.

    Args:
        home: where everything lies.
        name: of the lesson.
        device: cpu, cuda or auto.

    Raises:
        CorpusError: the corpus or the lesson before is missing.
        KeyboardInterrupt: somebody asked to stop; the state is saved.
    """
    lesson = LESSONS[name]
    start = home / lesson.start if lesson.start else None
    job = Job(home / "corpus", home / name, lesson.settings, start, lesson.judged)
    teach = teach_acoustic if lesson.teach == "acoustic" else teach_vocoder
    with joined(device) as place:
        return teach(job, place)
