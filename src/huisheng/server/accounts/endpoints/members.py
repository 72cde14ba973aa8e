"""Organizations, members and invitations over HTTP."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response
from starlette.status import HTTP_201_CREATED, HTTP_204_NO_CONTENT

from huisheng.errors import Busy
from huisheng.server.accounts import members
from huisheng.server.accounts.endpoints.common import AnyClient, PartsDep, VisitorDep, answer_session
from huisheng.server.accounts.errors import (
    AlreadyMember,
    InvalidToken,
    LastOwner,
    MailUnavailable,
    PersonalAccount,
    TooManyAttempts,
    UnknownObject,
    WeakPassword,
)
from huisheng.server.accounts.repository import list_members
from huisheng.server.accounts.schemas import (
    AcceptRequest,
    AccountView,
    InvitationRequest,
    InvitationView,
    MemberView,
    OrganizationRequest,
    RoleRequest,
    SessionView,
)
from huisheng.server.accounts.text import RowId
from huisheng.server.dependencies import RequiresJson
from huisheng.server.errors import MalformedFields, UnsupportedMediaType, refusals
from huisheng.server.guard.errors import Unauthorized
from huisheng.server.paging import ListPage
from huisheng.server.permissions import MayManageMembers, SignedIn

router = APIRouter(tags=["成员 Members"])

_BODY = (MalformedFields, UnsupportedMediaType)


@router.post(
    "/api/organizations",
    summary="创建组织",
    status_code=HTTP_201_CREATED,
    responses=refusals(*_BODY),
    dependencies=[RequiresJson],
)
async def post_organization(body: OrganizationRequest, parts: PartsDep, client: SignedIn) -> AccountView:
    """Make an organization."""
    account = await parts.database.write(
        lambda session: members.create_organization(session, client, body.name, parts.clock())
    )
    return AccountView.of(account)


@router.get("/api/account/members", summary="成员")
async def get_members(parts: PartsDep, client: SignedIn) -> ListPage[MemberView]:
    """The people of the account, for those among them."""
    rows = await parts.database.read(lambda session: list_members(session, client.account_id))
    return ListPage(items=[MemberView.of(row) for row in rows])


@router.patch(
    "/api/account/members/{user_id}",
    summary="修改成员的角色",
    status_code=HTTP_204_NO_CONTENT,
    responses=refusals(*_BODY, UnknownObject, LastOwner),
    dependencies=[RequiresJson],
)
async def patch_member(user_id: RowId, body: RoleRequest, parts: PartsDep, client: MayManageMembers) -> None:
    """Give a member another role."""
    await parts.database.write(
        lambda session: members.change_role(session, client, user_id, body.role, parts.clock())
    )
    parts.forget_identities()


@router.delete(
    "/api/account/members/{user_id}",
    summary="移除成员，或自己离开",
    status_code=HTTP_204_NO_CONTENT,
    responses=refusals(MalformedFields, UnknownObject, LastOwner, PersonalAccount),
)
async def delete_member(user_id: RowId, parts: PartsDep, client: SignedIn) -> None:
    """Take a member out; everybody may leave."""
    await parts.database.write(lambda session: members.remove_member(session, client, user_id, parts.clock()))
    parts.forget_identities()


@router.get("/api/account/invitations", summary="尚未接受的邀请")
async def get_invitations(parts: PartsDep, client: MayManageMembers) -> ListPage[InvitationView]:
    """The open invitations."""
    rows = await parts.database.read(
        lambda session: members.list_invitations(session, client.account_id, parts.clock())
    )
    return ListPage(items=[InvitationView.of(row) for row in rows])


@router.post(
    "/api/account/invitations",
    summary="用邮件邀请成员",
    status_code=HTTP_201_CREATED,
    responses=refusals(*_BODY, AlreadyMember, MailUnavailable, PersonalAccount, TooManyAttempts),
    dependencies=[RequiresJson],
)
async def post_invitation(
    body: InvitationRequest, parts: PartsDep, client: MayManageMembers
) -> InvitationView:
    """Ask somebody in."""
    return InvitationView.of(await members.invite(parts, client, body.email, body.role))


@router.delete(
    "/api/account/invitations/{invitation_id}",
    summary="撤回邀请",
    status_code=HTTP_204_NO_CONTENT,
    responses=refusals(MalformedFields, UnknownObject),
)
async def delete_invitation(invitation_id: RowId, parts: PartsDep, client: MayManageMembers) -> None:
    """Make an invitation worth nothing."""
    await parts.database.write(
        lambda session: members.revoke_invitation(session, client, invitation_id, parts.clock())
    )


@router.post(
    "/api/invitations/accept",
    summary="接受邀请",
    response_model=SessionView,
    responses=refusals(*_BODY, Unauthorized, InvalidToken, WeakPassword, TooManyAttempts, Busy),
    dependencies=[RequiresJson],
)
async def post_accept(
    body: AcceptRequest, request: Request, parts: PartsDep, client: AnyClient, visitor: VisitorDep
) -> Response:
    """Come in."""
    token = await members.accept_invitation(
        parts, body.token, client, body.password or "", body.name, visitor
    )
    return await answer_session(request, parts, token)
