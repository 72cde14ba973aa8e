"""The account that a client asks for, over HTTP."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request

from huisheng.server.accounts.account_state import describe_session
from huisheng.server.accounts.endpoints.common import PartsDep, session_token
from huisheng.server.accounts.schemas import SessionView
from huisheng.server.permissions import MaySeeAccount

router = APIRouter(prefix="/api/account", tags=["账户 Account"])


@router.get("", summary="当前的用户、账户、套餐与余额")
async def get_account(request: Request, parts: PartsDep, client: MaySeeAccount) -> SessionView:
    """Who asks, for which account, and how it stands."""
    token = session_token(request, parts) if client.via == "session" else ""
    csrf = parts.csrf.token(token) if token else ""
    return await parts.database.read(
        lambda session: describe_session(session, parts, client, csrf, parts.clock())
    )
