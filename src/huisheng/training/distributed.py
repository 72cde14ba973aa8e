"""One process of several that learn together, as `torchrun` starts them."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final, cast

import torch
from torch import distributed, nn


@dataclass(frozen=True, slots=True)
class Place:
    """
    Attributes:
        rank: number of this process.
        count: processes.
        device: that this one computes on.
    """

    rank: int
    count: int
    device: torch.device

    @property
    def first(self) -> bool:
        """Whether this process writes and speaks for all."""
        return self.rank == 0


ALONE: Final = Place(0, 1, torch.device("cpu"))


@contextmanager
def joined(device: str) -> Generator[Place]:
    """The place of this process, which belongs to a group within this if `torchrun` started it.

    Args:
        device: cpu, cuda, or auto for a GPU where there is one.
    """
    kind = device if device != "auto" else "cuda" if torch.cuda.is_available() else "cpu"
    if not distributed.is_torchelastic_launched():
        yield Place(0, 1, torch.device(kind))
        return
    distributed.init_process_group("nccl" if kind == "cuda" else "gloo")
    try:
        number = cast("Any", distributed).get_node_local_rank()
        place = torch.device(kind, number) if kind == "cuda" else torch.device(kind)
        yield Place(distributed.get_rank(), distributed.get_world_size(), place)
    finally:
        distributed.destroy_process_group()


def share_gradients(network: nn.Module, place: Place) -> None:
    """Make every gradient the mean over all processes of the group."""
    if place.count == 1:
        return
    gradients = [weights.grad for weights in network.parameters() if weights.grad is not None]
    flat = torch.cat([gradient.reshape(-1) for gradient in gradients]) / place.count
    cast("Any", distributed).all_reduce(flat)
    parts = torch.split(flat, [gradient.numel() for gradient in gradients])
    for mine, mean in zip(gradients, parts, strict=True):
        mine.copy_(mean.view_as(mine))
