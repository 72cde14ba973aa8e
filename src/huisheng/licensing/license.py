"""What a licence says, and how it is written: TOML, a field a line."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Final, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic_core import ErrorDetails, PydanticCustomError

from huisheng.errors import LicenseError

FORMAT: Final = 1
"""Version of the format; a reader refuses every other."""

ALL: Final = "all"
"""The feature that stands for every feature."""

GRACE: Final = timedelta(days=30)
"""For so long after its end a licence still allows everything."""

MOST: Final = 1_000_000
"""Seats, and nodes, that a licence may grant."""

_FIRST_DAY: Final = date(2000, 1, 1)
_LAST_DAY: Final = date(2199, 12, 31)
_EARLIEST_ZONE: Final = timedelta(hours=14)
_LATEST_ZONE: Final = timedelta(hours=12)
"""A day begins at UTC+14 first, and ends at UTC-12 last; a licence is valid while its day is anywhere."""

_MOST_FAULTS: Final = 5


def _check_line(text: str) -> str:
    if not text.isprintable() or text != text.strip():
        raise PydanticCustomError("line", "must be one line without blanks at its ends")
    return text


def _check_second(moment: datetime) -> datetime:
    if moment.utcoffset() != timedelta(0) or moment.microsecond:
        raise PydanticCustomError("second", "must be a whole second in UTC")
    return moment.astimezone(UTC)


Words = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(_check_line)]
Identifier = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.:-]{0,63}$")]
Count = Annotated[int, Field(ge=1, le=MOST)]
Day = Annotated[date, Field(ge=_FIRST_DAY, le=_LAST_DAY)]
Features = Annotated[tuple[Identifier, ...], Field(strict=False, min_length=1, max_length=64)]


class License(BaseModel):
    """A licence as its issuer signs it.

    Attributes:
        format: version of the format.
        key: short name of the key that signs it (`keys.key_id`).
        serial: by which the issuer finds it.
        customer: to whom it is granted.
        plan: as the issuer calls it.
        seats: users that may be active.
        nodes: servers that may run.
        features: that are granted; `all` for every one.
        term_from, term_to: first and last day, in any time zone.
        upkeep_until: last day on which new versions are part of it.
        issued_at: UTC, whole seconds.
    """

    model_config = ConfigDict(strict=True, frozen=True, extra="forbid")

    format: Literal[1]
    key: Annotated[str, Field(pattern=r"^[0-9a-f]{16}$")]
    serial: Identifier
    customer: Words
    plan: Identifier
    seats: Count
    nodes: Count
    features: Features
    term_from: Day
    term_to: Day
    upkeep_until: Day
    issued_at: Annotated[datetime, AfterValidator(_check_second)]

    @model_validator(mode="after")
    def _check_term(self) -> Self:
        if self.term_to < self.term_from:
            raise PydanticCustomError("term", "the term ends before it begins")
        if len(set(self.features)) < len(self.features):
            raise PydanticCustomError("twice", "a feature is named twice")
        return self

    @property
    def begins(self) -> datetime:
        """The moment from which it is valid."""
        return datetime.combine(self.term_from, time(), UTC) - _EARLIEST_ZONE

    @property
    def ends(self) -> datetime:
        """The moment from which it is over, the grace aside."""
        return datetime.combine(self.term_to, time(), UTC) + timedelta(days=1) + _LATEST_ZONE

    @property
    def stops(self) -> datetime:
        """The moment from which nothing is allowed any more."""
        return self.ends + GRACE

    def is_in_force(self, moment: datetime) -> bool:
        """Whether it allows its features then; the grace counts."""
        return self.begins <= moment < self.stops

    def grants(self, feature: str) -> bool:
        """Whether a feature is part of it, whatever the time."""
        return ALL in self.features or feature in self.features


def make_license(**terms: object) -> License:
    """A licence of these terms, named like the attributes of `License`.

    Raises:
        LicenseError: they contradict each other, or one is wrong.
    """
    try:
        return License.model_validate(terms)
    except ValidationError as error:
        raise LicenseError("license_invalid", *_faults(error.errors(include_url=False))) from error


def format_body(license: License) -> str:  # noqa: A002 (the word of the field)
    """The text that is signed: every field a line, in order, each line ended by a newline."""
    return "".join(f"{name} = {_format_value(value)}\n" for name, value in license)


def parse_body(body: bytes) -> License:
    """Read a text of `format_body`, or any TOML that says the same.

    Raises:
        LicenseError: it is no TOML, names something twice, or says what no licence can.
    """
    try:
        terms = tomllib.loads(body.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise LicenseError(
            "license_invalid", "正文不是有效的 TOML，或有重复的字段", "the body is no valid TOML"
        ) from error
    return make_license(**{str(name): value for name, value in terms.items()})


def _format_value(value: object) -> str:
    """A value as TOML; what JSON escapes in printable text TOML escapes alike."""
    match value:
        case datetime():
            return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        case date():
            return value.isoformat()
        case tuple():
            return json.dumps(value)
        case _:
            return json.dumps(value, ensure_ascii=False)


def _faults(errors: Sequence[ErrorDetails]) -> tuple[str, str]:
    """The first few faults in Chinese and English, without the values."""
    places = [ascii(".".join(map(str, error["loc"])))[1:-1][:80] or "term" for error in errors[:_MOST_FAULTS]]
    listed = ", ".join(dict.fromkeys(places))
    reasons = "; ".join(dict.fromkeys(error["msg"] for error in errors[:_MOST_FAULTS]))
    return f"字段 {listed} 缺少、多余或有误", f"missing, unknown or wrong: {listed} ({reasons})"
