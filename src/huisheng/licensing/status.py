"""What the licence of an installation allows now, and what its operator should know."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal, TypeAlias

from huisheng.errors import LicenseError
from huisheng.licensing.clock import ClockState, is_set_back
from huisheng.licensing.license import GRACE, License
from huisheng.types import Notice

LicenseState: TypeAlias = Literal[
    "none", "valid", "expiring", "grace", "expired", "tampered", "not_yet_valid", "clock_set_back"
]
"""`tampered`: there is a file that cannot be used. `clock_set_back` stands over valid, expiring and grace."""

WARNINGS: Final = (60, 30, 14, 7, 1)
"""Days before the end at which a warning begins, each more urgent than the one before."""

_IN_FORCE: Final = frozenset({"valid", "expiring", "grace"})


@dataclass(frozen=True, slots=True)
class LicenseStatus:
    """The licence of an installation at one moment.

    Attributes:
        state: in one word.
        required: whether the distribution asks for a licence beyond free use. One that does not is never
            restricted, whatever licence is or is not there.
        moment: of which it tells, UTC: the clock's, or the latest that was seen where that is later.
        license: as it was signed; None where there is none that can be used.
        clock: what the installation remembers of time; None where it remembers nothing.
        messages: for people, the most important first.
    """

    state: LicenseState
    required: bool
    moment: datetime
    license: License | None = None
    clock: ClockState | None = None
    messages: tuple[Notice, ...] = ()

    def allows(self, feature: str, now: datetime) -> bool:
        """Whether a feature may be used: the one question that other code asks.

        Free use (one user, loopback, no accounts) does not ask. Elsewhere a feature is refused only where the
        distribution asks for a licence, and the term with its grace is over, the term has not begun, the
        feature is not part of it, or no licence was found good for as long as the grace.

        Args:
            feature: its name in licences.
            now: UTC.
        """
        if not self.required:
            return True
        moment = effective_time(now, self.license, self.clock)
        if self.license is None:
            verified = self.clock.verified if self.clock else None
            return verified is not None and moment < verified + GRACE
        return self.license.grants(feature) and self.license.is_in_force(moment)

    @property
    def days_left(self) -> int | None:
        """Days until the last of the term, 0 from then on; None without a licence."""
        return days_left(self.license, self.moment) if self.license else None

    @property
    def grace_days_left(self) -> int | None:
        """Whole days until nothing is allowed any more, at least 0; None without a licence."""
        return max(0, (self.license.stops - self.moment).days) if self.license else None

    @property
    def warning(self) -> int | None:
        """The smallest of `WARNINGS` that has been reached, for reminders that come once for each."""
        left = self.days_left
        return None if left is None else min((days for days in WARNINGS if left <= days), default=None)


def days_left(license: License, moment: datetime) -> int:  # noqa: A002 (the word of the field)
    """Days from a moment until the last of the term, 0 from then on."""
    return max(0, (license.term_to - moment.date()).days)


def effective_time(now: datetime, found: License | None, clock: ClockState | None) -> datetime:
    """The time that counts: setting a clock back behind what was seen, or the day of issue, gains nothing."""
    return max((now, *_past_moments(found, clock)))


def judge(
    found: License | LicenseError | None,
    clock: ClockState | None,
    now: datetime,
    *,
    required: bool,
    remarks: tuple[Notice, ...] = (),
) -> LicenseStatus:
    """The status of an installation.

    Args:
        found: the licence, what is wrong with its file, or None without a file.
        clock: what is remembered of time.
        now: UTC.
        required: whether the distribution asks for a licence.
        remarks: further messages.
    """
    if not isinstance(found, License):
        moment = effective_time(now, None, clock)
        state: LicenseState = "none" if found is None else "tampered"
        messages = (*_without_license(found, clock, required=required), *remarks)
        return LicenseStatus(state, required, moment, None, clock, messages)
    moment = effective_time(now, found, clock)
    state = _term_state(found, moment)
    set_back = any(is_set_back(now, seen) for seen in _past_moments(found, clock))
    messages = (
        *_clock_messages(now, moment, set_back=set_back),
        *_term_messages(found, state, moment, required=required),
        *_upkeep_messages(found, moment),
        *remarks,
    )
    if set_back and state in _IN_FORCE:
        state = "clock_set_back"
    return LicenseStatus(state, required, moment, found, clock, messages)


def _past_moments(found: License | None, clock: ClockState | None) -> Iterator[datetime]:
    """Moments that were certainly before now."""
    if found:
        yield found.issued_at
    if clock:
        yield clock.latest


def _term_state(found: License, moment: datetime) -> LicenseState:
    if moment < found.begins:
        return "not_yet_valid"
    if moment >= found.stops:
        return "expired"
    if moment >= found.ends:
        return "grace"
    return "expiring" if days_left(found, moment) <= WARNINGS[0] else "valid"


def _clock_messages(now: datetime, moment: datetime, *, set_back: bool) -> Iterator[Notice]:
    if set_back:
        yield Notice(
            "clock_set_back",
            f"系统时间 {now:%Y-%m-%d} 早于曾经见过的 {moment:%Y-%m-%d}，期限按后者计算；请校准系统时间。"
            "如果后者是时钟出错时记录的，请删除数据文件夹的 license/clock.json。",
            f"The clock shows {now:%Y-%m-%d}, but {moment:%Y-%m-%d} was seen before. Set the clock right. "
            "If that was seen while the clock was wrong, remove license/clock.json from the data folder.",
        )


def _term_messages(
    found: License, state: LicenseState, moment: datetime, *, required: bool
) -> Iterator[Notice]:
    """What the term means; every sentence says what to do."""
    end, left, rest = found.term_to, days_left(found, moment), (found.stops - moment).days
    then, english = ("，之后只能单人使用", "; then only one person may use it") if required else ("", "")
    match state:
        case "expiring":
            yield Notice(
                "license_expiring",
                f"许可证还有 {left} 天到期（{end}），请联系签发者续期。",
                f"The licence ends in {left} days, on {end}; ask its issuer for a new one.",
            )
        case "grace":
            yield Notice(
                "license_grace",
                f"许可证已于 {end} 到期，宽限期还有 {rest} 天{then}；请联系签发者续期。",
                f"The licence ended on {end}. Its grace is {rest} days more{english}. "
                "Ask its issuer for a new one.",
            )
        case "expired":
            yield Notice(
                "license_expired",
                f"许可证已于 {end} 到期，宽限期已过；单人使用不受影响，其他用途请联系签发者续期。",
                f"The licence ended on {end}, and its grace is over. Use by one person goes on; "
                "for all else ask its issuer for a new one.",
            )
        case "not_yet_valid":
            yield Notice(
                "license_not_yet_valid",
                f"许可证从 {found.term_from} 起生效；如果已经过了这一天，请校准系统时间。",
                f"The licence is valid from {found.term_from} on; if that day is past, set the clock right.",
            )
        case _:
            pass


def _upkeep_messages(found: License, moment: datetime) -> Iterator[Notice]:
    if moment.date() > found.upkeep_until:
        yield Notice(
            "upkeep_over",
            f"升级服务已于 {found.upkeep_until} 结束，之后发布的版本不在许可之内；现有版本可以继续使用。",
            f"Upkeep ended on {found.upkeep_until}: versions published since are not part of the licence; "
            "the one in use goes on.",
        )


def _without_license(
    error: LicenseError | None, clock: ClockState | None, *, required: bool
) -> Iterator[Notice]:
    if error:
        yield Notice("license_unusable", error.message, error.english)
    if not required:
        return
    if clock and clock.verified:
        until = clock.verified + GRACE
        yield Notice(
            "license_lost",
            f"在 {until:%Y-%m-%d} 之前一切照常；请用 huisheng license install 重新安装许可证。",
            f"Everything goes on until {until:%Y-%m-%d}. Install it again: huisheng license install.",
        )
    else:
        yield Notice(
            "license_needed",
            "单人使用不需要许可证；开放给他人使用，请向本发行版的提供者购买，"
            "用 huisheng license install 安装。",
            "One person needs no licence. To open this server to others, buy one from whom this distribution "
            "is from, and install it: huisheng license install.",
        )
