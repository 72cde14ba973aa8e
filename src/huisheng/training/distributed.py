"""One process of several that train together, as `torchrun` starts them."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final, cast

import torch
from torch import distributed, nn


@dataclass(frozen=True, slots=True)
class DistributedContext:
    """
    Attributes:
        rank: number of this process.
        world_size: number of processes.
        device: that this one computes on.
    """

    rank: int
    world_size: int
    device: torch.device

    @property
    def is_main(self) -> bool:
        """Whether this process writes checkpoints and logs for all."""
        return self.rank == 0


SINGLE_PROCESS: Final = DistributedContext(0, 1, torch.device("cpu"))


@contextmanager
def join_process_group(device: str) -> Generator[DistributedContext]:
    """Within this the process belongs to a process group, if `torchrun` started it.

    Args:
        device: cpu, cuda, or auto for a GPU where there is one.
    """
    kind = device if device != "auto" else "cuda" if torch.cuda.is_available() else "cpu"
    if not distributed.is_torchelastic_launched():
        yield DistributedContext(0, 1, torch.device(kind))
        return
    distributed.init_process_group("nccl" if kind == "cuda" else "gloo")
    try:
        number = cast("Any", distributed).get_node_local_rank()
        local = torch.device(kind, number) if kind == "cuda" else torch.device(kind)
        yield DistributedContext(distributed.get_rank(), distributed.get_world_size(), local)
    finally:
        distributed.destroy_process_group()


def average_gradients(network: nn.Module, context: DistributedContext) -> None:
    """Replace every gradient by its mean over all processes of the group."""
    if context.world_size == 1:
        return
    gradients = [weights.grad for weights in network.parameters() if weights.grad is not None]
    flat = torch.cat([gradient.reshape(-1) for gradient in gradients]) / context.world_size
    cast("Any", distributed).all_reduce(flat)
    parts = torch.split(flat, [gradient.numel() for gradient in gradients])
    for gradient, mean in zip(gradients, parts, strict=True):
        gradient.copy_(mean.view_as(gradient))
