"""Postnet: a correction of the coarse spectrogram that sees a few frames ahead."""

from __future__ import annotations

from torch import Tensor, nn

from huisheng.acoustic.config import AcousticConfig
from huisheng.acoustic.fsmn import Fsmn


class Postnet(nn.Module):
    """FSMN, then an LSTM that only looks back, so that the whole can stream."""

    def __init__(self, config: AcousticConfig) -> None:
        super().__init__()
        self.fsmn = Fsmn(config.mels, config.postnet)
        self.lstm = nn.LSTM(config.postnet.memory, config.postnet_lstm, batch_first=True)
        self.fc = nn.Linear(config.postnet_lstm, config.mels)

    def forward(self, coarse: Tensor, valid: Tensor) -> Tensor:
        """
        Args:
            coarse: (B, T, M); what it holds at padding has no influence.
            valid: (B, T) bool.

        Returns:
            (B, T, M) corrected spectrogram, 0 at padding.
        """
        hidden, _ = self.lstm(self.fsmn(coarse, valid))
        correction: Tensor = self.fc(hidden)
        return (coarse + correction).masked_fill(~valid[..., None], 0.0)
