"""The training graph learns: every weight moves, and one utterance is soon known by heart."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from tests.unit.acoustic.tiny import TINY, network, row, training_batch

from huisheng.acoustic.config import AcousticConfig, BlockConfig, FsmnConfig
from huisheng.acoustic.inputs import TrainingBatch
from huisheng.acoustic.loss import Losses, losses
from huisheng.acoustic.model import SamBert

UNUSED = "align_attention.attn_proj"
"""Held by checkpoints, and by nothing else."""

MODEL_CONFIG = replace(
    TINY,
    text_units=16,
    encoder=BlockConfig(1, 2, 16, 32, 0.0, 0.0, 0.0),
    decoder=BlockConfig(1, 2, 32, 64, 0.0, 0.0, 0.0),
    prenet=(32, 32),
    postnet=FsmnConfig(9, 2, 32, 32, 0.0, 3),
    postnet_lstm=32,
)
"""Wide enough to know one utterance by heart."""

STEPS = 120


def learn(ours: SamBert) -> tuple[TrainingBatch, list[Losses]]:
    """One utterance, heard again and again, with dropout off."""
    adam = torch.optim.Adam(ours.parameters(), 1e-2)
    slower = torch.optim.lr_scheduler.LinearLR(adam, 1.0, 0.01, STEPS)
    paid: list[Losses] = []
    for epoch in range(STEPS):
        batch = training_batch(ours, 6)
        paid.append(losses(batch, ours.forward(batch), epoch))
        adam.zero_grad()
        paid[-1].total.backward()  # pyright: ignore[reportUnknownMemberType]
        torch.nn.utils.clip_grad_norm_(ours.parameters(), 1.0)
        adam.step()  # pyright: ignore[reportUnknownMemberType]
        slower.step()
    return training_batch(ours.requires_grad_(False), 6), paid


@pytest.mark.parametrize("config", [TINY, replace(TINY, aligns=True)], ids=["given", "aligned"])
def test_every_weight_gets_a_finite_gradient_in_one_step_with_dropout(config: AcousticConfig) -> None:
    ours = network(config).train()
    torch.manual_seed(0)  # pyright: ignore[reportUnknownMemberType]
    batch = training_batch(ours, 9, 7)

    losses(batch, ours.forward(batch), epoch=100).total.backward()  # pyright: ignore[reportUnknownMemberType]

    still = [
        name
        for name, weight in ours.named_parameters()
        if weight.grad is None or not bool(weight.grad.any()) or not bool(weight.grad.isfinite().all())
    ]
    assert [name for name in still if not name.startswith(UNUSED)] == []


def test_dropout_acts_in_training() -> None:
    ours = network().train().requires_grad_(False)
    batch = training_batch(ours, 5)

    assert not torch.equal(ours.forward(batch).mel, ours.forward(batch).mel)


def test_one_utterance_is_soon_known_by_heart() -> None:
    ours = network(MODEL_CONFIG)

    batch, paid = learn(ours)

    assert (float(paid[0].total.detach()) > 3.0, float(paid[-1].total.detach()) < 0.05) == (True, True)
    spoken = ours.infer(row(batch.inputs, 0))
    assert batch.durations is not None
    assert torch.equal(spoken.durations, batch.durations[:, :-1])
    torch.testing.assert_close(spoken.mel, batch.mels, rtol=0, atol=0.1)


def test_durations_are_learned_where_none_are_given() -> None:
    _, paid = learn(network(replace(MODEL_CONFIG, aligns=True)))

    first, last = paid[0].alignment, paid[-1].alignment
    assert first is not None
    assert last is not None
    assert float(last.detach()) < 0.5 * float(first.detach())
    assert float(paid[-1].mel.detach()) < 0.2
