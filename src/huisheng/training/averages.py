"""A moving average of weights, which speaks better than the weights of any one step."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn

from huisheng.training.checkpoints import State


class Averages:
    """Polyak averaging with forgetting (as in Kingma & Ba 2015, arXiv 1412.6980, 7.2).

    Args:
        network: whose weights are averaged.
        kept: share of the old at each step; less in the beginning.
    """

    def __init__(self, network: nn.Module, kept: float) -> None:
        self._network = network
        self._kept = kept
        self._count = 0
        self._shadow = [weights.detach().clone() for weights in network.parameters()]

    @torch.no_grad()
    def update(self) -> None:
        """Take in the weights as they are now."""
        self._count += 1
        kept = min(self._kept, self._count / (self._count + 10.0))
        for mine, weights in zip(self._shadow, self._network.parameters(), strict=True):
            mine.lerp_(weights, 1.0 - kept)

    @contextmanager
    def swapped(self) -> Generator[None]:
        """Within this the network has the averages as its weights."""
        own = [weights.detach().clone() for weights in self._network.parameters()]
        self._copy(self._shadow)
        try:
            yield
        finally:
            self._copy(own)

    def state(self) -> State:
        """What `restore` takes."""
        return {"count": self._count, "shadow": self._shadow}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on from a state."""
        self._count = state["count"]
        for mine, saved in zip(self._shadow, state["shadow"], strict=True):
            mine.copy_(saved)

    @torch.no_grad()
    def _copy(self, weights: list[Tensor]) -> None:
        for mine, other in zip(self._network.parameters(), weights, strict=True):
            mine.copy_(other)
