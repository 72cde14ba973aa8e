"""Errors cross from one process into another as they are."""

from __future__ import annotations

import pickle

import pytest

from huisheng.errors import (
    Busy,
    Draining,
    EmptyText,
    HuishengError,
    MarkupError,
    OutOfRange,
    TextTooLong,
    UnknownVoice,
    UnpronounceableSymbol,
    VoiceMissing,
    WorkerLost,
)


@pytest.mark.parametrize(
    "error",
    [
        EmptyText(),
        TextTooLong(30, 20),
        MarkupError(1, 2, "不对", "wrong"),
        UnknownVoice("谁", ("lan",)),
        UnpronounceableSymbol("x", "字", (0, 1), "没有", "none"),
        OutOfRange("speed", 9.0, 0.5, 2.0),
        Busy(3),
        Draining(),
        VoiceMissing("没有。", "None."),
        WorkerLost(),
    ],
    ids=lambda error: error.code,
)
def test_an_error_is_the_same_after_a_journey(error: HuishengError) -> None:
    arrived = pickle.loads(pickle.dumps(error))  # noqa: S301 (our own)

    assert type(arrived) is type(error)
    assert (str(arrived), vars(arrived)) == (str(error), vars(error))
