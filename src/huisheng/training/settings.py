"""Hyperparameters of a training, whatever is trained."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TrainingSettings:
    """
    Attributes:
        steps: of the optimizer, all in all.
        peak_rate: learning rate after the warm-up.
        final_rate: learning rate at the end, as a share of the peak; on a cosine in between.
        warmup_steps: steps in which the learning rate rises.
        betas: of Adam.
        weight_decay: of AdamW (Loshchilov & Hutter 2019, arXiv 1711.05101).
        gradient_clip: norm that gradients are scaled down to.
        ema_decay: share of the old in the moving average of the weights.
        accumulation: batches whose gradients make one step.
        seed: of all random numbers.
        evaluate_every: steps from one evaluation to the next.
        save_every: steps from one checkpoint to the next.
        patience: evaluations without an improvement after which training ends.
        mixed_precision: whether matrix products are in bfloat16.
    """

    steps: int = 8_000
    peak_rate: float = 1.2e-3
    final_rate: float = 0.02
    warmup_steps: int = 150
    betas: tuple[float, float] = (0.9, 0.98)
    weight_decay: float = 0.01
    gradient_clip: float = 1.0
    ema_decay: float = 0.998
    accumulation: int = 1
    seed: int = 1
    evaluate_every: int = 500
    save_every: int = 250
    patience: int = 20
    mixed_precision: bool = True

    def learning_rate(self, step: int) -> float:
        """Learning rate of a step, counted from 0."""
        if step < self.warmup_steps:
            return self.peak_rate * (step + 1) / self.warmup_steps
        done = min(1.0, (step - self.warmup_steps) / max(1, self.steps - self.warmup_steps))
        return self.peak_rate * (
            self.final_rate + (1.0 - self.final_rate) * 0.5 * (1.0 + math.cos(math.pi * done))
        )
