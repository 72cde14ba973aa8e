"""What an operator may set, and what makes no sense."""

from __future__ import annotations

from ipaddress import ip_network
from pathlib import Path

import pytest

from huisheng.errors import SetupError
from huisheng.server.guard.settings import GuardSettings
from huisheng.server.settings import Settings

KEY = "correct-horse-battery"


def test_the_environment_is_read_through_the_servers_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUISHENG_API_KEYS", f"{KEY}, other-{KEY}")
    monkeypatch.setenv("HUISHENG_ALLOWED_IPS", "192.168.1.20/24,2001:db8::1")
    monkeypatch.setenv("HUISHENG_HOSTS", "tts.example.com")
    monkeypatch.setenv("HUISHENG_WORDS", "~/words.txt")

    guard = Settings().guard

    assert [key.get_secret_value() for key in guard.api_keys] == [KEY, f"other-{KEY}"]
    assert guard.allowed_ips == (ip_network("192.168.1.0/24"), ip_network("2001:db8::1/128"))
    assert guard.hosts == ("tts.example.com",)
    assert guard.words == Path.home() / "words.txt"


def test_nothing_is_guarded_unless_it_is_set() -> None:
    assert GuardSettings() == GuardSettings(api_keys=(), allowed_ips=(), rate_per_ip="", concurrent_per_ip=0)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"api_keys": "short"}, "HUISHENG_API_KEYS"),
        ({"api_keys": "with blank in between"}, "HUISHENG_API_KEYS"),
        ({"api_keys": "密钥密钥密钥密钥密钥密钥密钥密钥密钥"}, "HUISHENG_API_KEYS"),
        ({"allowed_ips": "192.168.1.300"}, "192.168.1.300"),
        ({"allowed_ips": "example.com"}, "example.com"),
        ({"trusted_proxies": "0.0.0.0/0"}, "HUISHENG_TRUSTED_PROXIES"),
        ({"trusted_proxies": "::/0"}, "HUISHENG_TRUSTED_PROXIES"),
        ({"hosts": "https://tts.example.com"}, "HUISHENG_HOSTS"),
        ({"hosts": "tts.example.com:8000"}, "HUISHENG_HOSTS"),
        ({"hosts": "*"}, "HUISHENG_HOSTS"),
        ({"rate_per_ip": "often"}, "60/minute"),
        ({"rate_per_ip": "0/minute"}, "60/minute"),
        ({"rate_per_key": "60/minute"}, "HUISHENG_API_KEYS"),
        ({"concurrent_per_key": 1}, "HUISHENG_API_KEYS"),
        ({"limits_storage": "redis://localhost"}, "HUISHENG_RATE_PER_IP"),
        ({"limits_storage": "memcached://localhost", "rate_per_ip": "1/day"}, "redis://"),
        ({"word_filter": "package.module"}, "HUISHENG_WORD_FILTER"),
        ({"words": "words.txt", "word_filter": "a:b"}, "HUISHENG_WORD_FILTER"),
        ({"audit": "audit.jsonl"}, "HUISHENG_WORDS"),
    ],
)
def test_what_makes_no_sense_is_refused_by_name(wrong: dict[str, object], said: str) -> None:
    with pytest.raises(SetupError, match=r"。$") as refusal:
        GuardSettings.model_validate(wrong)

    assert said in refusal.value.message


def test_a_refused_key_is_not_repeated() -> None:
    with pytest.raises(SetupError) as refusal:
        GuardSettings.model_validate({"api_keys": "hunter2"})

    assert "hunter2" not in refusal.value.message + refusal.value.english


def test_secrets_are_not_shown() -> None:
    shown = repr(
        GuardSettings.model_validate(
            {"api_keys": KEY, "rate_per_ip": "1/day", "limits_storage": "redis://:secret@localhost"}
        )
    )

    assert KEY not in shown
    assert "secret@" not in shown
