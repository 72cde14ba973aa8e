"""The account that a client asks for, over HTTP."""

from __future__ import annotations

from fastapi import APIRouter
from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response

from huisheng.server.accounts import audit, members
from huisheng.server.accounts.account_state import change_account, change_person, describe_session
from huisheng.server.accounts.audit import Actor
from huisheng.server.accounts.endpoints.common import PartsDep, answer_session, session_token
from huisheng.server.accounts.errors import UnknownObject
from huisheng.server.accounts.schemas import (
    AccountChanges,
    AccountView,
    EventView,
    PersonChanges,
    PersonView,
    SessionView,
    SwitchRequest,
)
from huisheng.server.dependencies import RequiresJson
from huisheng.server.errors import MalformedFields, UnsupportedMediaType, refusals
from huisheng.server.paging import ListPage, PageRequestDep, cut_page
from huisheng.server.permissions import MayManage, MaySeeAccount, MaySeeAudit, SignedIn

router = APIRouter(prefix="/api/account", tags=["账户 Account"])

_BODY = (MalformedFields, UnsupportedMediaType)


@router.get("", summary="当前的用户、账户、套餐与余额")
async def get_account(request: Request, parts: PartsDep, client: MaySeeAccount) -> SessionView:
    """Who asks, for which account, and how it stands."""
    token = session_token(request, parts) if client.via == "session" else ""
    csrf = parts.csrf.token(token) if token else ""
    return await parts.database.read(
        lambda session: describe_session(session, parts, client, csrf, parts.clock())
    )


@router.patch("", summary="修改账户", responses=refusals(*_BODY), dependencies=[RequiresJson])
async def patch_account(body: AccountChanges, parts: PartsDep, client: MayManage) -> AccountView:
    """Change the account's name or zone."""
    return await parts.database.write(
        lambda session: AccountView.of(change_account(session, client, body, parts.clock()))
    )


@router.patch("/user", summary="修改用户", responses=refusals(*_BODY), dependencies=[RequiresJson])
async def patch_user(body: PersonChanges, parts: PartsDep, client: SignedIn) -> PersonView:
    """Change the person's name or language."""
    return await parts.database.write(lambda session: PersonView.of(change_person(session, client, body)))


@router.post(
    "/switch",
    summary="切换账户",
    response_model=SessionView,
    responses=refusals(*_BODY, UnknownObject),
    dependencies=[RequiresJson],
)
async def post_switch(body: SwitchRequest, request: Request, parts: PartsDep, client: SignedIn) -> Response:
    """Work for another account of the person."""

    def work(session: Session) -> None:
        members.switch_account(session, client, body.account_id)
        actor = Actor.of(client)
        audit.record(session, actor, "session.switched", parts.clock(), account_id=body.account_id)

    await parts.database.write(work)
    parts.forget_identities()
    return await answer_session(request, parts, session_token(request, parts))


@router.get("/audit", summary="审计日志", responses=refusals(MalformedFields))
async def get_audit(parts: PartsDep, client: MaySeeAudit, page: PageRequestDep) -> ListPage[EventView]:
    """What was done to the account, the latest first."""
    rows = await parts.database.read(lambda session: audit.list_events(session, page, client.account_id))
    return cut_page(rows, page, EventView.of, lambda row: str(row.id))
