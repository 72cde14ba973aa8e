"""Signing up, in and out, by password, over HTTP."""

from __future__ import annotations

from fastapi import APIRouter, BackgroundTasks
from starlette.requests import Request
from starlette.responses import Response
from starlette.status import HTTP_202_ACCEPTED, HTTP_204_NO_CONTENT

from huisheng.errors import Busy
from huisheng.server.accounts import app_tokens, sign_in, sign_up
from huisheng.server.accounts.browser_sessions import end_session, list_sessions
from huisheng.server.accounts.cookies import clear_session_cookies
from huisheng.server.accounts.endpoints.common import (
    AnyClient,
    PartsDep,
    VisitorDep,
    answer_session,
    set_cookies,
    uses_tls,
)
from huisheng.server.accounts.errors import (
    EmailUnverified,
    InvalidToken,
    MailUnavailable,
    SignupClosed,
    TooManyAttempts,
    UnknownObject,
    WeakPassword,
    WrongCredentials,
)
from huisheng.server.accounts.mail_limits import may_mail
from huisheng.server.accounts.schemas import (
    Accepted,
    AppTokenRequest,
    AppTokens,
    BrowserView,
    ChangePasswordRequest,
    EmailRequest,
    PasswordRequest,
    RefreshRequest,
    ResetRequest,
    SessionView,
    SignUpRequest,
    TokenRequest,
)
from huisheng.server.accounts.sign_up import SignUp
from huisheng.server.accounts.text import RowId
from huisheng.server.dependencies import RequiresJson
from huisheng.server.errors import MalformedFields, UnsupportedMediaType, refusals
from huisheng.server.guard.errors import SessionEnded
from huisheng.server.paging import ListPage
from huisheng.server.permissions import SignedIn

router = APIRouter(prefix="/api/auth", tags=["登录 Sign-in"])

_BODY = (MalformedFields, UnsupportedMediaType, TooManyAttempts, Busy)


@router.post(
    "/signup",
    summary="注册",
    status_code=HTTP_202_ACCEPTED,
    responses=refusals(*_BODY, SignupClosed, WeakPassword),
    dependencies=[RequiresJson],
)
async def post_signup(body: SignUpRequest, parts: PartsDep, visitor: VisitorDep) -> Accepted:
    """Sign up. The answer is the same for an address that is known."""
    await sign_up.sign_up(parts, SignUp(**body.model_dump()), visitor)
    return Accepted()


@router.post(
    "/verify",
    summary="用邮件中的链接验证邮箱",
    response_model=SessionView,
    responses=refusals(*_BODY, InvalidToken),
    dependencies=[RequiresJson],
)
async def post_verify(body: TokenRequest, request: Request, parts: PartsDep, visitor: VisitorDep) -> Response:
    """Prove an address, and sign in."""
    return await answer_session(request, parts, await sign_up.verify_email(parts, body.token, visitor))


@router.post(
    "/verify/resend",
    summary="重新发送验证邮件",
    status_code=HTTP_202_ACCEPTED,
    responses=refusals(*_BODY, MailUnavailable),
    dependencies=[RequiresJson],
)
async def post_resend(
    body: EmailRequest, parts: PartsDep, visitor: VisitorDep, after: BackgroundTasks
) -> Accepted:
    """Mail a new link. It is mailed behind the answer, whose time tells nothing then."""
    parts.require_mail()
    if await may_mail(parts, body.email, visitor.address):
        after.add_task(sign_up.mail_verification, parts, body.email, visitor)
    return Accepted()


@router.post(
    "/login",
    summary="登录",
    response_model=SessionView,
    responses=refusals(*_BODY, WrongCredentials, EmailUnverified),
    dependencies=[RequiresJson],
)
async def post_login(
    body: PasswordRequest, request: Request, parts: PartsDep, visitor: VisitorDep, client: AnyClient
) -> Response:
    """Sign in."""
    token = await sign_in.sign_in(parts, body.email, body.password, visitor, client)
    return await answer_session(request, parts, token)


@router.post("/logout", summary="退出登录", status_code=HTTP_204_NO_CONTENT)
async def post_logout(request: Request, parts: PartsDep, client: SignedIn) -> Response:
    """Sign out."""
    await sign_in.sign_out(parts, client)
    response = Response(status_code=HTTP_204_NO_CONTENT)
    clear_session_cookies(response, is_secure=uses_tls(request, parts))
    return response


