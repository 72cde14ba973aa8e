"""What a client may do, as data; endpoints name what they need by the type of a parameter.

Where there are no accounts everybody whom the guard lets in may do everything that there is.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Annotated, Final, Literal, TypeAlias, get_args

from fastapi import Depends
from starlette.requests import HTTPConnection

from huisheng.server.guard.client import Client, Role, Scope
from huisheng.server.guard.errors import AccountSuspended, NotPermitted, Unauthorized

Permission: TypeAlias = Literal[
    "speak",
    "see_voices",
    "see_account",
    "see_usage",
    "bill",
    "manage_keys",
    "manage_account",
    "manage_members",
    "see_audit",
    "own",
]
"""Speak and read texts; list voices and emotions; see the account, its usage; buy; manage keys, name and
zone, members; see the audit log; export and delete it and say who owns it.
"""

ROLE_PERMISSIONS: Final[Mapping[Role, frozenset[Permission]]] = {
    "owner": frozenset(get_args(Permission)),
    "admin": frozenset(get_args(Permission)) - {"own"},
    "member": frozenset({"speak", "see_voices", "see_account", "see_usage"}),
    "billing": frozenset({"see_voices", "see_account", "see_usage", "bill"}),
}
"""For people."""

SCOPE_PERMISSIONS: Final[Mapping[Scope, frozenset[Permission]]] = {
    "speech": frozenset({"speak", "see_voices"}),
    "usage": frozenset({"see_account", "see_usage"}),
    "billing": frozenset({"see_account", "bill"}),
    "account": frozenset({"see_account", "manage_keys", "manage_account"}),
}
"""For programs: members, the audit log and the account as a whole are for people."""

ROLE_SCOPES: Final[Mapping[Role, frozenset[Scope]]] = {
    "owner": frozenset(get_args(Scope)),
    "admin": frozenset(get_args(Scope)),
    "member": frozenset({"speech", "usage"}),
    "billing": frozenset({"usage", "billing"}),
}
"""The scopes that stand for what a role may do."""

BARRED: Final[frozenset[Permission]] = frozenset({"speak", "manage_keys", "manage_members"})
"""What nobody may do while an account is suspended."""


def permissions(client: Client) -> frozenset[Permission]:
    """All that a client may do, suspended or not."""
    if client.role:
        return ROLE_PERMISSIONS[client.role]
    return frozenset[Permission]().union(*(SCOPE_PERMISSIONS[scope] for scope in client.scopes))


def require(client: Client, permission: Permission) -> None:
    """Refuse a client that may not do something.

    Raises:
        Unauthorized: it is not known.
        NotPermitted: its role or its scopes do not allow it.
        AccountSuspended: nobody may now.
    """
    if not client.scopes:
        raise Unauthorized(given=False)
    if permission not in permissions(client):
        raise NotPermitted
    if client.is_suspended and permission in BARRED:
        raise AccountSuspended


def _demand(permission: Permission) -> Callable[[HTTPConnection], Awaitable[Client]]:
    async def permit(connection: HTTPConnection) -> Client:
        client: Client = connection.state.client
        require(client, permission)
        return client

    return permit


def _demand_of_account(permission: Permission) -> Callable[[HTTPConnection], Awaitable[Client]]:
    async def permit(connection: HTTPConnection) -> Client:
        client: Client = connection.state.client
        require(client, permission)
        if not client.account_id:
            raise NotPermitted
        return client

    return permit


async def require_person(connection: HTTPConnection) -> Client:
    """A person who is signed in.

    Raises:
        Unauthorized: nobody is.
        NotPermitted: it is a program.
    """
    client: Client = connection.state.client
    if not client.scopes:
        raise Unauthorized(given=False)
    if not client.user_id:
        raise NotPermitted
    return client


async def require_operator(connection: HTTPConnection) -> Client:
    """Whoever runs this server.

    Raises:
        Unauthorized: nobody is signed in.
        NotPermitted: it is somebody else.
    """
    client: Client = connection.state.client
    if not client.scopes:
        raise Unauthorized(given=False)
    if not client.is_operator:
        raise NotPermitted
    return client


may_speak: Final = _demand("speak")
may_see_voices: Final = _demand("see_voices")
"""For `dependencies=` of routers whose endpoints do not ask for the client."""

MaySpeak = Annotated[Client, Depends(may_speak)]
MaySeeVoices = Annotated[Client, Depends(may_see_voices)]
MaySeeAccount = Annotated[Client, Depends(_demand_of_account("see_account"))]
MaySeeUsage = Annotated[Client, Depends(_demand_of_account("see_usage"))]
MayBill = Annotated[Client, Depends(_demand_of_account("bill"))]
MayManageKeys = Annotated[Client, Depends(_demand_of_account("manage_keys"))]
MayManage = Annotated[Client, Depends(_demand_of_account("manage_account"))]
MayManageMembers = Annotated[Client, Depends(_demand_of_account("manage_members"))]
MaySeeAudit = Annotated[Client, Depends(_demand_of_account("see_audit"))]
MayOwn = Annotated[Client, Depends(_demand_of_account("own"))]
SignedIn = Annotated[Client, Depends(require_person)]
Operator = Annotated[Client, Depends(require_operator)]
