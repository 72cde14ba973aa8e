"""A base voice of two speakers and three emotions that is small enough to be trained in a test."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Final

import torch
from tests.unit.export.parallel_networks import CARD, random_networks, small

from huisheng.convnext import StackConfig
from huisheng.export.parallel import export_voice
from huisheng.export.parallel_proof import ParallelNetworks
from huisheng.vocoder.config import SpectralConfig

MELS: Final = 20
SPECTRAL: Final = SpectralConfig(mels=MELS, stack=StackConfig(1, 16, 32))
NAME: Final = "tiny"

_USUAL: Final = 1.9
"""log(frames + 1) of every symbol, about: 6 frames."""


@cache
def networks() -> ParallelNetworks:
    """For speaking; no test may change them."""
    random = random_networks(replace(small(), mels=MELS, longest=200), SPECTRAL)
    made = ParallelNetworks(random.acoustic.eval(), random.vocoder.eval())
    with torch.no_grad():
        made.acoustic.duration_predictor.fc.weight.mul_(0.2)
        made.acoustic.duration_predictor.fc.bias.fill_(_USUAL)
    return made


def publish(folder: Path | None = None) -> Path:
    """The folder of its package."""
    card = replace(CARD, name=NAME, energy=(-1.0, 0.5), strengths={"emotion_sad": 1.2})
    return export_voice(*networks(), card, folder)
