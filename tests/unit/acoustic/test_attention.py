"""Attention looks where it may, and nowhere else."""

from __future__ import annotations

import pytest
import torch
from tests.unit.acoustic.tiny import to_lists

from huisheng.acoustic.attention import KeysValues, SelfAttention, merge_heads, split_heads


def random_tensor(*shape: int) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(0))


def test_heads_that_were_split_merge_into_what_they_were() -> None:
    x = random_tensor(2, 5, 12)

    queries, keys, values = split_heads(x, heads=2, parts=3)

    together = torch.cat([merge_heads(part) for part in (queries, keys, values)], dim=2)
    assert torch.equal(together, x)


def test_the_channels_of_a_head_lie_side_by_side() -> None:
    channels = torch.arange(4.0).view(1, 1, 4)

    (only,) = split_heads(channels, heads=2, parts=1)

    assert to_lists(only[0, :, 0]) == [[0, 1], [2, 3]]


def test_padding_has_no_influence() -> None:
    attention = SelfAttention(inputs=6, width=4, heads=2, dropout=0.0)
    x, valid = random_tensor(1, 5, 6), torch.tensor([[1, 1, 1, 0, 0]]).bool()
    other = torch.where(valid[..., None], x, 9.0)

    torch.testing.assert_close(attention(x, valid)[:, :3], attention(other, valid)[:, :3])


def test_dropout_acts_only_in_training() -> None:
    attention = SelfAttention(inputs=6, width=4, heads=2, dropout=0.5)
    x, valid = random_tensor(1, 5, 6), torch.ones(1, 5, dtype=torch.bool)

    assert not torch.equal(attention(x, valid), attention(x, valid))
    attention.eval()
    assert torch.equal(attention(x, valid), attention(x, valid))


@pytest.mark.parametrize(("start", "kept"), [(1, [1, 2]), (-2, [1, 2]), (-9, [0, 1, 2])])
def test_keys_since_a_position_go_on_to_the_end(start: int, kept: list[int]) -> None:
    positions = torch.arange(3.0).view(1, 1, 3, 1)
    held = KeysValues(positions, -positions)

    assert to_lists(held.since(start).keys.flatten()) == kept
    assert to_lists(held.since(start).values.flatten()) == [-place for place in kept]


def test_keys_between_two_positions_end_with_the_memory() -> None:
    positions = torch.arange(3.0).view(1, 1, 3, 1)

    assert to_lists(KeysValues(positions, positions).between(1, 9).keys.flatten()) == [1, 2]
