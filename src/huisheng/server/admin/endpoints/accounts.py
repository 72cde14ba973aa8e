"""Accounts, as the operator sees and changes them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from sqlalchemy.orm import Session
from starlette.status import HTTP_201_CREATED

from huisheng.server.accounts.endpoints.common import PartsDep
from huisheng.server.accounts.models import Account
from huisheng.server.accounts.parts import AccountParts
from huisheng.server.accounts.text import RowId
from huisheng.server.admin import repository, service
from huisheng.server.admin.account_detail import describe_account
from huisheng.server.admin.endpoints.common import BODY, ActorDep, Key
from huisheng.server.admin.errors import AccountErased, AccountNotFound
from huisheng.server.admin.repository import AccountStatus
from huisheng.server.admin.schemas import (
    AccountDetail,
    AdminAccount,
    FlagsRequest,
    GivenGrant,
    GrantRequest,
    ReasonRequest,
)
from huisheng.server.admin.service import Gift
from huisheng.server.billing.dependencies import BillingDep
from huisheng.server.database.ids import new_id
from huisheng.server.dependencies import RequiresJson
from huisheng.server.errors import IdempotencyKeyReused, InvalidCursor, refusals
from huisheng.server.paging import ListPage, PageRequestDep, cut_page, time_cursor
from huisheng.server.permissions import require_operator

router = APIRouter(
    prefix="/api/admin/accounts", tags=["管理 Administration"], dependencies=[Depends(require_operator)]
)

_CHANGES = (*BODY, AccountNotFound, AccountErased)

SearchText = Annotated[
    str,
    Query(
        alias="query",
        max_length=100,
        pattern=r"^[^\x00-\x1f\x7f]*$",
        description="邮箱或名称的开头，或者 id。Beginning of an address or a name, or an id.",
    ),
]


@router.get("", summary="查找账户", responses=refusals(InvalidCursor))
async def get_accounts(
    parts: PartsDep, page: PageRequestDep, text: SearchText = "", status: AccountStatus | None = None
) -> ListPage[AdminAccount]:
    """Accounts, the newest first."""
    rows = await parts.database.read(
        lambda session: repository.search_accounts(session, text.strip(), status, page)
    )
    return cut_page(
        rows, page, AdminAccount.of, lambda row: time_cursor(row.account.created_at, row.account.id)
    )


@router.get("/{account_id}", summary="一个账户的全部信息", responses=refusals(AccountNotFound))
async def get_account(account_id: RowId, parts: PartsDep, billing: BillingDep) -> AccountDetail:
    """An account with its people, keys, plan, orders and history."""
    return await parts.database.read(
        lambda session: describe_account(session, parts.standing, billing.config, account_id, parts.clock())
    )


@router.post(
    "/{account_id}/suspend",
    summary="停用账户",
    responses=refusals(*_CHANGES),
    dependencies=[RequiresJson],
)
async def post_suspend(
    account_id: RowId, body: ReasonRequest, parts: PartsDep, actor: ActorDep
) -> AdminAccount:
    """Have nothing more spoken for an account; its people are signed out, and what runs is finished."""
    return await _change(
        parts,
        lambda session: service.suspend(session, actor, account_id, body.reason, parts.clock()),
    )


@router.post(
    "/{account_id}/resume",
    summary="恢复账户",
    responses=refusals(*_CHANGES),
    dependencies=[RequiresJson],
)
async def post_resume(
    account_id: RowId, body: ReasonRequest, parts: PartsDep, actor: ActorDep
) -> AdminAccount:
    """Let an account go on that was suspended."""
    return await _change(
        parts,
        lambda session: service.resume(session, actor, account_id, body.reason, parts.clock()),
    )


@router.put(
    "/{account_id}/flags",
    summary="设置账户的标记",
    responses=refusals(*_CHANGES),
    dependencies=[RequiresJson],
)
async def put_flags(account_id: RowId, body: FlagsRequest, parts: PartsDep, actor: ActorDep) -> AdminAccount:
    """Replace the flags of an account."""
    return await _change(
        parts,
        lambda session: service.set_flags(session, actor, account_id, body.flags, body.reason, parts.clock()),
    )


@router.post(
    "/{account_id}/grants",
    summary="赠送额度",
    status_code=HTTP_201_CREATED,
    responses=refusals(*_CHANGES, IdempotencyKeyReused),
    dependencies=[RequiresJson],
)
async def post_grant(
    account_id: RowId, body: GrantRequest, parts: PartsDep, actor: ActorDep, key: Key = ""
) -> GivenGrant:
    """Give an account an allowance."""
    gift = Gift(account_id, body.meter, body.amount, body.valid_days, body.reason, key or new_id("gft"))
    return await parts.database.write(
        lambda session: GivenGrant.of(service.give_grant(session, actor, gift, parts.clock()))
    )


async def _change(parts: AccountParts, work: Callable[[Session], Account]) -> AdminAccount:
    """Change an account, seen at once on this server; how it is then."""

    def change(session: Session) -> AdminAccount:
        (summary,) = repository.summarize(session, [work(session)])
        return AdminAccount.of(summary)

    changed = await parts.database.write(change)
    parts.forget_identities()
    return changed
