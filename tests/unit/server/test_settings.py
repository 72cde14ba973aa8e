"""Settings: read once, checked at load."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from pydantic import ValidationError

from huisheng.errors import InvalidLabel
from huisheng.server.settings import Settings
from huisheng.voice.store import home


def test_the_environment_is_read(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HUISHENG_AUDIO_TTL", "PT10M")
    monkeypatch.setenv("HUISHENG_HOME", str(tmp_path))

    settings = Settings()

    assert settings.audio_ttl == timedelta(minutes=10)
    assert settings.audio_folder == tmp_path / "audio"


def test_origins_are_listed_with_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUISHENG_CORS_ORIGINS", "https://example.com, https://example.org")

    assert Settings().cors_origins == ("https://example.com", "https://example.org")


def test_a_home_is_the_same_folder_for_files_and_voices(monkeypatch: pytest.MonkeyPatch) -> None:
    for written in ("~/huisheng", ""):
        monkeypatch.setenv("HUISHENG_HOME", written)

        assert Settings().home == home()


def test_arguments_come_before_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUISHENG_PORT", "1")

    assert Settings(port=2).port == 2


@pytest.mark.parametrize(
    "wrong", [{"port": 70_000}, {"slots": 0}, {"queue": -1}, {"text_limit": 0}, {"prot": 1}]
)
def test_what_makes_no_sense_is_refused(wrong: dict[str, int]) -> None:
    with pytest.raises(ValidationError):
        Settings(**wrong)  # pyright: ignore[reportArgumentType]


def test_a_producer_that_cannot_stand_in_a_label_is_refused() -> None:
    with pytest.raises(InvalidLabel):
        Settings(producer="某公司")


def test_there_is_no_lexicon_unless_one_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUISHENG_LEXICON", "")

    assert Settings().lexicon is None


def test_a_lexicon_may_stand_in_the_users_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUISHENG_LEXICON", "~/words.txt")

    assert Settings().lexicon == Path.home() / "words.txt"
