"""How the networks run in these tests."""

from __future__ import annotations

import torch

torch.set_num_threads(1)  # small networks: more threads would only wait for one another
