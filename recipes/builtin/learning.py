"""The four trainings of the built-in voice and their settings; each goes on where it was interrupted."""

from __future__ import annotations

from pathlib import Path
from typing import Final, NamedTuple

from huisheng.training.distributed import join_process_group
from huisheng.training.settings import TrainingSettings
from huisheng.training.train import TrainingJob, train_acoustic, train_vocoder


class Stage(NamedTuple):
    """
    Attributes:
        model: acoustic or vocoder.
        settings: hyperparameters.
        start: stage whose weights it begins with; empty for fresh ones.
        adversarial: whether discriminators take part.
    """

    model: str
    settings: TrainingSettings
    start: str = ""
    adversarial: bool = False


STAGES: Final = {
    "vocoder": Stage(
        "vocoder", TrainingSettings(steps=10_000, peak_rate=1e-3, betas=(0.8, 0.98), warmup_steps=200)
    ),
    "vocoder-judged": Stage(
        "vocoder",
        TrainingSettings(
            steps=4_000, peak_rate=3e-4, betas=(0.8, 0.99), warmup_steps=100, gradient_clip=10.0
        ),
        start="vocoder",
        adversarial=True,
    ),
    "acoustic": Stage("acoustic", TrainingSettings(steps=5_000, peak_rate=1e-3, warmup_steps=250)),
    "acoustic-judged": Stage(
        "acoustic",
        TrainingSettings(steps=500, peak_rate=2e-4, warmup_steps=50, ema_decay=0.99, evaluate_every=100),
        start="acoustic",
        adversarial=True,
    ),
}
"""By the name of the folder that each is in."""


def train(home: Path, name: str, device: str = "auto") -> float:
    """Run a stage on the corpus beside it; the smallest loss of the held-out part.

    Args:
        home: folder of the corpus and the stages.
        name: of the stage.
        device: cpu, cuda or auto.

    Raises:
        CorpusError: the corpus or the stage before is missing.
        KeyboardInterrupt: a signal asked to stop; a checkpoint is saved.
    """
    stage = STAGES[name]
    start = home / stage.start if stage.start else None
    job = TrainingJob(home / "corpus", home / name, stage.settings, start, stage.adversarial)
    run = train_acoustic if stage.model == "acoustic" else train_vocoder
    with join_process_group(device) as context:
        return run(job, context)
