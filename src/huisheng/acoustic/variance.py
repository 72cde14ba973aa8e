"""Variance adaptor: pitch, energy and duration of each symbol (FastSpeech 2, arXiv 2006.04558, 2.3).

Durations are predicted one after the other, each from the last, so that a sentence keeps its pace.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from huisheng.acoustic.config import AcousticConfig
from huisheng.acoustic.feedforward import Prenet
from huisheng.acoustic.fsmn import Fsmn
from huisheng.acoustic.inputs import Controls
from huisheng.acoustic.length_regulator import regulator
from huisheng.acoustic.positions import DurationPositions

_DURATION_LAYERS = 2
_TRACK_KERNEL = 9
"""Symbols that the pitch or energy of one is spread over."""


@dataclass(frozen=True, slots=True, eq=False)
class Conditions:
    """Inputs of the predictors.

    Attributes:
        text: (B, L, P).
        speakers: (B, L, S).
        emotions: (B, L, E).
        lengths: (B,) int64.
        valid: (B, L) bool.
    """

    text: Tensor
    speakers: Tensor
    emotions: Tensor
    lengths: Tensor
    valid: Tensor

    def with_speaker_and_emotion(self, text: Tensor) -> Tensor:
        """(B, L, P) text → (B, L, P + S + E) with speaker and emotion."""
        return torch.cat([text, self.speakers, self.emotions], dim=2)


@dataclass(frozen=True, slots=True, eq=False)
class Variance:
    """Predictions for the symbols; 0 at padding.

    Attributes:
        pitch_states: (B, L, C) of the pitch predictor.
        pitch, energy: (B, L) normalised.
        text: (B, L, P) with pitch and energy in it; arbitrary at padding.
        log_durations: (B, L) log(frames + 1).
    """

    pitch_states: Tensor
    pitch: Tensor
    energy: Tensor
    text: Tensor
    log_durations: Tensor


@dataclass(frozen=True, slots=True, eq=False)
class Regulated:
    """Symbols as frames.

    Attributes:
        text: (B, T, P) with the place of the frame within its symbol.
        speakers: (B, T, S).
        emotions: (B, T, E).
        frames: (B,) int64 frames of each row.
    """

    text: Tensor
    speakers: Tensor
    emotions: Tensor
    frames: Tensor


class VariancePredictor(nn.Module):
    """One value for each symbol, from all of them."""

    def __init__(self, config: AcousticConfig) -> None:
        super().__init__()
        inputs = config.text_units + config.speaker_units + config.emotion_units
        units = config.predictor_lstm
        self.fsmn = Fsmn(inputs, config.predictor)
        self.blstm = nn.LSTM(config.predictor.memory, units, batch_first=True, bidirectional=True)
        self.fc = nn.Linear(2 * units, 1)

    def forward(self, conditions: Conditions) -> tuple[Tensor, Tensor]:
        """(B, L, C) states and (B, L) values, 0 at padding."""
        valid = conditions.valid
        states: Tensor = self.fsmn(conditions.with_speaker_and_emotion(conditions.text), valid)
        ends = conditions.lengths.cpu()  # packing wants them there
        packed = pack_padded_sequence(states, ends, batch_first=True, enforce_sorted=False)
        packed, _ = self.blstm(packed)
        hidden, _ = pad_packed_sequence(packed, batch_first=True, total_length=valid.shape[1])
        values: Tensor = self.fc(hidden)  # (B, L, 1)
        return states, values[..., 0].masked_fill(~valid, 0.0)


class DurationPredictor(nn.Module):
    """Predicts log(frames + 1) of each symbol from it and from the last one's."""

    def __init__(self, config: AcousticConfig) -> None:
        super().__init__()
        units = config.duration_lstm
        inputs = config.text_units + config.speaker_units + config.emotion_units + config.duration_prenet[-1]
        self.prenet = Prenet(1, config.duration_prenet)
        self.lstm = nn.LSTM(inputs, units, _DURATION_LAYERS, batch_first=True)
        self.fc = nn.Linear(units, 1)

    def forward(self, symbols: Tensor, durations: Tensor) -> Tensor:
        """Predict by teacher forcing.

        Args:
            symbols: (B, L, P + S + E).
            durations: (B, L) true frames of each symbol.

        Returns:
            (B, L) log(frames + 1), each from the true value of the symbol before.
        """
        first = symbols.new_zeros(len(symbols), 1)
        last = torch.cat([first, torch.log1p(durations[:, :-1].to(symbols))], dim=1)
        hidden, _ = self.lstm(torch.cat([self.prenet(last[..., None]), symbols], dim=2))
        values: Tensor = self.fc(hidden)  # (B, L, 1)
        return values[..., 0].relu()

    def generate(self, symbols: Tensor) -> Tensor:
        """(B, L, P + S + E) → (B, L) log(frames + 1), each from the prediction for the symbol before."""
        last = symbols.new_zeros(len(symbols), 1, 1)
        state: tuple[Tensor, Tensor] | None = None
        predicted: list[Tensor] = []
        for symbol in torch.split(symbols, 1, dim=1):
            hidden, state = self.lstm(torch.cat([self.prenet(last), symbol], dim=2), state)
            last = torch.relu(self.fc(hidden))  # (B, 1, 1)
            predicted.append(last)
        return torch.cat(predicted, dim=1)[..., 0]


