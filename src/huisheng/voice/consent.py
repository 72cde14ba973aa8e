"""A speaker's consent to a voice made from their recordings: read from a file, kept in the voice's manifest.

A voice is biometric information, and whoever owns a recording does not thereby own an AI voice of it
(Beijing Internet Court, reference case 2025-07-2-474-001). So the consent names AI speech synthesis expressly
and stands on its own (Deep Synthesis Provisions, article 14; Personal Information Protection Law, articles
28 to 31): who speaks, what for, until when, and for a child under 14 the guardian who agrees.

A person fills in a `Statement`; training adds what it knows and keeps both as a `Consent`.
"""

from __future__ import annotations

import hashlib
import json
import tomllib
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Annotated, Final, Literal, Self, TypeAlias, get_args

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic_core import ErrorDetails, PydanticCustomError

from huisheng.errors import ConsentError
from huisheng.voice.consent_texts import STATEMENT_ID, STATEMENT_VERSION, STATEMENTS, TEMPLATES, Locale

Purpose: TypeAlias = Literal[
    "ai_speech_synthesis",
    "accessibility",
    "advertising",
    "assistant",
    "audiobook",
    "education",
    "game",
    "news",
    "research",
    "video",
]

SYNTHESIS: Final = "ai_speech_synthesis"
"""The purpose without which there is nothing to train."""

LARGEST: Final = 64 * 1024
"""Bytes of a consent file."""

_ANYWHERE: Final = timedelta(days=1)
"""By so much the day of a place may differ from that of UTC."""

_MOST_FAULTS: Final = 5

_RULES: Final = {
    "plain": "{} 应为一行文字，首尾没有空格",
    "guardian": "未满 14 周岁的说话人须由监护人同意，请填写 speaker.guardian",
    "authorisation": "不是本人时，请在 speaker.authorisation 写明授权书或合同",
    "synthesis": "用途 scope.purposes 必须写明 ai_speech_synthesis",
    "twice": "用途 scope.purposes 有重复",
    "term": "截止日期 scope.ends 早于开始日期 scope.begins",
    "agreed": "尚未同意：agreed 应为 true",
    "confirmed": "未满 14 周岁时，confirmed_by 须是监护人",
    "utc": "{} 应为 UTC 时间",
}
"""Our own rules in Chinese; `{}` is the place in the file. Their English stands where they are checked."""


def _plain(text: str) -> str:
    if not text.isprintable() or text != text.strip():
        raise PydanticCustomError("plain", "must be one line without blanks at its ends")
    return text


Line = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(_plain)]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class _Strict(BaseModel):
    """Frozen; unknown keys and wrong types are refused, so that nothing is agreed to by a typing mistake."""

    model_config = ConfigDict(strict=True, frozen=True, extra="forbid")


class Guardian(_Strict):
    """Who agrees for a minor.

    Attributes:
        name: of the guardian.
        relation: to the minor, as the guardian calls it.
    """

    name: Line
    relation: Line


class Speaker(_Strict):
    """Whose voice it is.

    Attributes:
        name: or pseudonym.
        relation: `self` when the speaker trains their own voice, `authorised` when they have authorised
            somebody, `licensed` when a contract does.
        authorisation: where the authorisation or the contract is kept; empty only for `self`.
        age: group, on the day of the consent.
        guardian: needed under 14.
    """

    name: Line
    relation: Literal["self", "authorised", "licensed"]
    authorisation: Annotated[str, Field(max_length=200), AfterValidator(_plain)] = ""
    age: Literal["adult", "minor", "under_14"]
    guardian: Guardian | None = None

    @model_validator(mode="after")
    def _check_guardian(self) -> Self:
        if self.age == "under_14" and self.guardian is None:
            raise PydanticCustomError("guardian", "a child under 14 needs a guardian's consent")
        if self.relation != "self" and not self.authorisation:
            raise PydanticCustomError("authorisation", "the authorisation or contract must be named")
        return self


class Scope(_Strict):
    """What the voice may be used for.

    Attributes:
        purposes: AI speech synthesis among them.
        commercial: whether money may be earned with it.
        sublicence: whether the voice package may be handed on.
        prohibited: uses that the speaker rules out.
        begins, ends: first and last day, in any time zone.
    """

    purposes: Annotated[tuple[Purpose, ...], Field(min_length=1)]
    commercial: bool
    sublicence: bool = False
    prohibited: tuple[Line, ...] = ()
    begins: date
    ends: date

    @model_validator(mode="after")
    def _synthesis_for_a_term(self) -> Self:
        if SYNTHESIS not in self.purposes:
            raise PydanticCustomError("synthesis", "the purposes must name ai_speech_synthesis")
        if len(set(self.purposes)) < len(self.purposes):
            raise PydanticCustomError("twice", "a purpose is named twice")
        if self.ends < self.begins:
            raise PydanticCustomError("term", "the term ends before it begins")
        return self


