"""What a change of plan costs, in integers.

An upgrade begins a new full period at once; what is unused of the old one is credited. A downgrade or a
cancellation takes effect when the paid period ends, and nothing is paid back.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal, NamedTuple, TypeAlias

from huisheng.server.plans.calendar import Interval
from huisheng.server.plans.catalogue import LocalizedText, format_yuan

Effective: TypeAlias = Literal["now", "period_end"]

_MICROSECOND = timedelta(microseconds=1)


class Share(NamedTuple):
    """A part of a whole: `unused` of `whole`, in one unit."""

    unused: int
    whole: int


@dataclass(frozen=True, slots=True)
class Proration:
    """What a purchase costs now.

    Attributes:
        price_fen: in full.
        credit_fen: for what is unused of an old plan; at most its price, and at most the new one.
        due_fen: to be paid now.
        effective: when it begins.
        explanation: for the customer.
    """

    price_fen: int
    credit_fen: int
    due_fen: int
    effective: Effective
    explanation: LocalizedText


def credit_fen(price_fen: int, shares: Iterable[Share]) -> int:
    """The part of a price that is still unused by every measure, rounded down to the fen.

    Args:
        price_fen: what was paid.
        shares: of time and of each meter; the smallest counts. A whole of 0 counts as used up.
    """
    return min((_part(price_fen, share) for share in shares), default=0)


def time_share(period: Interval, now: datetime) -> Share:
    """The time of a period that is left, in microseconds."""
    left = min(max(period.end - now, timedelta()), period.length)
    return Share(left // _MICROSECOND, period.length // _MICROSECOND)


def upgrade(old_price_fen: int, new_price_fen: int, shares: Iterable[Share]) -> Proration:
    """A dearer plan from now on, for a full period.

    Args:
        old_price_fen: what was paid for the running period.
        new_price_fen: of the new plan.
        shares: what is unused of the running period: time, and each meter.
    """
    credit = min(credit_fen(old_price_fen, shares), new_price_fen)
    paid, new, due = (format_yuan(fen) for fen in (credit, new_price_fen, new_price_fen - credit))
    explanation = LocalizedText(
        f"立即升级，从现在起算一个完整周期：{new}，减去原套餐未用部分 {paid}，应付 {due}。",
        f"The upgrade begins a full period now: {new}, less {paid} unused of the old plan, {due} due.",
    )
    return Proration(new_price_fen, credit, new_price_fen - credit, "now", explanation)


def downgrade(new_price_fen: int, last_day: date) -> Proration:
    """A cheaper plan once the paid period is over.

    Args:
        new_price_fen: of the new plan.
        last_day: on which the period ends, where the account lives.
    """
    price = format_yuan(new_price_fen)
    explanation = LocalizedText(
        f"当前套餐用到周期结束（{last_day}），之后改为新套餐，每月 {price}；现在无需付款。",
        f"The present plan lasts until {last_day}; the new one follows, {price} a month. Nothing is due now.",
    )
    return Proration(new_price_fen, 0, 0, "period_end", explanation)


def purchase(price_fen: int) -> Proration:
    """A pack, or a first subscription: the full price, at once."""
    price = format_yuan(price_fen)
    return Proration(price_fen, 0, price_fen, "now", LocalizedText(f"应付 {price}。", f"{price} is due."))


def renewal(price_fen: int, first_day: date) -> Proration:
    """A further month of the same plan: paid now, from the end of the present one on.

    Args:
        price_fen: of the month.
        first_day: on which it begins, where the account lives.
    """
    price = format_yuan(price_fen)
    explanation = LocalizedText(
        f"续费一个月，从 {first_day} 起算，应付 {price}。",
        f"One more month from {first_day} on, {price} is due.",
    )
    return Proration(price_fen, 0, price_fen, "period_end", explanation)


def _part(price_fen: int, share: Share) -> int:
    return price_fen * min(max(share.unused, 0), share.whole) // share.whole if share.whole else 0
