"""How a training goes, whatever is trained."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Settings:
    """
    Attributes:
        steps: of the optimizer, all in all.
        peak: learning rate after the warm-up.
        last: the same at the end, as a share of the peak; on a cosine in between.
        warm_up: steps.
        betas: of Adam.
        decay: of the weights (AdamW, Loshchilov & Hutter 2019, arXiv 1711.05101).
        clip: norm that gradients are scaled down to.
        averaging: share of the old in the moving average of the weights.
        accumulated: batches whose gradients make one step.
        seed: of everything that is random.
        evaluated: steps from one evaluation to the next.
        saved: the same of checkpoints.
        patience: evaluations without an improvement after which it ends.
        half: whether products are made in bfloat16.
    """

    steps: int = 8_000
    peak: float = 1.2e-3
    last: float = 0.02
    warm_up: int = 150
    betas: tuple[float, float] = (0.9, 0.98)
    decay: float = 0.01
    clip: float = 1.0
    averaging: float = 0.998
    accumulated: int = 1
    seed: int = 1
    evaluated: int = 500
    saved: int = 250
    patience: int = 20
    half: bool = True

    def rate(self, step: int) -> float:
        """Learning rate of a step, counted from 0."""
        if step < self.warm_up:
            return self.peak * (step + 1) / self.warm_up
        done = min(1.0, (step - self.warm_up) / max(1, self.steps - self.warm_up))
        return self.peak * (self.last + (1.0 - self.last) * 0.5 * (1.0 + math.cos(math.pi * done)))
