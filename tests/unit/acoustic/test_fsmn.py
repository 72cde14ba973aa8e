"""A memory sees as far as it should, and never padding."""

from __future__ import annotations

import torch
from tests.unit.acoustic.tiny import to_lists

from huisheng.acoustic.config import FsmnConfig
from huisheng.acoustic.fsmn import Fsmn, FsmnMemory

SHIFTED = FsmnConfig(taps=5, layers=2, memory=3, inner=4, dropout=0.0, shift=1)


def test_a_layer_sees_as_far_behind_and_ahead_as_its_shift_says() -> None:
    frames = torch.randn(1, 3, 12, generator=torch.Generator().manual_seed(0)).requires_grad_()
    padding = torch.zeros(1, 1, 12, dtype=torch.bool)

    FsmnMemory(SHIFTED)(frames, padding)[0, :, 6].sum().backward()

    assert frames.grad is not None
    touched = frames.grad.abs().sum(dim=1)[0] > 0
    assert to_lists(touched.nonzero()[:, 0]) == [3, 4, 5, 6, 7]


def test_what_lies_at_padding_changes_nothing_and_gives_zeros() -> None:
    stack = Fsmn(2, SHIFTED)
    frames = torch.randn(1, 8, 2, generator=torch.Generator().manual_seed(0))
    valid = torch.arange(8)[None] < 5

    other = torch.where(valid[..., None], frames, 9.0)

    assert torch.equal(stack(frames, valid), stack(other, valid))
    assert bool((stack(frames, valid)[:, 5:] == 0.0).all())


def test_a_way_around_exists_only_where_channels_agree() -> None:
    frames, valid = torch.ones(1, 4, 3), torch.ones(1, 4, dtype=torch.bool)
    same, other = Fsmn(3, SHIFTED), Fsmn(2, SHIFTED)
    with torch.no_grad():
        for parameter in (*same.parameters(), *other.parameters()):
            parameter.zero_()

    assert torch.equal(same(frames, valid), frames)
    assert torch.equal(other(frames[..., :2], valid), torch.zeros(1, 4, 3))
