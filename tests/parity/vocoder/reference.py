"""What the reference computed, and our models on the same weights."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from tests.parity.weights import draw_state_dict
from torch import Tensor, nn

from huisheng.vocoder.config import VocoderConfig, vocoder_config
from huisheng.vocoder.generator import Generator
from huisheng.vocoder.source import Draw

FIXTURES = Path(__file__).parent / "fixtures"


def arrays(name: str) -> dict[str, NDArray[Any]]:
    with np.load(FIXTURES / f"{name}.npz") as file:
        return dict(file)


def tensors(name: str) -> dict[str, Tensor]:
    return {key: torch.as_tensor(value) for key, value in arrays(name).items()}


def shapes(name: str, kind: str) -> dict[str, tuple[int, ...]]:
    """Key → shape, in the order of the checkpoint; `kind` is `weight_norm` or `folded`."""
    return _shapes(json.loads((FIXTURES / f"{name}.keys.json").read_text())[kind])


def discriminator_shapes(name: str) -> dict[str, tuple[int, ...]]:
    return _shapes(json.loads((FIXTURES / "disc.meta.json").read_text())[f"{name}.full_keys"])


def config(name: str) -> VocoderConfig:
    return vocoder_config(_meta(name)["params"], sample_rate=16_000)


def parameters(name: str) -> int:
    return _meta(name)["n_params"]


def generator(name: str) -> Generator:
    """With the reference's weights, in evaluation."""
    made = Generator(config(name))
    made.load_state_dict(draw_state_dict(shapes(name, "weight_norm"), {}))
    return made.eval()


def inputs(name: str) -> tuple[Tensor, Tensor | None, Tensor | None, Draw | None]:
    """What the reference was given: mel, F0, voicing and draw."""
    given = tensors(name)
    if "f0" not in given:
        return given["mel"], None, None, None
    return given["mel"], given["f0"], given["uv"], Draw(given["phase"], given["gauss"])


def load_weights(module: nn.Module) -> nn.Module:
    """The module with the reference's weights, in evaluation."""
    own = {key: tuple(value.shape) for key, value in module.state_dict().items()}
    module.load_state_dict(draw_state_dict(own, {}))
    return module.eval()


def _shapes(listed: dict[str, list[int]]) -> dict[str, tuple[int, ...]]:
    return {key: tuple(shape) for key, shape in listed.items()}


def _meta(name: str) -> Any:  # noqa: ANN401 - JSON
    return json.loads((FIXTURES / f"{name}.meta.json").read_text())
