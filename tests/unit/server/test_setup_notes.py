"""What a server with accounts says of itself at start."""

from __future__ import annotations

import logging
from typing import Any

import pytest

from huisheng.server.settings import Settings
from huisheng.server.setup_notes import SetupNote, examine_setup, log_setup

MAIL = {"mail": "smtp://localhost:25", "public_url": "https://tts.example.com"}
REACHABLE = {"host": "0.0.0.0"}  # noqa: S104 (what is tested)


def examine(operators: int = 1, **chosen: Any) -> dict[str, SetupNote]:  # noqa: ANN401 (whatever a setting may be)
    settings = Settings.model_validate({"accounts": True, **chosen})
    return {note.subject: note for note in examine_setup(settings, operators)}


def test_a_server_that_is_set_up_gets_no_advice() -> None:
    payment = {"payments": ["manual"], "manual_instructions": "example"}
    notes = examine(account_settings=MAIL, payment=payment)

    assert [note.subject for note in notes.values() if note.advice] == []


@pytest.mark.parametrize(
    ("chosen", "found", "advice"),
    [
        ({}, "只有本机能访问", ""),
        ({"account_settings": MAIL}, "邮箱须验证", ""),
        (REACHABLE, "注册关闭：没有设置 HUISHENG_MAIL", "HUISHENG_SIGNUP=open"),
        (REACHABLE | {"account_settings": {"signup": "closed"}}, "注册关闭（HUISHENG_SIGNUP=closed）", ""),
        (REACHABLE | {"account_settings": {"signup": "open"}}, "不验证邮箱", "反复注册"),
    ],
)
def test_it_is_said_who_may_sign_up_and_why(chosen: dict[str, Any], found: str, advice: str) -> None:
    note = examine(**chosen)["signup"]

    assert found in note.found
    assert advice in note.advice
    assert bool(advice) == bool(note.advice)


def test_without_an_operator_it_is_said_how_one_is_made() -> None:
    assert "huisheng accounts operator 邮箱" in examine(operators=0)["operator"].advice


def test_keys_of_the_settings_are_named_as_the_operators_own() -> None:
    assert "不扣费" in examine(guard={"api_keys": "k" * 16})["api_keys"].found


def test_advice_is_a_warning_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "huisheng.server"):
        log_setup([SetupNote("a", "well"), SetupNote("b", "not well", "do this")])

    assert [(each.levelname, each.message) for each in caplog.records] == [
        ("INFO", "well"),
        ("WARNING", "not well do this"),
    ]
