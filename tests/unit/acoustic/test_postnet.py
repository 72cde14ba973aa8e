"""The correction sees a few frames ahead, all frames behind, and no padding."""

from __future__ import annotations

import torch
from tests.unit.acoustic.tiny import TINY, network

from huisheng.acoustic.postnet import Postnet

OURS: Postnet = network().mel_postnet
AHEAD = TINY.postnet.layers * TINY.postnet.ahead


def coarse(frames: int = 12) -> torch.Tensor:
    return torch.randn(1, frames, TINY.mels, generator=torch.Generator().manual_seed(0))


def test_a_frame_sees_as_far_ahead_as_all_layers_together() -> None:
    given = coarse().requires_grad_()

    OURS(given, torch.ones(1, 12, dtype=torch.bool))[0, 5].sum().backward()

    assert given.grad is not None
    seen = (given.grad[0].abs().sum(dim=1) > 0).nonzero()[:, 0]
    assert (int(seen[0]), int(seen[-1])) == (0, 5 + AHEAD)


def test_what_lies_at_padding_changes_nothing_and_gives_zeros() -> None:
    valid = torch.arange(12)[None] < 9

    said = OURS(coarse(), valid)

    other = torch.where(valid[..., None], coarse(), 9.0)
    assert torch.equal(said, OURS(other, valid))
    assert not bool(said[:, 9:].any())


def test_a_padded_row_is_corrected_as_if_it_were_alone() -> None:
    said = OURS(coarse(), torch.arange(12)[None] < 9)

    alone = OURS(coarse()[:, :9], torch.ones(1, 9, dtype=torch.bool))

    torch.testing.assert_close(said[:, :9], alone, rtol=0, atol=1e-5)
