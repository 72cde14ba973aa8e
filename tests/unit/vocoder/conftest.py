"""How the networks of these tests run: on one thread, from the same weights each time."""

from __future__ import annotations

import pytest
import torch

torch.set_num_threads(1)  # small networks: more threads would only wait for one another


@pytest.fixture(autouse=True)
def _seed() -> None:  # pyright: ignore[reportUnusedFunction]
    torch.manual_seed(1)  # pyright: ignore[reportUnknownMemberType]
