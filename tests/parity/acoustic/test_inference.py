"""Speaking: every stage says what the reference said."""

from __future__ import annotations

import pytest
import torch
from tests.parity.acoustic.reference import SPOKEN, config, infer_line, numbers

STAGES = {
    "encoded": "enc_out",
    "text": "text_hid",
    "pitch_states": "pitch_fsmn",
    "pitch": "pitch",
    "energy": "energy",
    "log_durations": "log_dur",
    "regulated_text": "lr_text",
    "regulated_speakers": "lr_spk",
    "regulated_emotions": "lr_emo",
}
"""Ours → the reference's, before the decoder."""

every_line = pytest.mark.parametrize(("model", "line"), SPOKEN)


@every_line
@pytest.mark.parametrize("stage", STAGES)
def test_a_stage_before_the_decoder_is_equal_within_1e_5(model: str, line: str, stage: str) -> None:
    expected = numbers(f"{model}.infer.{line}.npz")[STAGES[stage]]

    torch.testing.assert_close(getattr(infer_line(model, line), stage), expected, rtol=0, atol=1e-5)


@every_line
@pytest.mark.parametrize("stage", ["coarse", "mel"])
def test_a_spectrogram_is_equal_within_1e_4(model: str, line: str, stage: str) -> None:
    expected = numbers(f"{model}.infer.{line}.npz")[stage]

    torch.testing.assert_close(getattr(infer_line(model, line), stage), expected, rtol=0, atol=1e-4)


@every_line
def test_durations_are_the_same_frames(model: str, line: str) -> None:
    expected = numbers(f"{model}.infer.{line}.npz")
    said = infer_line(model, line)

    rounded = (expected["log_dur"].exp() - 0.5).floor().long()
    assert torch.equal(said.durations, rounded)
    assert torch.equal(said.frames, expected["lr_len"])


@every_line
def test_the_decoder_sees_as_far(model: str, line: str) -> None:
    expected = numbers(f"{model}.infer.{line}.npz")

    band = int(infer_line(model, line).bands)
    assert band == int(expected["x_band"]) == int(expected["h_band"])


@pytest.mark.parametrize("line", ["short", "mixed"])
def test_odds_of_filled_pauses_are_equal_within_1e_5(line: str) -> None:
    expected = numbers(f"am_fp.infer.{line}.npz")["fp_prob"]

    torch.testing.assert_close(infer_line("am_fp", line).pauses, expected, rtol=0, atol=1e-5)


def test_with_nsf_the_last_two_channels_are_f0_and_voicing() -> None:
    assert infer_line("am_nsf", "short").mel.shape[2] == config("am_nsf").mels == 10
