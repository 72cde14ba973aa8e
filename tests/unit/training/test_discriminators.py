"""Small discriminators hear speech as loud as a corpus has it."""

from __future__ import annotations

from typing import Any, cast

import torch
from torch import Tensor

from huisheng.training.discriminators import SmallDiscriminators
from huisheng.vocoder.loss import Resolution, discriminator_loss

LEVEL = 0.05
"""Amplitude, as a share of full scale: −26 dB."""

GUESSING = 0.5
"""Loss of one discriminator that answers a half to everything."""


def test_quiet_noise_and_a_quiet_tone_are_soon_told_apart() -> None:
    cast("Any", torch).manual_seed(1)
    discriminators = SmallDiscriminators(
        periods=(2,), resolutions=(Resolution(256, 64, 256),), channels=(4, 4), widest=8
    )
    optimizer: Any = torch.optim.AdamW(discriminators.parameters(), lr=2e-3)

    for _ in range(120):
        loss = total(discriminators)
        optimizer.zero_grad()
        cast("Any", loss).backward()
        optimizer.step()

    assert float(total(discriminators).detach()) < 0.5 * 2 * GUESSING


def total(discriminators: SmallDiscriminators) -> Tensor:
    turns = 0.1 * torch.arange(2_000.0) + 6.0 * torch.rand(4, 1, 1)
    noise = LEVEL * torch.randn(4, 1, 2_000)
    found = discriminator_loss(discriminators(noise), discriminators(LEVEL * 1.4 * turns.sin()))
    return found.recorded + found.made
