"""What a checkpoint's shapes tell of a network, and when they are too much."""

from __future__ import annotations

import pytest
import torch
from tests.unit.export.modelscope.miniatures import DEFAULT, Miniature, acoustic_state, vocoder_state

from huisheng.errors import ModelError
from huisheng.export.modelscope.fitting import (
    acoustic_shapes,
    check_shapes,
    longest_text,
    vocabulary_of,
    vocoder_shapes,
)

MINIATURES = [
    DEFAULT,
    Miniature(has_mask=False),
    Miniature(vector=True, source=True),
    Miniature(reads_bytes=True),
    Miniature(language="ZhHK", speakers=("jiajia", "F7")),
]


@pytest.mark.parametrize("mini", MINIATURES)
def test_the_vocabulary_is_the_rows_of_the_tables(mini: Miniature) -> None:
    assert vocabulary_of(acoustic_state(mini), "x") == mini.vocabulary


@pytest.mark.parametrize("mini", MINIATURES)
def test_the_shapes_of_a_network_are_known_without_making_it(mini: Miniature) -> None:
    state = acoustic_state(mini) | vocoder_state(mini)

    expected = {**acoustic_shapes(mini.acoustic), **vocoder_shapes(mini.vocoder)}

    assert {key: value.shape for key, value in state.items()} == expected


def test_the_table_of_positions_tells_the_longest_text() -> None:
    assert longest_text(acoustic_state(DEFAULT), 800, "x") == 80


def test_the_settings_tell_the_longest_text_where_the_table_was_left_out() -> None:
    assert longest_text({}, 800, "x") == 800


@pytest.mark.parametrize("shape", [(), (80,), (1, 0, 32), (1, 10**7, 32)])
def test_a_table_of_positions_that_is_none_is_refused(shape: tuple[int, ...]) -> None:
    key = "text_encoder.ling_enc.position_enc.position_enc"

    with pytest.raises(ModelError, match=key):
        longest_text({key: torch.zeros(1).expand(shape) if shape else torch.tensor(0.0)}, 800, "x")


@pytest.mark.parametrize("shape", [(), (0, 32), (10**6, 32)])
def test_a_table_of_symbols_that_is_none_is_refused(shape: tuple[int, ...]) -> None:
    table = torch.zeros(1).expand(shape) if shape else torch.tensor(0.0)

    with pytest.raises(ModelError, match="spk_tokenizer"):
        vocabulary_of({"spk_tokenizer.weight": table}, "x")


def test_a_network_beyond_all_that_were_published_is_refused_uncopied() -> None:
    shape = torch.Size([20_000, 20_000])

    with pytest.raises(ModelError, match="过大"):
        check_shapes({"a": torch.zeros(1).expand(shape)}, {"a": shape}, "x")
