"""Fine-tuning the vocoder on a recorded voice.

A teacher's speech is in phase with the pulses that a vocoder filters; the phase of recorded speech is
unknown. So only magnitudes are compared, and the phases that the vocoder has learned stay.
"""

from __future__ import annotations

import torch
from torch import Tensor

from huisheng.training.vocoder import VocoderLosses, VocoderWithLoss


class VocoderWithMagnitudeLoss(VocoderWithLoss):
    """The generator with the losses that do not depend on phases."""

    def losses(self, generated: Tensor, recorded: Tensor) -> VocoderLosses:
        """Differences of generated from recorded samples, (B, 1, N) each; the compressed loss is 0."""
        losses = super().losses(generated, recorded)
        return losses._replace(compressed=torch.zeros_like(losses.compressed))
