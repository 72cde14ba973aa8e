"""A published checkpoint fits, key by key."""

from __future__ import annotations

import pytest
import torch
from tests.parity.acoustic.reference import FIXTURES, MODELS, config, shapes
from tests.parity.weights import draw_state_dict

from huisheng.acoustic.model import SamBert


@pytest.mark.parametrize("model", MODELS)
def test_keys_and_shapes_are_those_of_the_reference(model: str) -> None:
    ours = {key: tuple(tensor.shape) for key, tensor in SamBert(config(model)).state_dict().items()}

    assert ours == shapes(model)


def test_the_full_model_has_as_many_parameters_as_the_published_one() -> None:
    ours = SamBert(config("am16k_full"))

    trained = sum(tensor.numel() for tensor in ours.parameters())
    tables = sum(tensor.numel() for tensor in ours.buffers())
    assert (trained, tables) == (12_297_155, 12_706_787 - 12_297_155)


def test_tables_that_are_not_learned_are_those_of_the_checkpoint() -> None:
    saved = torch.load(FIXTURES / "am16k.pth", weights_only=True)["model"]

    for name, table in SamBert(config("am16k")).named_buffers():
        torch.testing.assert_close(table, saved[name], rtol=0, atol=0)


def test_weights_drawn_by_the_rule_are_those_of_the_checkpoint() -> None:
    saved = torch.load(FIXTURES / "am16k.pth", weights_only=True)["model"]

    again = draw_state_dict(shapes("am16k"), dict(SamBert(config("am16k")).named_buffers()))

    assert all(torch.equal(again[key], tensor) for key, tensor in saved.items())
