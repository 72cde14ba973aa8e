"""Signing in at an OpenID provider, over HTTP: two redirects."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query
from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import RedirectResponse
from starlette.status import HTTP_204_NO_CONTENT, HTTP_303_SEE_OTHER

from huisheng.errors import HuishengError
from huisheng.server.accounts.cookies import clear_oidc_cookie, read_cookie, set_oidc_cookie
from huisheng.server.accounts.endpoints.common import (
    AnyClient,
    PartsDep,
    VisitorDep,
    session_token,
    set_cookies,
    uses_tls,
)
from huisheng.server.accounts.errors import LastSignIn, SignInFailed, TooManyAttempts, UnknownObject
from huisheng.server.accounts.linked_identities import identity_id, list_identities, unlink_identity
from huisheng.server.accounts.oidc_sign_in import LIFETIME, OidcSignIn
from huisheng.server.accounts.settings import SignupRule
from huisheng.server.errors import MalformedFields, refusals
from huisheng.server.paging import ListPage
from huisheng.server.permissions import SignedIn

router = APIRouter(prefix="/api/auth", tags=["登录 Sign-in"])


class ProviderView(BaseModel):
    """A provider: its id, and what people call it."""

    id: str
    name: str


class SignInOptions(BaseModel):
    """The ways in: who may sign up, whether forgotten passwords are reset by mail, and the providers that
    people can sign in at.
    """

    signup: SignupRule
    mail: bool
    providers: Sequence[ProviderView]


class IdentityView(BaseModel):
    """An identity that is linked: its id, and the provider's id and name."""

    id: str
    provider: str
    name: str
    created_at: datetime


async def _oidc(request: Request) -> OidcSignIn:
    return request.app.state.components.business.oidc


OidcDep = Annotated[OidcSignIn, Depends(_oidc)]
ProviderId = Annotated[str, Path(pattern=r"^[a-z0-9][a-z0-9-]{0,31}$")]
IdentityId = Annotated[str, Path(pattern=r"^[0-9a-f]{20}$")]
ReturnTo = Annotated[str, Query(max_length=300, description="登录后前往的路径")]


@router.get("/options", summary="可用的注册与登录方式")
async def get_options(parts: PartsDep, oidc: OidcDep) -> SignInOptions:
    """How people can sign up and in here."""
    providers = [ProviderView(id=each, name=name) for each, name in oidc.names.items()]
    return SignInOptions(signup=parts.signup_rule, mail=parts.sends_mail, providers=providers)


@router.get(
    "/oidc/{provider}/start",
    summary="前往第三方登录",
    status_code=HTTP_303_SEE_OTHER,
    response_class=RedirectResponse,
    responses=refusals(MalformedFields, UnknownObject, SignInFailed, TooManyAttempts),
)
async def get_start(
    provider: ProviderId,
    request: Request,
    parts: PartsDep,
    oidc: OidcDep,
    client: AnyClient,
    visitor: VisitorDep,
    return_to: ReturnTo = "/account",
) -> RedirectResponse:
    """Send the browser to a provider. Whoever is signed in links their identity there."""
    url, state = await oidc.start(provider, return_to, client, visitor)
    response = RedirectResponse(url, HTTP_303_SEE_OTHER)
    lifetime = int(LIFETIME.total_seconds())
    set_oidc_cookie(response, state, is_secure=uses_tls(request, parts), lifetime=lifetime)
    return response


@router.get(
    "/oidc/{provider}/callback",
    summary="从第三方登录返回",
    status_code=HTTP_303_SEE_OTHER,
    response_class=RedirectResponse,
    responses=refusals(MalformedFields),
)
async def get_callback(
    provider: ProviderId, request: Request, parts: PartsDep, oidc: OidcDep, visitor: VisitorDep
) -> RedirectResponse:
    """Let in whoever comes back. A refusal is told by the page: `/account#error=<code>`."""
    is_secure = uses_tls(request, parts)
    bound = read_cookie(request.headers, "oidc", is_secure=is_secure)
    try:
        arrival = await oidc.finish(
            provider, request.query_params, bound, session_token(request, parts), visitor
        )
    except HuishengError as error:
        response = RedirectResponse(f"/account#error={error.code}", HTTP_303_SEE_OTHER)
    else:
        response = RedirectResponse(arrival.return_to, HTTP_303_SEE_OTHER)
        if arrival.session_token:
            set_cookies(request, response, parts, arrival.session_token)
    clear_oidc_cookie(response, is_secure=is_secure)
    return response


@router.get("/identities", summary="已关联的第三方登录")
async def get_identities(parts: PartsDep, oidc: OidcDep, client: SignedIn) -> ListPage[IdentityView]:
    """The identities that the person can sign in by, the oldest first."""
    rows = await parts.database.read(lambda session: list_identities(session, client.user_id))
    return ListPage(
        items=[
            IdentityView(
                id=identity_id(row),
                provider=row.provider,
                name=oidc.names.get(row.provider, row.provider),
                created_at=row.created_at,
            )
            for row in rows
        ]
    )


@router.delete(
    "/identities/{identity}",
    summary="取消关联第三方登录",
    status_code=HTTP_204_NO_CONTENT,
    responses=refusals(MalformedFields, UnknownObject, LastSignIn),
)
async def delete_identity(identity: IdentityId, parts: PartsDep, oidc: OidcDep, client: SignedIn) -> None:
    """Take an identity off; never the last way to sign in."""
    await parts.database.write(
        lambda session: unlink_identity(session, client, identity, oidc.names, parts.clock())
    )
