"""Teaching the vocoder a recorded voice.

A teacher's speech is in phase with the pulses that a vocoder filters; what a person says is in phase with
nothing that is known. So what was learned of phases is left alone, and only magnitudes are compared.
"""

from __future__ import annotations

import torch
from torch import Tensor

from huisheng.training.vocoder import VocoderLearner, VocoderLosses


class MagnitudeLearner(VocoderLearner):
    """The generator with the losses that hear no phases."""

    def losses(self, made: Tensor, recorded: Tensor) -> VocoderLosses:
        """Of (B, 1, N) each; the part that hears phases is 0."""
        found = super().losses(made, recorded)
        return found._replace(compressed=torch.zeros_like(found.compressed))
