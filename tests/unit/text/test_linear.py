"""Models as tables: how they decide, and that a file holds all of one."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeAlias

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from huisheng.text.linear import LinearModel, Prediction, Question, hashes, load, quantize, save

GROUP = "行"
LABELS = ("hang2", "xing2")
FEATURES = {"l银": (3.0, -3.0), "r走": (-2.0, 2.0), "bias": (0.1, 0.0)}
SEEN = st.lists(st.sampled_from([*FEATURES, "l不", ""]), min_size=1, max_size=6)

Reload: TypeAlias = Callable[[LinearModel], LinearModel]


def a_model(
    features: Mapping[str, tuple[float, ...]] = FEATURES,
    shared: Mapping[str, float] | None = None,
    fingerprint: str = "0",
) -> LinearModel:
    """Weights of features for one group."""
    found = hashes(GROUP, list(features))
    order = np.argsort(found)
    table, scale = quantize(np.array(list(features.values()), dtype=np.float32)[order])
    return LinearModel({GROUP: LABELS}, shared or {}, scale, fingerprint, found[order], table)


@pytest.fixture
def reload(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Reload:
    """Writes a model into a package of this test and loads it from there."""
    package = tmp_path / f"package_of_{tmp_path.name}"
    (package / "data").mkdir(parents=True)
    (package / "__init__.py").touch()
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])

    def write_and_load(model: LinearModel) -> LinearModel:
        (package / "data" / "some.model").write_bytes(save(model))
        return load(package.name, "some.model")

    return write_and_load


def choose(*features: str, shared: Mapping[str, float] | None = None) -> Prediction:
    return a_model(shared=shared).choose(GROUP, features)


def test_the_label_with_the_greater_sum_is_the_likeliest() -> None:
    assert (choose("l银").label, choose("r走").label, choose("l银", "r走").label) == (
        "hang2",
        "xing2",
        "hang2",
    )


@given(SEEN)
def test_probabilities_of_all_labels_add_up_the_likeliest_first(features: list[str]) -> None:
    ranked = choose(*features).ranked

    odds = [odds for _, odds in ranked]
    assert {label for label, _ in ranked} == set(LABELS)
    assert odds == sorted(odds, reverse=True)
    assert sum(odds) == pytest.approx(1.0)


def test_a_probability_grows_with_the_sum_as_the_exponential() -> None:
    (_, likely), (_, unlikely) = choose("l银").ranked

    assert np.log(likely / unlikely) == pytest.approx(6.0, abs=0.05)


def test_the_confidence_is_the_probability_of_the_label() -> None:
    choice = choose("l银")

    assert choice.confidence == dict(choice.ranked)[choice.label]


def test_a_feature_that_the_model_does_not_know_counts_nothing() -> None:
    assert choose("l银", "l不", "zzz") == choose("l银")


@given(
    st.dictionaries(st.text(max_size=2), st.integers(-127, 127), min_size=1, max_size=200),
    st.text(max_size=2),
)
def test_every_feature_has_its_own_weight(weights: dict[str, int], other: str) -> None:
    found = hashes(GROUP, list(weights))
    order = np.argsort(found)
    table = np.array([(weight, 0) for weight in weights.values()], dtype=np.int8)[order]
    model = LinearModel({GROUP: LABELS}, {}, 0.01, "", found[order], table)

    questions = [*weights, other]
    answers = model.choose_all([Question(GROUP, [feature]) for feature in questions])

    odds = [dict(answer.ranked) for answer in answers]
    measured = [np.log(each["hang2"] / each["xing2"]) * 100 for each in odds]
    assert measured == pytest.approx([weights.get(feature, 0) for feature in questions])


def test_without_a_feature_that_it_knows_all_labels_are_alike() -> None:
    assert [odds for _, odds in choose("l不").ranked] == [0.5, 0.5]


def test_a_proposal_counts_as_much_as_its_kind() -> None:
    shared = {"word2": 4.0, "rule": 1.0}

    assert choose("l银", "word2=xing2", shared=shared).label == "hang2"
    assert choose("bias", "word2=xing2", "rule=hang2", shared=shared).label == "xing2"


@pytest.mark.parametrize("feature", ["word2=heng2", "other=xing2", "word2", "=xing2"])
def test_a_proposal_of_another_label_or_kind_counts_nothing(feature: str) -> None:
    assert choose("bias", feature, shared={"word2": 4.0}) == choose("bias")


@given(st.lists(SEEN, max_size=5))
def test_many_questions_are_answered_as_each_alone(asked: list[list[str]]) -> None:
    model = a_model(shared={"word2": 4.0})
    questions = [Question(GROUP, [*features, "word2=xing2"]) for features in asked]

    assert model.choose_all(questions) == [model.choose(*question) for question in questions]


def test_questions_of_different_groups_are_answered_together() -> None:
    found = np.concatenate([hashes("行", ["bias"]), hashes("长", ["bias"])])
    order = np.argsort(found)
    table = np.array([[2, -2, 0], [-1, 1, 4]], dtype=np.int8)[order]
    model = LinearModel({"行": LABELS, "长": ("a", "b", "c")}, {}, 1.0, "", found[order], table)

    answers = model.choose_all([Question(group, ["bias"]) for group in ("长", "行", "长")])

    assert [answer.label for answer in answers] == ["c", "hang2", "c"]
    assert [len(answer.ranked) for answer in answers] == [3, 2, 3]


@given(st.lists(SEEN, max_size=5), st.sampled_from(LABELS))
def test_odds_of_many_instances_are_those_of_each(instances: list[list[str]], label: str) -> None:
    model = a_model()

    odds = model.odds(GROUP, instances, label)

    assert odds == pytest.approx([dict(model.choose(GROUP, each).ranked)[label] for each in instances])


@given(arrays(np.float32, (7, 3), elements=st.floats(-40, 40, width=32)))
def test_eight_bits_keep_a_weight_to_half_a_step(weights: NDArray[np.float32]) -> None:
    table, scale = quantize(weights)

    assert table.dtype == np.int8
    assert np.abs(table * scale - weights).max() <= scale * 0.5001


@pytest.mark.parametrize("length", range(4))
def test_a_model_that_was_saved_and_loaded_decides_the_same(reload: Reload, length: int) -> None:
    model = a_model(shared={"word2": 2.5}, fingerprint="f" * length)

    same = reload(model)

    for features in (["l银"], ["r走", "bias"], ["l不"], ["bias", "word2=xing2"]):
        assert same.choose(GROUP, features) == model.choose(GROUP, features)
    assert same.odds(GROUP, [["l银"], ["r走"]], "hang2") == model.odds(GROUP, [["l银"], ["r走"]], "hang2")
    assert (same.fingerprint, same.groups, same.shared) == (model.fingerprint, model.groups, model.shared)


def test_a_model_that_was_loaded_is_saved_as_it_was(reload: Reload) -> None:
    model = a_model(shared={"word2": 2.5})

    assert save(reload(model)) == save(model)


@pytest.mark.parametrize("length", range(4))
def test_a_table_is_aligned_wherever_its_file_lets_it_begin(reload: Reload, length: int) -> None:
    assert reload(a_model(fingerprint="f" * length)).hashes.flags.aligned


def test_a_feature_of_another_group_is_another_feature() -> None:
    assert set(hashes("行", ["bias", "l银"])).isdisjoint(hashes("长", ["bias", "l银"]))
