"""Symbols become vectors, whatever stands beside them in the batch."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from tests.unit.acoustic.tiny import TINY, network, utterances

from huisheng.acoustic.config import VocabularySizes
from huisheng.acoustic.encoder import TextEncoder
from huisheng.acoustic.inputs import valid_positions
from huisheng.errors import EngineError

OURS = network()
INPUTS = utterances(OURS, 7, 4)
VALID = valid_positions(INPUTS.lengths, 7)
EVERY = torch.ones(1, 4, dtype=torch.bool)


def test_the_embedding_of_a_symbol_is_the_scaled_sum_of_its_fields() -> None:
    encoder = OURS.text_encoder
    tables = [encoder.get_submodule(name) for name in ("sy_emb", "tone_emb", "syllable_flag_emb", "ws_emb")]

    said = encoder.encode(INPUTS.symbols, VALID).embedded

    fields = [table(INPUTS.symbols[..., place]) for place, table in enumerate(tables)]
    torch.testing.assert_close(said, sum(fields) * TINY.encoder.width**0.5)


def test_a_row_of_a_batch_is_encoded_as_if_it_were_alone() -> None:
    together = OURS.text_encoder.encode(INPUTS.symbols, VALID).encoded[1:, :4]

    alone = OURS.text_encoder.encode(INPUTS.symbols[1:, :4], EVERY).encoded

    torch.testing.assert_close(together, alone, rtol=0, atol=1e-5)


def test_in_training_a_row_hears_the_end_behind_it_as_published_weights_did() -> None:
    trained = OURS.text_encoder(INPUTS.symbols, VALID).encoded[1:, :4]

    alone = OURS.text_encoder.encode(INPUTS.symbols[1:, :4], EVERY).encoded

    assert float((trained - alone)[:, -1].abs().max().detach()) > 1e-2


def test_what_stands_at_padding_changes_nothing() -> None:
    other = torch.where(VALID[..., None], INPUTS.symbols, 1)

    assert torch.equal(
        OURS.text_encoder.encode(INPUTS.symbols, VALID).text[1, :4],
        OURS.text_encoder.encode(other, VALID).text[1, :4],
    )


def test_a_byte_model_has_one_table() -> None:
    encoder = TextEncoder(replace(TINY, vocabulary=VocabularySizes(bytes=259)))

    said = encoder.encode(torch.tensor([[[228], [189], [160], [258]]]), EVERY)

    assert said.text.shape == (1, 4, TINY.text_units)


def test_symbols_of_another_number_of_fields_are_named() -> None:
    with pytest.raises(EngineError, match="symbols"):
        OURS.text_encoder.encode(INPUTS.symbols[..., :1], VALID)
