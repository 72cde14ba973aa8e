"""What other features keep of an account, for its export and its deletion."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Protocol

from sqlalchemy.orm import Session

from huisheng.errors import HuishengError


class AccountFeature(Protocol):
    """A feature that keeps something of accounts."""

    name: str
    """The key of its part of an export."""

    def export(self, session: Session, account_id: str) -> Iterable[Mapping[str, Any]]:
        """All that it holds of an account, row after row, as JSON can hold it."""
        ...

    def objections(self, session: Session, account_id: str, now: datetime) -> Iterable[HuishengError]:
        """Why an account cannot be deleted now: a subscription renews, money is owed."""
        ...

    def erase(self, session: Session, account_id: str, now: datetime) -> None:
        """Erase what names a person; the books keep the account's id."""
        ...
