"""The chart of accounts: the accounts between which amounts move.

    issued  ──issue──▶ grant ──reserve──▶ reserved ──settle──▶ used
       ▲                 │ ▲                  │
       └─────revoke──────┤ └─────release──────┘
                         └─expire──▶ expired

    revenue ──payment──▶ cash ──refund──▶ refunded

Meters are counted in calls, characters or seconds, money in fen. `issued` and `revenue` are below zero: all
balances of a unit sum to zero.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

Kind: TypeAlias = Literal[
    "grant", "reserved", "used", "issued", "expired", "cash", "revenue", "refunded", "adjustment"
]
"""The kind of a ledger account."""

Operation: TypeAlias = Literal[
    "issue", "reserve", "settle", "release", "expire", "revoke", "payment", "refund", "adjust"
]
"""The kind of a journal."""

FEN: Final = "fen"
"""The unit of money: the hundredth part of a yuan."""


@dataclass(frozen=True, slots=True, order=True)
class AccountName:
    """A ledger account by its names.

    Attributes:
        kind: of the chart.
        unit: a meter, or a minor unit of money.
        owner: the account whose it is; empty for the server's own.
        detail: tells those of one kind apart; empty where there is one.
    """

    kind: Kind
    unit: str
    owner: str = ""
    detail: str = ""


def grant_account(account_id: str, meter: str, grant_id: str) -> AccountName:
    """What is left of a grant."""
    return AccountName("grant", meter, account_id, grant_id)


def reserved_account(account_id: str, meter: str) -> AccountName:
    """What an account's requests under way hold."""
    return AccountName("reserved", meter, account_id)


def used_account(account_id: str, meter: str) -> AccountName:
    """What an account has used."""
    return AccountName("used", meter, account_id)


def issued_account(meter: str) -> AccountName:
    """Everything that was ever given, below zero."""
    return AccountName("issued", meter)


def expired_account(meter: str) -> AccountName:
    """What nobody used in time."""
    return AccountName("expired", meter)


def cash_account(method: str, unit: str = FEN) -> AccountName:
    """What a method of payment has brought, less what went back."""
    return AccountName("cash", unit, detail=method)


def revenue_account(unit: str = FEN) -> AccountName:
    """Everything that was ever paid, below zero."""
    return AccountName("revenue", unit)


def refund_account(unit: str = FEN) -> AccountName:
    """Everything that was ever paid back."""
    return AccountName("refunded", unit)
