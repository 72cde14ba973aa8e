"""What endpoints of accounts share."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from huisheng.server.accounts.account_state import describe_session
from huisheng.server.accounts.browser_sessions import Visitor, describe_agent
from huisheng.server.accounts.cookies import read_cookie, set_session_cookies
from huisheng.server.accounts.identities import find_session
from huisheng.server.accounts.parts import AccountParts
from huisheng.server.accounts.tokens import hash_token
from huisheng.server.guard.client import Client


async def _parts(request: Request) -> AccountParts:
    return request.app.state.components.business.accounts


async def _visitor(request: Request) -> Visitor:
    client: Client = request.state.client
    return Visitor(client.address, describe_agent(request.headers.get("user-agent", "")))


async def _anyone(request: Request) -> Client:
    return request.state.client


PartsDep = Annotated[AccountParts, Depends(_parts)]
VisitorDep = Annotated[Visitor, Depends(_visitor)]
AnyClient = Annotated[Client, Depends(_anyone)]
"""Whoever asks, known or not."""


def uses_tls(request: Request, parts: AccountParts) -> bool:
    """Whether cookies are for TLS only: the client uses it, or is known to."""
    return request.url.scheme == "https" or parts.settings.is_https


def session_token(request: Request, parts: AccountParts) -> str:
    """The token in the cookie of a browser; empty for none."""
    return read_cookie(request.headers, "session", is_secure=uses_tls(request, parts))


async def answer_session(request: Request, parts: AccountParts, token: str) -> Response:
    """Who is signed in now, with the cookies of the new session."""
    now, csrf = parts.clock(), parts.csrf.token(token)
    view = await parts.database.read(
        lambda session: describe_session(
            session,
            parts,
            find_session(session, hash_token(token), parts.settings.session_idle, now).client,
            csrf,
            now,
        )
    )
    response = JSONResponse(view.model_dump(mode="json"))
    set_cookies(request, response, parts, token)
    return response


def set_cookies(request: Request, response: Response, parts: AccountParts, token: str) -> None:
    """Sign the browser in."""
    set_session_cookies(
        response,
        token,
        parts.csrf.token(token),
        is_secure=uses_tls(request, parts),
        lifetime=int(parts.settings.session_lifetime.total_seconds()),
    )
