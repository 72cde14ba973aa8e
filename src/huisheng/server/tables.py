"""All tables, of every feature: what migrations are held to."""

from __future__ import annotations

from typing import Final

from sqlalchemy import MetaData

from huisheng.server.accounts import models as accounts
from huisheng.server.billing import models as billing
from huisheng.server.database.models import TableBase
from huisheng.server.ledger import models as ledger
from huisheng.server.usage import models as usage

FEATURES: Final = (accounts, ledger, usage, billing)
"""Modules that declare tables."""

APPEND_ONLY: Final = (
    ledger.Journal,
    ledger.Entry,
    ledger.BalanceForward,
    usage.ReservationEnd,
    accounts.AuditEvent,
    billing.Payment,
)
"""Tables whose rows are never changed or deleted; triggers refuse it."""


def metadata() -> MetaData:
    """The description of all tables."""
    return TableBase.metadata
