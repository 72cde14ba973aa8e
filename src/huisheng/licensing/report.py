"""The status of a licence as JSON, for `huisheng license show --json` and for operators over HTTP."""

from __future__ import annotations

from datetime import date, datetime

from pydantic import BaseModel

from huisheng.licensing.license import License
from huisheng.licensing.status import LicenseState, LicenseStatus
from huisheng.types import Notice


class LicenseMessage(BaseModel):
    """A sentence for people."""

    code: str
    message: str
    message_en: str

    @classmethod
    def of(cls, notices: tuple[Notice, ...]) -> tuple[LicenseMessage, ...]:
        """Notices as an answer tells them."""
        return tuple(
            cls(code=notice.code, message=notice.message, message_en=notice.english) for notice in notices
        )


class LicenseTerms(BaseModel):
    """What was signed."""

    serial: str
    customer: str
    plan: str
    seats: int
    nodes: int
    features: tuple[str, ...]
    term_from: date
    term_to: date
    upkeep_until: date
    issued_at: datetime

    @classmethod
    def of(cls, granted: License) -> LicenseTerms:
        """Those of a licence."""
        return cls.model_validate(granted.model_dump(exclude={"format", "key"}))


class LicenseReport(BaseModel):
    """The state of an installation's licence; days are null without one."""

    state: LicenseState
    required: bool
    days_left: int | None
    grace_days_left: int | None
    license: LicenseTerms | None
    messages: tuple[LicenseMessage, ...]


def make_report(status: LicenseStatus) -> LicenseReport:
    """The status in the form in which it is sent."""
    return LicenseReport(
        state=status.state,
        required=status.required,
        days_left=status.days_left,
        grace_days_left=status.grace_days_left,
        license=LicenseTerms.of(status.license) if status.license else None,
        messages=LicenseMessage.of(status.messages),
    )
