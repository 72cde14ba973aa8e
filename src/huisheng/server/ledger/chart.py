"""The chart of accounts: the places between which amounts move.

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
"""Of a ledger account."""

Operation: TypeAlias = Literal[
    "issue", "reserve", "settle", "release", "expire", "revoke", "payment", "refund", "adjust"
]
"""Of a journal: what happened."""

FEN: Final = "fen"
"""The unit of money: the hundredth part of a yuan."""


@dataclass(frozen=True, slots=True, order=True)
class Place:
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


def grant(account_id: str, meter: str, grant_id: str) -> Place:
    """What is left of a grant."""
    return Place("grant", meter, account_id, grant_id)


def reserved(account_id: str, meter: str) -> Place:
    """What an account's requests under way hold."""
    return Place("reserved", meter, account_id)


def used(account_id: str, meter: str) -> Place:
    """What an account has used."""
    return Place("used", meter, account_id)


def issued(meter: str) -> Place:
    """Everything that was ever given, below zero."""
    return Place("issued", meter)


def expired(meter: str) -> Place:
    """What nobody used in time."""
    return Place("expired", meter)


def cash(method: str, unit: str = FEN) -> Place:
    """What a method of payment has brought, less what went back."""
    return Place("cash", unit, detail=method)


def revenue(unit: str = FEN) -> Place:
    """Everything that was ever paid, below zero."""
    return Place("revenue", unit)


def refunded(unit: str = FEN) -> Place:
    """Everything that was ever paid back."""
    return Place("refunded", unit)