@router.post(
    "/password/forgot",
    summary="忘记密码：发送重置邮件",
    status_code=HTTP_202_ACCEPTED,
    responses=refusals(*_BODY, MailUnavailable),
    dependencies=[RequiresJson],
)
async def post_forgot(
    body: EmailRequest, parts: PartsDep, visitor: VisitorDep, after: BackgroundTasks
) -> Accepted:
    """Mail a link for a new password, behind the answer as well."""
    parts.require_mail()
    if await may_mail(parts, body.email, visitor.address):
        after.add_task(sign_in.mail_reset, parts, body.email, visitor)
    return Accepted()


@router.post(
    "/password/reset",
    summary="用邮件中的链接重置密码",
    response_model=SessionView,
    responses=refusals(*_BODY, InvalidToken, WeakPassword),
    dependencies=[RequiresJson],
)
async def post_reset(body: ResetRequest, request: Request, parts: PartsDep, visitor: VisitorDep) -> Response:
    """Choose a new password, and sign in."""
    token = await sign_in.reset_password(parts, body.token, body.password, visitor)
    return await answer_session(request, parts, token)


@router.post(
    "/password/change",
    summary="修改密码",
    status_code=HTTP_204_NO_CONTENT,
    responses=refusals(*_BODY, WrongCredentials, WeakPassword),
    dependencies=[RequiresJson],
)
async def post_change(
    body: ChangePasswordRequest, request: Request, parts: PartsDep, visitor: VisitorDep, client: SignedIn
) -> Response:
    """Change the password; other browsers and apps are signed out."""
    token = await sign_in.change_password(parts, client, body.current, body.new, visitor)
    response = Response(status_code=HTTP_204_NO_CONTENT)
    if client.via == "session":
        set_cookies(request, response, parts, token)
    return response


@router.post(
    "/token",
    summary="应用登录：取得令牌",
    responses=refusals(*_BODY, WrongCredentials, EmailUnverified, UnknownObject),
    dependencies=[RequiresJson],
)
async def post_token(body: AppTokenRequest, parts: PartsDep, visitor: VisitorDep) -> AppTokens:
    """Sign an app in."""
    pair = await app_tokens.issue_tokens(parts, body.email, body.password, visitor, body.account_id or "")
    return _app_tokens(pair)


@router.post(
    "/token/refresh",
    summary="应用换取新的令牌",
    responses=refusals(*_BODY, SessionEnded),
    dependencies=[RequiresJson],
)
async def post_refresh(body: RefreshRequest, parts: PartsDep, visitor: VisitorDep) -> AppTokens:
    """A new pair of tokens; the refresh token is used up."""
    return _app_tokens(await app_tokens.refresh(parts, body.refresh_token, visitor))


@router.post(
    "/token/revoke",
    summary="应用退出登录",
    status_code=HTTP_204_NO_CONTENT,
    responses=refusals(*_BODY),
    dependencies=[RequiresJson],
)
async def post_revoke(body: RefreshRequest, parts: PartsDep) -> None:
    """Sign an app out."""
    await app_tokens.revoke(parts, body.refresh_token)


@router.get("/sessions", summary="已登录的浏览器")
async def get_sessions(parts: PartsDep, client: SignedIn) -> ListPage[BrowserView]:
    """The browsers of the person that are signed in."""
    rows = await parts.database.read(
        lambda session: list_sessions(session, client.user_id, parts.settings.session_idle, parts.clock())
    )
    return ListPage(items=[BrowserView.of(row, client.session_id) for row in rows])


@router.delete(
    "/sessions/{session_id}",
    summary="让一个浏览器退出登录",
    status_code=HTTP_204_NO_CONTENT,
    responses=refusals(UnknownObject),
)
async def delete_session(session_id: RowId, parts: PartsDep, client: SignedIn) -> None:
    """Sign a browser out."""
    is_ended = await parts.database.write(
        lambda session: end_session(session, client.user_id, session_id, parts.clock())
    )
    parts.forget_identities()
    if not is_ended:
        raise UnknownObject


def _app_tokens(pair: app_tokens.TokenPair) -> AppTokens:
    return AppTokens(
        access_token=pair.access_token, refresh_token=pair.refresh_token, expires_in=pair.expires_in
    )
