"""SAM-BERT with a decoder that makes all frames at once.

    symbols ──text encoder──▶ text ──durations──▶ frames of text
    frames ──contours──▶ F0, voicing, energy ──▶ decoder ──▶ mel

Text encoder and duration predictor are those of SAM-BERT. F0 is predicted for each frame instead of each
symbol, so that a user's wish is met by multiplication, and the decoder hears it: what is asked is what is
sung. Nothing hears its own output, so no word can be dropped or said twice, and a frame depends on a fixed
stretch around it, so that a window of the decoder is exact.
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
"""Numbers that tell where a frame stands in its symbol."""


@dataclass(frozen=True, slots=True, eq=False)
class ParallelBatch:
    """Utterances with what the model shall learn from them.

    Attributes:
        inputs: symbols.
        durations: (B, L) int64 frames per symbol, 0 at padding.
        contours: (B, T) each, the truth, T the longest total of the durations; 0 behind the end.
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
    """Predictions; arbitrary at padding, if not said otherwise.

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
        """
        Args:
            frames: (B, T, C).
            contours: (B, T) each, voicing 1 or 0.
            valid: (B, T) bool.

        Returns:
            (B, T, M), arbitrary at padding.
        """
        heard = torch.cat([frames, self.embedding(contours)], dim=2)
        said: Tensor = self.bands(self.stack(heard, valid))
        return said.float()


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
        """Predict every part from the truth about the parts before it, for training."""
        symbols, conditions = self._read(batch.inputs)
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
        """Speak: every part hears what those before it said."""
        symbols, conditions = self._read(inputs)
        _, log_durations = self.duration_predictor(conditions)
        durations = whole_frames(log_durations.expm1().clamp(min=0.0))
        source = regulator(durations)
        frames = spread(symbols, source, durations)
        valid = source.places > 0
        contours = self.contour_predictor(frames, valid)
        heard = Contours(contours.pitch, (contours.voicing > 0.0).to(frames), contours.energy)
        return ParallelOutput(log_durations, contours, self.mel_decoder(frames, heard, valid), valid)

    def _read(self, inputs: Inputs) -> tuple[Tensor, Conditions]:
        """(B, L, C) symbols with speaker and emotion, and what the duration predictor hears."""
        valid = valid_positions(inputs.lengths, inputs.symbols.shape[1])
        text = self.text_encoder.alone(inputs.symbols, valid).text
        conditions = Conditions(text, inputs.speakers, inputs.emotions, inputs.lengths, valid)
        return conditions.joined(text), conditions


def spread(symbols: Tensor, source: Regulator, durations: Tensor) -> Tensor:
    """Frames of text, each with its place in its symbol.

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
