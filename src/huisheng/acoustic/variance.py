"""Variance adaptor: pitch, energy and duration of each symbol (FastSpeech 2, arXiv 2006.04558, 2.3).

Durations are predicted one after the other, each hearing the last, so that a sentence keeps its pace.
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
    """What predictors hear of the symbols.

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

    def joined(self, text: Tensor) -> Tensor:
        """(B, L, P) text → (B, L, P + S + E) text, speaker, emotion."""
        return torch.cat([text, self.speakers, self.emotions], dim=2)


@dataclass(frozen=True, slots=True, eq=False)
class Variance:
    """What is predicted of the symbols; 0 at padding.

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
        states: Tensor = self.fsmn(conditions.joined(conditions.text), valid)
        ends = conditions.lengths.cpu()  # packing wants them there
        packed = pack_padded_sequence(states, ends, batch_first=True, enforce_sorted=False)
        packed, _ = self.blstm(packed)
        hidden, _ = pad_packed_sequence(packed, batch_first=True, total_length=valid.shape[1])
        values: Tensor = self.fc(hidden)  # (B, L, 1)
        return states, values[..., 0].masked_fill(~valid, 0.0)


class DurationPredictor(nn.Module):
    """log(frames + 1) of each symbol, from it and from the last one's."""

    def __init__(self, config: AcousticConfig) -> None:
        super().__init__()
        units = config.duration_lstm
        inputs = config.text_units + config.speaker_units + config.emotion_units + config.duration_prenet[-1]
        self.prenet = Prenet(1, config.duration_prenet)
        self.lstm = nn.LSTM(inputs, units, _DURATION_LAYERS, batch_first=True)
        self.fc = nn.Linear(units, 1)

    def forward(self, symbols: Tensor, durations: Tensor) -> Tensor:
        """
        Args:
            symbols: (B, L, P + S + E).
            durations: (B, L) frames that each symbol truly lasts.

        Returns:
            (B, L) log(frames + 1), each from the truth about the symbol before.
        """
        first = symbols.new_zeros(len(symbols), 1)
        last = torch.cat([first, torch.log1p(durations[:, :-1].to(symbols))], dim=1)
        hidden, _ = self.lstm(torch.cat([self.prenet(last[..., None]), symbols], dim=2))
        said: Tensor = self.fc(hidden)  # (B, L, 1)
        return said[..., 0].relu()

    def generate(self, symbols: Tensor) -> Tensor:
        """(B, L, P + S + E) → (B, L) log(frames + 1), each from what was said of the symbol before."""
        last = symbols.new_zeros(len(symbols), 1, 1)
        state: tuple[Tensor, Tensor] | None = None
        said: list[Tensor] = []
        for symbol in torch.split(symbols, 1, dim=1):
            hidden, state = self.lstm(torch.cat([self.prenet(last), symbol], dim=2), state)
            last = torch.relu(self.fc(hidden))  # (B, 1, 1)
            said.append(last)
        return torch.cat(said, dim=1)[..., 0]


class VarianceAdaptor(nn.Module):
    """Predicts, puts pitch and energy into the text, and makes frames of it."""

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
        """Predict each thing from the truth about the others.

        Args:
            conditions: the symbols.
            pitch: (B, L) true values, normalised, 0 at padding.
            energy: (B, L) the same.
            durations: (B, L) true frames.
        """
        states, said_pitch = self.pitch_predictor(conditions)
        _, said_energy = self.energy_predictor(conditions)
        text = self._coloured(conditions.text, pitch, energy)
        said: Tensor = self.duration_predictor(conditions.joined(text), durations)
        return Variance(states, said_pitch, said_energy, text, said.masked_fill(~conditions.valid, 0.0))

    def generate(self, conditions: Conditions, controls: Controls) -> Variance:
        """Predict each thing from what was predicted of the others, moved as the controls say.

        Args:
            conditions: the symbols.
            controls: (B, L) each; the rate changes no log duration.
        """
        states, pitch = self.pitch_predictor(conditions)
        _, energy = self.energy_predictor(conditions)
        padding = ~conditions.valid
        pitch = _moved(pitch, controls.pitch_scale, controls.pitch_bias).masked_fill(padding, 0.0)
        energy = _moved(energy, controls.energy_scale, controls.energy_bias).masked_fill(padding, 0.0)
        text = self._coloured(conditions.text, pitch, energy)
        said = self.duration_predictor.generate(conditions.joined(text))
        return Variance(states, pitch, energy, text, said.masked_fill(padding, 0.0))

    def regulate(self, text: Tensor, conditions: Conditions, durations: Tensor) -> Regulated:
        """
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

    def _coloured(self, text: Tensor, pitch: Tensor, energy: Tensor) -> Tensor:
        """(B, L, P) text and (B, L) values → (B, L, P)."""
        tracks: Tensor = self.pitch_emb(pitch[:, None]) + self.energy_emb(energy[:, None])  # (B, P, L)
        return text + tracks.transpose(1, 2)


def _moved(values: Tensor, scale: Tensor | None, bias: Tensor | None) -> Tensor:
    """(B, L) → (B, L) values · scale + bias."""
    values = values if scale is None else values * scale
    return values if bias is None else values + bias
