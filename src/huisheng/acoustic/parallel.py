"""SAM-BERT with a decoder that predicts all frames at once.

    symbols ──text encoder──▶ text ──durations──▶ frames of text
    frames ──contours──▶ F0, voicing, energy ──▶ decoder ──▶ mel

Text encoder and duration predictor are those of SAM-BERT. F0 is predicted for each frame instead of each
symbol, so that it can be scaled as a user asks, and it is an input of the decoder, which follows it. No part
is autoregressive, so no word can be dropped or repeated, and a frame depends on a fixed number of frames
around it, so that a window of the decoder is exact.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from huisheng.acoustic.config import AcousticConfig, ParallelConfig
from huisheng.acoustic.contours import ContourEmbedding, ContourPredictor, Contours
from huisheng.acoustic.encoder import TextEncoder
from huisheng.acoustic.inputs import Inputs, require, valid_positions
from huisheng.acoustic.length_regulator import Regulator, regulator, whole_frames
from huisheng.acoustic.variance import Conditions, VariancePredictor
from huisheng.convnext import ConvNextStack

PLACES = 3
"""Numbers that state the position of a frame in its symbol."""


@dataclass(frozen=True, slots=True, eq=False)
class ParallelBatch:
    """Utterances with their targets.

    Attributes:
        inputs: symbols.
        durations: (B, L) int64 frames per symbol, 0 at padding.
        contours: (B, T) each, T the longest total of the durations; 0 behind the end.
        mels: (B, T, M), 0 behind the end.
    """

    inputs: Inputs
    durations: Tensor
    contours: Contours
    mels: Tensor

    def __post_init__(self) -> None:
        rows, symbols = self.inputs.symbols.shape[:2]
        frames = self.mels.shape[1]
        require("durations", self.durations, (rows, symbols))
        require("mels", self.mels, (rows, None, None))
        for name in ("pitch", "voicing", "energy"):
            require(name, getattr(self.contours, name), (rows, frames))


@dataclass(frozen=True, slots=True, eq=False)
class ParallelOutput:
    """Predictions; arbitrary at padding, unless stated otherwise.

    Attributes:
        log_durations: (B, L) log(frames + 1), 0 at padding.
        contours: (B, T) each, voicing as log odds.
        mel: (B, T, M).
        valid: (B, T) bool, frames of an utterance.
    """

    log_durations: Tensor
    contours: Contours
    mel: Tensor
    valid: Tensor


class ConvDecoder(nn.Module):
    """Frames of text and their contours → mel spectrogram."""

    def __init__(self, inputs: int, mels: int, config: ParallelConfig) -> None:
        super().__init__()
        self.embedding = ContourEmbedding(config)
        self.stack = ConvNextStack(inputs + config.pitches + config.efforts, config.decoder)
        self.bands = nn.Linear(config.decoder.width, mels)

    def forward(self, frames: Tensor, contours: Contours, valid: Tensor) -> Tensor:
        """Predict (B, T, M) mel.

        Args:
            frames: (B, T, C).
            contours: (B, T) each, voicing 1 or 0.
            valid: (B, T) bool.

        Returns:
            (B, T, M), arbitrary at padding.
        """
        inputs = torch.cat([frames, self.embedding(contours)], dim=2)
        mel: Tensor = self.bands(self.stack(inputs, valid))
        return mel.float()


class ParallelSamBert(nn.Module):
    """The whole model.

    Args:
        config: with `parallel`.

    Raises:
        ValueError: the config is of a model that makes frame after frame.
    """

    def __init__(self, config: AcousticConfig) -> None:
        super().__init__()
        if config.parallel is None:
            raise ValueError("the config lacks the parallel decoder")
        self.config = config
        self.text_encoder = TextEncoder(config)
        self.spk_tokenizer = nn.Embedding(config.vocabulary.speakers, config.speaker_units)
        self.emo_tokenizer = nn.Embedding(config.vocabulary.emotions, config.emotion_units)
        self.duration_predictor = VariancePredictor(config)
        self.contour_predictor = ContourPredictor(config.symbol_units + PLACES, config.parallel)
        self.mel_decoder = ConvDecoder(config.symbol_units + PLACES, config.mels, config.parallel)

    def forward(self, batch: ParallelBatch) -> ParallelOutput:
        """Predict every part, mel (B, T, M), from the true values of the parts before it, for training."""
        symbols, conditions = self._encode(batch.inputs)
        _, log_durations = self.duration_predictor(conditions)
        source = regulator(batch.durations)
        frames = spread(symbols, source, batch.durations)
        valid = source.places > 0
        return ParallelOutput(
            log_durations=log_durations,
            contours=self.contour_predictor(frames, valid),
            mel=self.mel_decoder(frames, batch.contours, valid),
            valid=valid,
        )

    @torch.no_grad()
    def infer(self, inputs: Inputs) -> ParallelOutput:
        """Infer (B, T, M) mel: every part from the output of those before it."""
        symbols, conditions = self._encode(inputs)
        _, log_durations = self.duration_predictor(conditions)
        durations = whole_frames(log_durations.expm1().clamp(min=0.0))
        source = regulator(durations)
        frames = spread(symbols, source, durations)
        valid = source.places > 0
        contours = self.contour_predictor(frames, valid)
        decided = Contours(contours.pitch, (contours.voicing > 0.0).to(frames), contours.energy)
        return ParallelOutput(log_durations, contours, self.mel_decoder(frames, decided, valid), valid)

    def _encode(self, inputs: Inputs) -> tuple[Tensor, Conditions]:
        """(B, L, C) symbols with speaker and emotion, and the inputs of the duration predictor."""
        valid = valid_positions(inputs.lengths, inputs.symbols.shape[1])
        text = self.text_encoder.encode(inputs.symbols, valid).text
        conditions = Conditions(text, inputs.speakers, inputs.emotions, inputs.lengths, valid)
        return conditions.with_speaker_and_emotion(text), conditions


def spread(symbols: Tensor, source: Regulator, durations: Tensor) -> Tensor:
    """Frames of text, each with its position in its symbol.

    Args:
        symbols: (B, L, C).
        source: which symbol each frame belongs to.
        durations: (B, L) int64 frames.

    Returns:
        (B, T, C + 3), behind the text the logarithms of the frames from the symbol's start, to its end, and
        of all of them; 0 behind the end of an utterance.
    """
    lengths = durations.gather(1, source.owners)
    counts = torch.stack([source.places, lengths + 1 - source.places, lengths], dim=2)
    counts = counts.masked_fill(source.places[..., None] == 0, 0)
    return torch.cat([source.spread(symbols), torch.log1p(counts.to(symbols))], dim=2)
