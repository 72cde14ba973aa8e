"""Fitting: what can be told apart is, rare labels count, proposals earn their weight."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from huisheng.text.linear import LinearModel, hashes, save
from huisheng.training.linear import Example, Recipe, fit

GENTLE = Recipe(prior=0.01, steps=300)
"""A prior that tiny problems do not feel."""


def examples(group: str, *pairs: tuple[str, str], weight: float = 1.0) -> list[Example]:
    """Features with blanks between them, and the label."""
    return [Example(group, label, ["bias", *features.split()], weight) for features, label in pairs]


SEPARABLE = [
    *examples("行", ("l银", "hang2"), ("l银 r家", "hang2"), ("l不", "xing2"), ("l不 r家", "xing2")),
    *examples("长", ("l银", "chang2"), ("r大", "zhang3"), ("r大 l不", "zhang3")),
]


def fit_model(given: Sequence[Example], recipe: Recipe = GENTLE) -> LinearModel:
    return fit(given, recipe, "test")


def odds(model: LinearModel, group: str, label: str, *features: str) -> float:
    return dict(model.choose(group, ["bias", *features]).ranked)[label]


def test_examples_that_can_be_told_apart_are() -> None:
    model = fit_model(SEPARABLE)

    for example in SEPARABLE:
        choice = model.choose(example.group, example.features)
        assert (choice.label, choice.confidence > 0.9) == (example.label, True)


def test_labels_of_a_group_are_in_order_and_a_group_of_one_label_is_left_out() -> None:
    model = fit_model([*SEPARABLE, *examples("好", ("l不", "hao3"))])

    assert model.groups == {"行": ("hang2", "xing2"), "长": ("chang2", "zhang3")}


def test_the_model_keeps_the_fingerprint_of_its_data() -> None:
    assert fit_model(SEPARABLE).fingerprint == "test"


def test_the_same_examples_give_the_same_bytes() -> None:
    assert save(fit_model(SEPARABLE)) == save(fit_model(SEPARABLE))


def test_without_balance_a_rare_label_is_as_rare_as_it_was() -> None:
    given = examples("行", *[("", "xing2")] * 9, ("", "hang2"))

    model = fit_model(given, Recipe(prior=0.01, balance=0.0, steps=300))

    assert odds(model, "行", "hang2") == pytest.approx(0.1, abs=0.02)


def test_with_full_balance_every_label_counts_the_same() -> None:
    given = examples("行", *[("", "xing2")] * 9, ("", "hang2"))

    model = fit_model(given, Recipe(prior=0.01, balance=1.0, steps=300))

    assert odds(model, "行", "hang2") == pytest.approx(0.5, abs=0.02)


@pytest.mark.parametrize(("natural", "expected"), [(1.0, 0.8), (0.0, 0.5), (0.5, 2 / 3)])
def test_labels_with_known_shares_weigh_by_them_whatever_was_written(natural: float, expected: float) -> None:
    given = examples("行", *[("", "hang2")] * 9, ("", "xing2"))
    shares = {"行": {"xing2": 16, "hang2": 4}}

    model = fit(given, Recipe(prior=0.01, natural=natural, steps=300), "test", shares)

    assert odds(model, "行", "xing2") == pytest.approx(expected, abs=0.02)


def test_a_label_that_was_never_counted_may_still_occur() -> None:
    given = examples("行", *[("", "xing2"), ("", "hang2")] * 5)

    model = fit(given, Recipe(prior=0.01, steps=300), "test", {"行": {"xing2": 20}})

    assert odds(model, "行", "hang2") == pytest.approx(0.03, abs=0.01)


def test_shares_of_one_group_change_no_other() -> None:
    given = [
        *examples("行", ("", "xing2"), ("", "hang2")),
        *examples("长", *[("", "chang2")] * 3, ("", "zhang3")),
    ]
    recipe = Recipe(prior=0.01, balance=0.0, steps=300)

    model = fit(given, recipe, "test", {"行": {"xing2": 9, "hang2": 1}})

    assert odds(model, "长", "chang2") == pytest.approx(0.75, abs=0.02)


def test_an_example_counts_by_its_weight() -> None:
    given = [*examples("行", ("", "xing2"), weight=3.0), *examples("行", ("", "hang2"))]

    model = fit_model(given, Recipe(prior=0.01, balance=0.0, steps=300))

    assert odds(model, "行", "xing2") == pytest.approx(0.75, abs=0.02)


def test_a_stronger_prior_is_less_sure() -> None:
    sure, cautious = (fit_model(SEPARABLE, Recipe(prior=prior)) for prior in (0.01, 5.0))

    assert odds(sure, "行", "hang2", "l银") > odds(cautious, "行", "hang2", "l银") > 0.5


def test_a_kind_of_proposal_that_is_right_weighs_more_than_one_that_is_wrong() -> None:
    given = [
        example
        for group in "行长重乐"
        for example in examples(group, ("word2=a part2=b", "a"), ("word2=b part2=a", "b"))
    ]

    shared = fit_model(given).shared

    assert shared["word2"] > 1.3
    assert shared["part2"] < 0.7


def test_a_kind_of_proposal_serves_labels_that_it_was_not_seen_with() -> None:
    given = [
        *(each for group in "长重乐" for each in examples(group, ("word2=a", "a"), ("word2=b", "b"))),
        *examples("行", ("l不", "xing2"), ("l银", "hang2")),
    ]

    assert odds(fit_model(given), "行", "hang2", "word2=hang2") > 0.7


def test_a_proposal_of_what_is_no_label_is_an_ordinary_feature() -> None:
    assert fit_model(examples("行", ("word2=heng2", "xing2"), ("l银", "hang2"))).shared == {}


def test_features_that_are_too_rare_are_not_learnt() -> None:
    model = fit_model(SEPARABLE, Recipe(fewest=2, smallest=0.0))

    assert set(model.hashes.tolist()) == {
        *hashes("行", ["bias", "l银", "l不", "r家"]),
        *hashes("长", ["bias", "r大"]),
    }


def test_weights_that_are_too_small_are_dropped() -> None:
    given = examples(
        "行", ("l银 r家", "hang2"), ("l不 r家", "xing2"), ("l银 r大", "hang2"), ("l不 r大", "xing2")
    )

    assert set(fit_model(given).hashes.tolist()) == set(hashes("行", ["l银", "l不"]).tolist())


def test_examples_that_tell_nothing_leave_all_labels_alike() -> None:
    model = fit_model(examples("行", ("l银", "hang2"), ("l银", "xing2")))

    assert odds(model, "行", "hang2", "l银") == 0.5
