"""An account with all that belongs to it, as its operator sees it."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from sqlalchemy.orm import Session

from huisheng.server.accounts.audit import list_events
from huisheng.server.accounts.standing import StandingSource
from huisheng.server.admin.repository import find_account, last_use, list_keys, list_members, summarize
from huisheng.server.admin.schemas import AccountDetail, AdminAccount, AdminEvent, AdminKey, AdminMember
from huisheng.server.billing.orders import list_orders
from huisheng.server.billing.repository import newest_subscription
from huisheng.server.billing.schemas import OrderInfo, SubscriptionInfo
from huisheng.server.billing.values import BillingConfig
from huisheng.server.paging import PageRequest

_SHOWN: Final = 20
"""Events and orders, the latest of which are shown."""


def describe_account(
    session: Session, standing: StandingSource, config: BillingConfig, account_id: str, now: datetime
) -> AccountDetail:
    """An account.

    Args:
        session: of a unit of work.
        standing: knows how accounts stand.
        config: of billing.
        account_id: of the account.
        now: the time.

    Raises:
        AccountNotFound: there is none.
    """
    account = find_account(session, account_id)
    (summary,) = summarize(session, [account])
    stands = standing(session, account_id, now)
    subscription = newest_subscription(session, account_id)
    orders = list_orders(session, account_id, PageRequest(_SHOWN))[:_SHOWN]
    events = list_events(session, PageRequest(_SHOWN), account_id, for_operator=True)[:_SHOWN]
    return AccountDetail(
        account=AdminAccount.of(summary),
        members=[AdminMember.of(member) for member in list_members(session, account_id)],
        keys=[AdminKey.of(row) for row in list_keys(session, account_id)],
        plan=stands.plan,
        balances=stands.balances,
        limits=stands.limits,
        subscription=subscription and SubscriptionInfo.of(subscription, config, now),
        orders=[OrderInfo.of(view) for view in orders],
        last_used_at=last_use(session, account_id),
        audit=[AdminEvent.of(event) for event in events],
    )
