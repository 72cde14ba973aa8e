"""Teacher forcing: predictions, alignments and losses are those of the reference."""

from __future__ import annotations

import pytest
import torch
from tests.parity.acoustic.reference import TAUGHT, batch, network, numbers, training_output

from huisheng.acoustic.inputs import valid_positions
from huisheng.acoustic.loss import losses

STAGES = {
    "log_durations": "log_dur",
    "pitch": "pitch",
    "energy": "energy",
    "target_pitch": "pitch_used",
    "target_energy": "energy_used",
    "regulated_text": "lr_text",
}
LOSSES = {
    "coarse": "loss_mel_coarse",
    "mel": "loss_mel_post",
    "duration": "loss_dur",
    "pitch": "loss_pitch",
    "energy": "loss_energy",
}
ALIGNMENT = {"log_odds": "attn_logprob", "soft": "attn_soft", "hard": "attn_hard"}
ALIGNING = tuple(model for model in TAUGHT if network(model).config.aligns)


def reference_tensor(model: str, name: str) -> torch.Tensor:
    return numbers(f"{model}.train.npz")[name]


@pytest.mark.parametrize("model", TAUGHT)
@pytest.mark.parametrize("stage", STAGES)
def test_a_stage_before_the_decoder_is_equal_within_1e_5(model: str, stage: str) -> None:
    ours = getattr(training_output(model), stage)

    torch.testing.assert_close(ours, reference_tensor(model, STAGES[stage]), rtol=0, atol=1e-5)


@pytest.mark.parametrize("model", TAUGHT)
@pytest.mark.parametrize(("stage", "name"), [("coarse", "coarse"), ("mel", "mel_out")])
def test_a_spectrogram_is_equal_within_1e_4(model: str, stage: str, name: str) -> None:
    torch.testing.assert_close(
        getattr(training_output(model), stage), reference_tensor(model, name), rtol=0, atol=1e-4
    )


@pytest.mark.parametrize("model", TAUGHT)
@pytest.mark.parametrize("loss", LOSSES)
def test_a_loss_is_equal_within_1e_5(model: str, loss: str) -> None:
    ours = getattr(losses(batch(model), training_output(model), epoch=0), loss)

    torch.testing.assert_close(ours, reference_tensor(model, LOSSES[loss]), rtol=0, atol=1e-5)


@pytest.mark.parametrize("model", TAUGHT)
def test_the_decoder_sees_as_far_as_the_longest_symbol_of_the_batch(model: str) -> None:
    assert bool((training_output(model).bands == reference_tensor(model, "x_band")).all())


@pytest.mark.parametrize("model", ALIGNING)
@pytest.mark.parametrize("part", ALIGNMENT)
def test_an_alignment_is_equal_within_1e_5(model: str, part: str) -> None:
    ours = getattr(training_output(model).alignment, part)

    torch.testing.assert_close(ours, reference_tensor(model, ALIGNMENT[part])[:, 0], rtol=0, atol=1e-5)


@pytest.mark.parametrize("model", ALIGNING)
def test_aligned_durations_are_the_same_frames(model: str) -> None:
    said = training_output(model).target_durations

    spoken = valid_positions(reference_tensor(model, "in_len"), said.shape[1])
    assert torch.equal(said, reference_tensor(model, "dur_used").long() * spoken)


@pytest.mark.parametrize("model", ALIGNING)
def test_the_loss_of_the_order_is_equal_within_1e_5(model: str) -> None:
    ours = losses(batch(model), training_output(model), epoch=0).alignment

    torch.testing.assert_close(ours, reference_tensor(model, "loss_attn_ctc"), rtol=0, atol=1e-5)


@pytest.mark.parametrize("model", ALIGNING)
@pytest.mark.parametrize("epoch", [0, 50, 200])
def test_the_loss_of_binarisation_is_equal_within_1e_5(model: str, epoch: int) -> None:
    ours = losses(batch(model), training_output(model), epoch).binarisation

    torch.testing.assert_close(ours, reference_tensor(model, f"loss_attn_kl_ep{epoch}"), rtol=0, atol=1e-5)