class Statement(_Strict):
    """The file that a person fills in.

    Attributes:
        statement: id of the text agreed to.
        version: of that text.
        locale: of that text.
        agreed: that the text and all that follows is agreed to.
        confirmed_by: the person who says so: the speaker, a guardian, or who holds the authorisation.
        speaker: whose voice it is.
        scope: what it may be used for.
    """

    statement: Literal["huisheng-voice-consent"]
    version: Literal[1]
    locale: Locale
    agreed: bool
    confirmed_by: Line
    speaker: Speaker
    scope: Scope

    @model_validator(mode="after")
    def _check_agreement(self) -> Self:
        if not self.agreed:
            raise PydanticCustomError("agreed", "nothing is agreed to: agreed is false")
        guardian = self.speaker.guardian
        if self.speaker.age == "under_14" and guardian and self.confirmed_by != guardian.name:
            raise PydanticCustomError("confirmed", "the guardian of a child under 14 must confirm")
        return self

    def require(self, day: date, *, commercial: bool = False) -> None:
        """Make sure that the consent reaches so far.

        Args:
            day: of the use, UTC; it counts as within the term while it is anywhere on earth.
            commercial: whether money is to be earned.

        Raises:
            ConsentError: it does not.
        """
        begins, ends = self.scope.begins, self.scope.ends
        if day - _ANYWHERE > ends:
            raise ConsentError(
                "consent_expired",
                f"已于 {ends} 到期，请向说话人重新取得授权",
                f"it ended on {ends}; ask the speaker again",
            )
        if day + _ANYWHERE < begins:
            raise ConsentError(
                "consent_expired",
                f"从 {begins} 起才有效，请到时再用",
                f"it is valid only from {begins}; wait until then",
            )
        if commercial and not self.scope.commercial:
            raise ConsentError(
                "scope_denied",
                "不允许商业使用，请向说话人另行取得授权",
                "it does not allow commercial use; ask the speaker for that",
            )


class Evidence(_Strict):
    """What training adds.

    Attributes:
        statement_sha256: of the text agreed to, UTF-8.
        recordings_sha256: of the list of the recordings used.
        recorded_at: UTC, when training took note of the consent.
    """

    statement_sha256: Sha256
    recordings_sha256: Sha256
    recorded_at: datetime

    @model_validator(mode="after")
    def _in_utc(self) -> Self:
        if self.recorded_at.utcoffset() != UTC.utcoffset(None):
            raise PydanticCustomError("utc", "the time must be in UTC")
        return self


class Consent(Statement):
    """What is kept in the manifest: the statement, and what it was given for."""

    evidence: Evidence


def record(statement: Statement, recordings_sha256: str, now: datetime) -> Consent:
    """The consent to a voice made from certain recordings.

    Args:
        statement: as it was read.
        recordings_sha256: of the list of the recordings.
        now: with a time zone.

    Raises:
        ConsentError: its term is not now.
    """
    moment = now.astimezone(UTC).replace(microsecond=0)
    statement.require(moment.date())
    evidence = Evidence(
        statement_sha256=statement_digest(statement.locale),
        recordings_sha256=recordings_sha256,
        recorded_at=moment,
    )
    return Consent.model_validate({**dict(statement), "evidence": evidence})


def statement_digest(locale: Locale) -> str:
    """SHA-256 of the text agreed to, UTF-8."""
    return hashlib.sha256(STATEMENTS[locale].encode("utf-8")).hexdigest()


def read_consent(path: Path, today: date) -> Statement:
    """Read a consent file, TOML or JSON by its suffix.

    Args:
        path: of the file.
        today: UTC; a consent whose term is over is refused.

    Raises:
        ConsentError: there is none; it is incomplete, contradicts itself, or its term is not now.
    """
    document = _document(path)
    try:
        statement = Statement.model_validate_json(document)
    except ValidationError as error:
        chinese, english = _faults(error.errors(include_url=False))
        raise ConsentError("consent_invalid", chinese, english) from error
    statement.require(today)
    return statement


def consent_template(locale: Locale) -> str:
    """A consent file to be filled in, TOML; as it is, it is refused."""
    return TEMPLATES[locale].format(
        statement=STATEMENT_ID,
        version=STATEMENT_VERSION,
        text=STATEMENTS[locale],
        purposes=", ".join(get_args(Purpose)),
    )


def _document(path: Path) -> bytes:
    """The file as JSON."""
    if not path.is_file():  # a pipe would never answer
        raise _missing()
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST + 1)
    except OSError as error:
        raise _missing() from error
    if len(content) > LARGEST:
        raise ConsentError(
            "consent_invalid", f"文件超过 {LARGEST // 1024} KB", f"the file is over {LARGEST // 1024} KB"
        )
    if path.suffix.lower() == ".json":
        return content
    try:
        tables = tomllib.loads(content.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise ConsentError(
            "consent_invalid", "文件不是 UTF-8 的 TOML 或 JSON", "the file is no TOML or JSON in UTF-8"
        ) from error
    return json.dumps(tables, default=str).encode("ascii")


def _missing() -> ConsentError:
    return ConsentError(
        "consent_missing",
        "找不到同意书文件，请填写模板后用 --consent 给出",
        "there is no consent file; fill in the template and give it with --consent",
    )


def _faults(errors: Sequence[ErrorDetails]) -> tuple[str, str]:
    """The first few faults of a file in Chinese and English."""
    said = [_fault(error) for error in errors[:_MOST_FAULTS]]
    return "；".join(chinese for chinese, _ in said), "; ".join(english for _, english in said)


def _fault(error: ErrorDetails) -> tuple[str, str]:
    place = ascii(".".join(map(str, error["loc"])))[1:-1][:80]
    match error["type"]:
        case "missing":
            return f"缺少 {place}", f"{place} is missing"
        case "extra_forbidden":
            return f"不认识 {place}", f"{place} is unknown"
        case "string_too_short":
            return f"请填写 {place}", f"{place} is empty"
        case "literal_error":
            expected = error.get("ctx", {}).get("expected", "")
            return f"{place} 应为 {expected}", f"{place} must be {expected}"
        case kind if kind in _RULES:
            return _RULES[kind].format(place), ": ".join(filter(None, (place, error["msg"])))
        case _:
            return f"{place} 的值有误", f"{place} has a wrong value"
