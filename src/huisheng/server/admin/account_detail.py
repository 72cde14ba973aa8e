"""An account with all that belongs to it, as its operator sees it."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from sqlalchemy.orm import Session

from huisheng.server.accounts.audit import list_events
from huisheng.server.accounts.standing import StandingSource
from huisheng.server.admin.repository import find_account, list_keys, list_members, summarize
from huisheng.server.admin.schemas import AccountDetail, AdminAccount, AdminEvent, AdminKey, AdminMember
from huisheng.server.paging import PageRequest

_SHOWN: Final = 20
"""Events, the latest of which are shown."""


def describe_account(
    session: Session, standing: StandingSource, account_id: str, now: datetime
) -> AccountDetail:
    """An account.

    Args:
        session: of a unit of work.
        standing: knows how accounts stand.
        account_id: of the account.
        now: the time.

    Raises:
        AccountNotFound: there is none.
    """
    account = find_account(session, account_id)
    (summary,) = summarize(session, [account])
    stands = standing(session, account_id, now)
    events = list_events(session, PageRequest(_SHOWN), account_id, for_operator=True)[:_SHOWN]
    return AccountDetail(
        account=AdminAccount.of(summary),
        members=[AdminMember.of(member) for member in list_members(session, account_id)],
        keys=[AdminKey.of(row) for row in list_keys(session, account_id)],
        plan=stands.plan,
        balances=stands.balances,
        limits=stands.limits,
        audit=[AdminEvent.of(event) for event in events],
    )
