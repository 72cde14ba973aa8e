"""Settings of accounts: what is refused at start, and what follows from what."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from huisheng.errors import SetupError
from huisheng.server.accounts.settings import AccountSettings
from huisheng.server.settings import Settings

MAIL = "smtp://mailer%40example.com:secret@mail.example.com"
PUBLIC = "https://tts.example.com"


@pytest.mark.parametrize(
    "chosen",
    [
        {"mail": "mail.example.com"},
        {"mail": "http://mail.example.com"},
        {"mail": "smtp://mail.example.com:port"},
        {"mail": "smtp://mail.example.com/folder"},
        {"mail_from": "绘声"},
        {"mail_from": "a@example.com\nBcc: b@example.com"},
        {"public_url": "tts.example.com"},
        {"public_url": "https://tts.example.com/huisheng"},
        {"mail": MAIL, "mail_file": "/run/secrets/mail"},
    ],
)
def test_what_cannot_be_right_is_refused(chosen: dict[str, Any]) -> None:
    with pytest.raises((SetupError, ValueError)):
        AccountSettings.model_validate(chosen)


@pytest.mark.parametrize(
    "chosen",
    [{"signup": "verified", "public_url": PUBLIC}, {"mail": MAIL}, {"oidc": "oidc.toml"}],
)
def test_what_cannot_work_together_is_refused_at_start(chosen: dict[str, Any]) -> None:
    with pytest.raises(SetupError):
        AccountSettings.model_validate(chosen).require_complete()


@pytest.mark.parametrize(
    ("chosen", "rule"),
    [
        ({"mail": MAIL, "public_url": PUBLIC}, "verified"),
        ({"signup": "open"}, "open"),
        ({"mail": MAIL, "public_url": PUBLIC, "signup": "closed"}, "closed"),
    ],
)
def test_who_may_sign_up_follows_from_mail_unless_it_is_said(chosen: dict[str, Any], rule: str) -> None:
    settings = AccountSettings.model_validate(chosen)
    settings.require_complete()

    assert [settings.choose_signup_rule(is_private=private) for private in (True, False)] == [rule, rule]


def test_without_mail_a_server_that_only_this_machine_reaches_lets_anybody_sign_up() -> None:
    assert Settings(accounts=True).signup_rule == "open"


@pytest.mark.parametrize(
    "chosen",
    [
        {"host": "0.0.0.0"},  # noqa: S104 (what is tested)
        {"host": "192.168.1.5"},
        {"account_settings": {"public_url": PUBLIC}},
        {"guard": {"trusted_proxies": "127.0.0.1"}},
        {"guard": {"hosts": "tts.example.com"}},
    ],
)
def test_without_mail_one_that_others_reach_lets_nobody_sign_up(chosen: dict[str, Any]) -> None:
    assert Settings.model_validate({"accounts": True, **chosen}).signup_rule == "closed"


def test_the_server_for_mail_may_stand_in_a_file(tmp_path: Path) -> None:
    path = tmp_path / "mail"
    path.write_text(f"{MAIL}\n", encoding="utf-8")

    server = AccountSettings(mail_file=path).mail_server

    assert server
    assert (server.password, server.tls, server.port) == ("secret", "starttls", 587)


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(SetupError, match="HUISHENG_MAIL_FILE"):
        _ = AccountSettings(mail_file=tmp_path / "none").mail_server


@pytest.mark.parametrize(
    ("chosen", "sender"),
    [
        ({"mail": MAIL}, "mailer@example.com"),
        ({"mail": "smtp://user@mail.example.com", "public_url": PUBLIC}, "huisheng@tts.example.com"),
        ({"mail": MAIL, "mail_from": "tts@example.com"}, "tts@example.com"),
    ],
)
def test_mail_comes_from_an_address_that_can_be_answered(chosen: dict[str, Any], sender: str) -> None:
    assert AccountSettings.model_validate(chosen).sender == sender


def test_the_password_of_the_server_for_mail_is_not_shown() -> None:
    assert "secret" not in repr(AccountSettings.model_validate({"mail": MAIL}))