class VarianceAdaptor(nn.Module):
    """Predicts pitch, energy and durations, adds the first two to the text, and expands it to frames."""

    def __init__(self, config: AcousticConfig) -> None:
        super().__init__()
        units, around = config.text_units, _TRACK_KERNEL // 2
        self.group = config.group
        self.pitch_predictor = VariancePredictor(config)
        self.energy_predictor = VariancePredictor(config)
        self.duration_predictor = DurationPredictor(config)
        self.dur_position_encoder = DurationPositions(units)
        self.pitch_emb = nn.Conv1d(1, units, _TRACK_KERNEL, padding=around)
        self.energy_emb = nn.Conv1d(1, units, _TRACK_KERNEL, padding=around)

    def forward(self, conditions: Conditions, pitch: Tensor, energy: Tensor, durations: Tensor) -> Variance:
        """Predict each of (B, L) pitch, energy and durations from the true values of the others.

        Args:
            conditions: the symbols.
            pitch: (B, L) true values, normalised, 0 at padding.
            energy: (B, L) the same.
            durations: (B, L) true frames.
        """
        states, predicted_pitch = self.pitch_predictor(conditions)
        _, predicted_energy = self.energy_predictor(conditions)
        text = self._with_pitch_and_energy(conditions.text, pitch, energy)
        log_durations: Tensor = self.duration_predictor(conditions.with_speaker_and_emotion(text), durations)
        return Variance(
            states, predicted_pitch, predicted_energy, text, log_durations.masked_fill(~conditions.valid, 0.0)
        )

    def generate(self, conditions: Conditions, controls: Controls) -> Variance:
        """Predict (B, L) pitch, energy and durations, each from those before it, changed by the controls.

        Args:
            conditions: the symbols.
            controls: (B, L) each; the rate changes no log duration.
        """
        states, pitch = self.pitch_predictor(conditions)
        _, energy = self.energy_predictor(conditions)
        padding = ~conditions.valid
        pitch = _scale_and_shift(pitch, controls.pitch_scale, controls.pitch_bias).masked_fill(padding, 0.0)
        energy = _scale_and_shift(energy, controls.energy_scale, controls.energy_bias).masked_fill(
            padding, 0.0
        )
        text = self._with_pitch_and_energy(conditions.text, pitch, energy)
        log_durations = self.duration_predictor.generate(conditions.with_speaker_and_emotion(text))
        return Variance(states, pitch, energy, text, log_durations.masked_fill(padding, 0.0))

    def regulate(self, text: Tensor, conditions: Conditions, durations: Tensor) -> Regulated:
        """Expand symbols to frames.

        Args:
            text: (B, L, P) with pitch and energy in it.
            conditions: the symbols.
            durations: (B, L) int64 frames, 0 at padding.
        """
        source = regulator(durations, self.group)
        return Regulated(
            text=self.dur_position_encoder(source.spread(text), source.places),
            speakers=source.spread(conditions.speakers),
            emotions=source.spread(conditions.emotions),
            frames=source.frames,
        )

    def _with_pitch_and_energy(self, text: Tensor, pitch: Tensor, energy: Tensor) -> Tensor:
        """(B, L, P) text and (B, L) values → (B, L, P)."""
        tracks: Tensor = self.pitch_emb(pitch[:, None]) + self.energy_emb(energy[:, None])  # (B, P, L)
        return text + tracks.transpose(1, 2)


def _scale_and_shift(values: Tensor, scale: Tensor | None, bias: Tensor | None) -> Tensor:
    """(B, L) → (B, L) values · scale + bias."""
    values = values if scale is None else values * scale
    return values if bias is None else values + bias
