"""What a model expects of a line: sounds in up to three parts, silences between words."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from tests.unit.export.parallel_networks import SYMBOLS
from tests.unit.tuning import tiny_base

from huisheng.text.frontend import Frontend
from huisheng.tuning.inference import predict
from huisheng.tuning.states import LEAD, States, count_kinds, expected_states
from huisheng.tuning.symbols import SymbolReader, SymbolSequence


@pytest.fixture(scope="module")
def line() -> SymbolSequence:
    found = SymbolReader(Frontend(contextual=False), SYMBOLS, 60).read("今天好。")
    assert found is not None
    return found


@pytest.fixture(scope="module")
def expected(line: SymbolSequence) -> States:
    torch.set_num_threads(1)
    return expected_states(tiny_base.networks().acoustic, line, 0, 0)


def test_a_line_begins_with_a_silence_of_its_own(expected: States) -> None:
    assert (expected.owners[0], bool(expected.silent[0])) == (LEAD, True)
    assert (expected.owners[1:] >= 0).all()


def test_every_symbol_has_states_and_breaks_are_silent(line: SymbolSequence, expected: States) -> None:
    for place, spoken in enumerate(line.spoken):
        mine = expected.owners == place
        assert 1 <= mine.sum() <= (3 if spoken else 1)
        assert (expected.silent[mine] != spoken).all()


def test_no_two_silences_stand_beside_each_other(expected: States) -> None:
    assert not (expected.silent[1:] & expected.silent[:-1]).any()


def test_the_states_of_a_sound_last_as_long_as_it_was_predicted(
    line: SymbolSequence, expected: States
) -> None:
    made = predict(tiny_base.networks().acoustic, line.ids, 0, 0)
    frames = (made.log_durations.expm1() + 0.5).floor()[0].numpy()
    for place in np.flatnonzero(line.spoken):
        assert expected.lengths[expected.owners == place].sum() == pytest.approx(max(frames[place], 1.0))


def test_equal_sounds_have_states_of_equal_kinds(line: SymbolSequence, expected: States) -> None:
    twice = SymbolSequence(np.concatenate([line.ids, line.ids]), np.concatenate([line.spoken, line.spoken]))

    found = expected_states(tiny_base.networks().acoustic, twice, 0, 0)

    assert set(found.kinds // 3) == set(expected.kinds // 3)
    assert found.kinds.max() < count_kinds(tiny_base.networks().acoustic)
