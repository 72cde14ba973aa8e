"""Outputs of a SAM-BERT, as frozen values."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor


@dataclass(frozen=True, slots=True, eq=False)
class Inference:
    """Output of inference with all stages; 0 behind the end of an utterance, unless stated otherwise.

    Attributes:
        encoded: (B, L, D) output of the text encoder, arbitrary at padding.
        text: (B, L, P) its projection, arbitrary at padding.
        pitch_states: (B, K, C) of the pitch predictor. K = L, longer where filled pauses were inserted.
        pitch, energy: (B, K) as used, after the controls.
        log_durations: (B, K) predicted log(frames + 1), before the controls.
        durations: (B, K) int64 frames.
        regulated_text: (B, T, P) text with pitch, energy and the place within the symbol;
            T is a multiple of the decoder's group.
        regulated_speakers: (B, T, S).
        regulated_emotions: (B, T, E).
        frames: (B,) int64 frames of each utterance.
        bands: (B,) int64 steps of the decoder's attention back and ahead.
        coarse: (B, T, M) of the decoder, going on to the end of its last step.
        mel: (B, T, M) of the postnet, normalised.
        pauses: (B, L, 4) odds of no filled pause, 嗯, 啊 and 呃 before each symbol; None without that part.
        origins: (B, K) int64 the input symbol of each symbol, −1 at an inserted one and at padding.
    """

    encoded: Tensor
    text: Tensor
    pitch_states: Tensor
    pitch: Tensor
    energy: Tensor
    log_durations: Tensor
    durations: Tensor
    regulated_text: Tensor
    regulated_speakers: Tensor
    regulated_emotions: Tensor
    frames: Tensor
    bands: Tensor
    coarse: Tensor
    mel: Tensor
    pauses: Tensor | None
    origins: Tensor


@dataclass(frozen=True, slots=True, eq=False)
class Alignment:
    """Learned alignment of frames with symbols (MAS).

    Attributes:
        log_odds: (B, T, L) log of prior times likelihood, the end symbol included.
        soft: (B, T, L) odds over the real symbols; rows sum to 1.
        hard: (B, T, L) 0 or 1, the best monotonic path; 0 behind the end of an utterance.
    """

    log_odds: Tensor
    soft: Tensor
    hard: Tensor


@dataclass(frozen=True, slots=True, eq=False)
class TrainingOutput:
    """Predictions of a training batch and their targets.

    Attributes:
        coarse: (B, T, M) of the decoder.
        mel: (B, T, M) of the postnet.
        log_durations: (B, L) predicted log(frames + 1), 0 at padding.
        pitch, energy: (B, L) predicted, 0 at padding.
        target_durations: (B, L) int64 frames, given or aligned; the end symbol's are the padding frames.
        target_pitch, target_energy: (B, L), given or averaged over the aligned frames.
        bands: (B,) int64 steps of the decoder's attention back and ahead.
        regulated_text: (B, T, P).
        alignment: None where durations were given.
    """

    coarse: Tensor
    mel: Tensor
    log_durations: Tensor
    pitch: Tensor
    energy: Tensor
    target_durations: Tensor
    target_pitch: Tensor
    target_energy: Tensor
    bands: Tensor
    regulated_text: Tensor
    alignment: Alignment | None
