"""An exponential moving average (EMA) of weights, which speaks better than the weights of any one step."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn

from huisheng.training.checkpoints import State


class ExponentialMovingAverage:
    """Average of a module's parameters over the steps (Kingma & Ba 2015, arXiv 1412.6980, 7.2).

    Args:
        module: whose parameters are averaged.
        decay: share of the old average at each step; less in the beginning.
    """

    def __init__(self, module: nn.Module, decay: float) -> None:
        self._module = module
        self._decay = decay
        self._count = 0
        self._shadow = [weights.detach().clone() for weights in module.parameters()]

    @torch.no_grad()
    def update(self) -> None:
        """Take in the parameters as they are now."""
        self._count += 1
        decay = min(self._decay, self._count / (self._count + 10.0))
        for average, weights in zip(self._shadow, self._module.parameters(), strict=True):
            average.lerp_(weights, 1.0 - decay)

    @contextmanager
    def average_parameters(self) -> Generator[None]:
        """Within this the module has the averages as its parameters."""
        own = [weights.detach().clone() for weights in self._module.parameters()]
        self._copy(self._shadow)
        try:
            yield
        finally:
            self._copy(own)

    def state_dict(self) -> State:
        """What `load_state_dict` takes."""
        return {"count": self._count, "shadow": self._shadow}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go on from a state."""
        self._count = state["count"]
        for average, saved in zip(self._shadow, state["shadow"], strict=True):
            average.copy_(saved)

    @torch.no_grad()
    def _copy(self, values: list[Tensor]) -> None:
        for weights, value in zip(self._module.parameters(), values, strict=True):
            weights.copy_(value)
