"""Nothing is trained without a consent that is complete, names AI speech synthesis and is not over."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from huisheng.errors import ConsentError
from huisheng.voice.consent import (
    LARGEST,
    Consent,
    Statement,
    consent_template,
    read_consent,
    record,
    statement_digest,
)
from huisheng.voice.consent_texts import STATEMENTS, Locale

TODAY = date(2026, 5, 1)
DIGEST = "0" * 64
LOCALES: tuple[Locale, ...] = ("zh-CN", "en")
Changes = dict[str, object]
"""Field, with dots between its tables → value; None takes it away."""


def fill_in(locale: Locale = "zh-CN") -> str:
    """The template as an adult fills it in for their own voice."""
    text = consent_template(locale)
    for empty, said in (
        ("agreed = false", "agreed = true"),
        ('confirmed_by = ""', 'confirmed_by = "李明"'),
        ('\nname = ""', '\nname = "李明"'),
        ('begins = ""', "begins = 2026-01-01"),
        ('ends = ""', "ends = 2026-12-31"),
    ):
        assert empty in text
        text = text.replace(empty, said)
    return text


def document() -> dict[str, Any]:
    """The same as JSON."""
    return {
        "statement": "huisheng-voice-consent",
        "version": 1,
        "locale": "zh-CN",
        "agreed": True,
        "confirmed_by": "李明",
        "speaker": {"name": "李明", "relation": "self", "age": "adult"},
        "scope": {
            "purposes": ["ai_speech_synthesis", "audiobook"],
            "commercial": False,
            "begins": "2026-01-01",
            "ends": "2026-12-31",
        },
    }


def change(changes: Changes) -> dict[str, Any]:
    given = document()
    for field, value in changes.items():
        *tables, last = field.split(".")
        table = given
        for name in tables:
            table = table[name]
        table[last] = value
        if value is None:
            del table[last]
    return given


def read(folder: Path, changes: Changes | None = None, today: date = TODAY) -> Statement:
    path = folder / "consent.json"
    path.write_text(json.dumps(change(changes or {}), ensure_ascii=False), encoding="utf-8")
    return read_consent(path, today)


@pytest.mark.parametrize("locale", LOCALES)
def test_a_template_that_is_filled_in_is_accepted(tmp_path: Path, locale: Locale) -> None:
    path = tmp_path / "consent.toml"
    path.write_text(fill_in(locale), encoding="utf-8")

    statement = read_consent(path, TODAY)

    assert (statement.locale, statement.speaker.name, statement.speaker.age) == (locale, "李明", "adult")
    assert (statement.scope.begins, statement.scope.ends) == (date(2026, 1, 1), date(2026, 12, 31))


@pytest.mark.parametrize("locale", LOCALES)
def test_a_template_shows_the_words_agreed_to_and_is_refused_as_it_is(tmp_path: Path, locale: Locale) -> None:
    path = tmp_path / "consent.toml"
    path.write_text(consent_template(locale), encoding="utf-8")

    assert STATEMENTS[locale] in consent_template(locale)
    with pytest.raises(ConsentError, match=r"请填写 speaker\.name") as caught:
        read_consent(path, TODAY)
    assert caught.value.fault == "consent_invalid"


def test_a_json_file_is_accepted(tmp_path: Path) -> None:
    assert read(tmp_path).scope.purposes == ("ai_speech_synthesis", "audiobook")


UNDER_14: Changes = {"speaker.age": "under_14"}
WITH_GUARDIAN = UNDER_14 | {"speaker.guardian": {"name": "李父", "relation": "父亲"}}
CONFIRMED_BY_GUARDIAN = WITH_GUARDIAN | {"confirmed_by": "李父"}


def test_a_child_whose_guardian_confirms_is_accepted(tmp_path: Path) -> None:
    statement = read(tmp_path, CONFIRMED_BY_GUARDIAN)

    assert statement.speaker.guardian
    assert statement.speaker.guardian.name == "李父"


@pytest.mark.parametrize(
    ("changes", "words", "english"),
    [
        (UNDER_14, "监护人同意", "guardian's consent"),
        (WITH_GUARDIAN, "confirmed_by 须是监护人", "guardian of a child under 14 must confirm"),
        ({"scope.purposes": ["audiobook"]}, "必须写明", "ai_speech_synthesis"),
        ({"scope.purposes": []}, "scope.purposes 的值有误", "scope.purposes"),
        ({"scope.purposes": ["singing"]}, "应为", "must be"),
        ({"scope.purposes": ["ai_speech_synthesis"] * 2}, "重复", "twice"),
        ({"scope.commercial": "no"}, "scope.commercial", "scope.commercial"),
        ({"scope.ends": "2025-12-31"}, "早于开始日期", "before it begins"),
        ({"scope.ends": "2027"}, "scope.ends", "scope.ends"),
        ({"scope.ends": None}, "缺少 scope.ends", "scope.ends is missing"),
        (
            {"scope.forever": True},
            "不认识 scope.forever",
            "scope.forever is unknown",
        ),
        ({"speaker.relation": "authorised"}, "授权书或合同", "must be named"),
        ({"speaker.relation": "friend"}, "speaker.relation 应为", "must be"),
        ({"speaker.name": ""}, "请填写 speaker.name", "is empty"),
        ({"speaker.name": "李\n明"}, "一行文字", "one line"),
        ({"speaker.name": "\x1b[2J"}, "一行文字", "one line"),
        ({"agreed": False}, "尚未同意", "nothing is agreed to"),
        ({"agreed": "true"}, "agreed 的值有误", "agreed has a wrong value"),
        ({"version": 2}, "version 应为 1", "version must be 1"),
        ({"statement": "another"}, "statement 应为", "statement must be"),
        ({"a\nb": 1}, r"不认识 a\\nb", r"unknown"),
        ({"statement": None}, "缺少 statement", "statement is missing"),
    ],
)
def test_what_is_not_a_whole_consent_is_refused_and_told(
    tmp_path: Path, changes: Changes, words: str, english: str
) -> None:
    with pytest.raises(ConsentError, match=words) as caught:
        read(tmp_path, changes)

    assert english in caught.value.english
    assert caught.value.fault == "consent_invalid"
    assert "\n" not in caught.value.message + caught.value.english


@pytest.mark.parametrize("relation", ["authorised", "licensed"])
def test_a_statement_for_another_speaker_names_the_authorisation(tmp_path: Path, relation: str) -> None:
    statement = read(
        tmp_path,
        {"speaker.relation": relation, "speaker.authorisation": "合同 2026-7，档案室"},
    )

    assert statement.speaker.authorisation == "合同 2026-7，档案室"


@pytest.mark.parametrize(
    "today", [date(2025, 12, 31), date(2026, 1, 1), date(2026, 12, 31), date(2027, 1, 1)]
)
def test_a_consent_holds_while_it_is_a_day_of_its_term_anywhere(tmp_path: Path, today: date) -> None:
    assert read(tmp_path, today=today)


@pytest.mark.parametrize(
    ("today", "words"), [(date(2025, 12, 30), "起才有效"), (date(2027, 1, 2), "已于 2026-12-31 到期")]
)
def test_outside_its_term_a_consent_is_refused(tmp_path: Path, today: date, words: str) -> None:
    with pytest.raises(ConsentError, match=words) as caught:
        read(tmp_path, today=today)

    assert caught.value.fault == "consent_expired"


def test_commercial_use_needs_to_be_allowed(tmp_path: Path) -> None:
    allowed = read(tmp_path, {"scope.commercial": True})
    allowed.require(TODAY, commercial=True)

    with pytest.raises(ConsentError, match="商业") as caught:
        read(tmp_path).require(TODAY, commercial=True)
    assert caught.value.fault == "scope_denied"


@pytest.mark.parametrize("make", [os.fspath, Path.mkdir, os.mkfifo], ids=["absent", "folder", "pipe"])
def test_without_a_file_the_consent_is_missing(tmp_path: Path, make: Callable[[Path], object]) -> None:
    make(tmp_path / "consent.toml")

    with pytest.raises(ConsentError, match="找不到同意书") as caught:
        read_consent(tmp_path / "consent.toml", TODAY)

    assert caught.value.fault == "consent_missing"


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.toml", b"\xc4\xe3\xba\xc3"),
        ("a.toml", b"agreed = yes"),
        ("a.toml", b"a = " + b"[" * 20_000),
        ("a.json", b"{"),
        ("a.json", b"[" * 20_000),
        ("a.json", b"[]"),
        ("a.toml", b"#" * (LARGEST + 1)),
    ],
    ids=["GBK", "no TOML", "deep TOML", "no JSON", "deep JSON", "no object", "too large"],
)
def test_what_is_no_consent_file_is_refused(tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / name).write_bytes(content)

    with pytest.raises(ConsentError) as caught:
        read_consent(tmp_path / name, TODAY)

    assert caught.value.fault == "consent_invalid"


NOW = datetime(2026, 5, 1, 20, 30, 15, 999, tzinfo=timezone(timedelta(hours=8)))


def test_the_record_says_what_was_agreed_to_for_which_recordings_and_when(tmp_path: Path) -> None:
    statement = read(tmp_path)

    consent = record(statement, DIGEST, NOW)

    assert consent.evidence.recorded_at == datetime(2026, 5, 1, 12, 30, 15, tzinfo=UTC)
    assert consent.evidence.recordings_sha256 == DIGEST
    assert consent.evidence.statement_sha256 == statement_digest("zh-CN")
    assert consent.model_dump(exclude={"evidence"}) == statement.model_dump()


def test_the_words_of_version_1_never_change() -> None:
    """Records of consent name them by these digests."""
    assert [statement_digest(locale)[:16] for locale in LOCALES] == ["655e0dd34557904a", "50ca805e806536e9"]


def test_a_record_is_read_back_as_it_was_written(tmp_path: Path) -> None:
    consent = record(read(tmp_path, CONFIRMED_BY_GUARDIAN), DIGEST, NOW)

    assert Consent.model_validate_json(consent.model_dump_json()) == consent


def test_a_consent_that_is_over_is_not_recorded(tmp_path: Path) -> None:
    with pytest.raises(ConsentError, match="到期"):
        record(read(tmp_path), DIGEST, NOW + timedelta(days=365))


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("recordings_sha256", "0" * 63),
        ("recorded_at", "2026-05-01T20:30:15+08:00"),
        ("recorded_at", "2026-05-01T20:30:15"),
        ("extra", 1),
    ],
)
def test_evidence_that_is_not_whole_is_refused(tmp_path: Path, field: str, value: object) -> None:
    consent = json.loads(record(read(tmp_path), DIGEST, NOW).model_dump_json())
    consent["evidence"][field] = value

    with pytest.raises(ValidationError, match=field if field != "recorded_at" else "UTC"):
        Consent.model_validate_json(json.dumps(consent))
