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
def states(line: SymbolSequence) -> States:
    torch.set_num_threads(1)
    return expected_states(tiny_base.networks().acoustic, line, 0, 0)


def test_a_line_begins_with_a_silence_of_its_own(states: States) -> None:
    assert (states.owners[0], bool(states.silent[0])) == (LEAD, True)
    assert (states.owners[1:] >= 0).all()


def test_every_symbol_has_states_and_breaks_are_silent(line: SymbolSequence, states: States) -> None:
    for place, spoken in enumerate(line.spoken):
        mine = states.owners == place
        assert 1 <= mine.sum() <= (3 if spoken else 1)
        assert (states.silent[mine] != spoken).all()


def test_no_two_silences_stand_beside_each_other(states: States) -> None:
    assert not (states.silent[1:] & states.silent[:-1]).any()


def test_the_states_of_a_sound_last_as_long_as_it_was_predicted(line: SymbolSequence, states: States) -> None:
    made = predict(tiny_base.networks().acoustic, line.ids, 0, 0)
    frames = (made.log_durations.expm1() + 0.5).floor()[0].numpy()
    for place in np.flatnonzero(line.spoken):
        assert states.lengths[states.owners == place].sum() == pytest.approx(max(frames[place], 1.0))


def test_equal_sounds_have_states_of_equal_kinds(line: SymbolSequence, states: States) -> None:
    twice = SymbolSequence(np.concatenate([line.ids, line.ids]), np.concatenate([line.spoken, line.spoken]))

    found = expected_states(tiny_base.networks().acoustic, twice, 0, 0)

    assert set(found.kinds // 3) == set(states.kinds // 3)
    assert found.kinds.max() < count_kinds(tiny_base.networks().acoustic)
