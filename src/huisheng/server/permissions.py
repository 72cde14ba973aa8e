"""What a client may do, as data; endpoints name what they need by the type of a parameter.

Where there are no accounts everybody whom the guard lets in may do everything that there is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Final, Literal, TypeAlias, get_args

from fastapi import Depends
from starlette.requests import HTTPConnection

from huisheng.server.guard.client import Client, Role, Scope
from huisheng.server.guard.errors import (
    AccountNeeded,
    AccountSuspended,
    LicenseSuspended,
    NotOperator,
    NotPermitted,
)

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

Need: TypeAlias = Permission | Literal["person", "operator"]
"""What an endpoint asks for: a permission, a person of whatever role, or whoever runs this server."""

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

BARRED: Final[frozenset[Need]] = frozenset({"speak", "manage_keys", "manage_members"})
"""What nobody may do while an account is suspended."""


def permissions(client: Client) -> frozenset[Permission]:
    """All that a client may do, suspended or not."""
    if client.role:
        return ROLE_PERMISSIONS[client.role]
    return frozenset[Permission]().union(*(SCOPE_PERMISSIONS[scope] for scope in client.scopes))


def meets(client: Client, need: Need) -> bool:
    """Whether a client is, or may do, what is needed; suspended or not."""
    match need:
        case "person":
            return bool(client.user_id)
        case "operator":
            return client.is_operator
        case _:
            return need in permissions(client)


def require(client: Client, need: Need) -> None:
    """Refuse a client that may not do something.

    Raises:
        AccountNeeded: it is not known.
        NotPermitted: its role or its scopes do not allow it, or it is not who is needed.
        AccountSuspended: nobody may now, for the operator or, as `LicenseSuspended`, for the licence.
    """
    if not client.scopes:
        raise AccountNeeded(given=False)
    if not meets(client, need):
        raise NotOperator if need == "operator" else NotPermitted
    if need in BARRED and client.suspended_by:
        raise LicenseSuspended if client.suspended_by == "license" else AccountSuspended


@dataclass(frozen=True, slots=True)
class Requirement:
    """What an endpoint needs of its client. Its method `permit` is the dependency.

    Attributes:
        need: what the client has to be, or to be permitted.
        of_account: whether it has to belong to an account, as keys of the settings do not.
    """

    need: Need
    of_account: bool = True

    async def permit(self, connection: HTTPConnection) -> Client:
        """The client. Raises as `require`."""
        client: Client = connection.state.client
        require(client, self.need)
        if self.of_account and not client.account_id:
            raise NotPermitted
        return client


may_speak: Final = Requirement("speak", of_account=False).permit
may_see_voices: Final = Requirement("see_voices", of_account=False).permit
require_operator: Final = Requirement("operator", of_account=False).permit
"""For `dependencies=` of routers whose endpoints do not ask for the client."""

MaySpeak = Annotated[Client, Depends(may_speak)]
MaySeeVoices = Annotated[Client, Depends(may_see_voices)]
MaySeeAccount = Annotated[Client, Depends(Requirement("see_account").permit)]
MaySeeUsage = Annotated[Client, Depends(Requirement("see_usage").permit)]
MayBill = Annotated[Client, Depends(Requirement("bill").permit)]
MayManageKeys = Annotated[Client, Depends(Requirement("manage_keys").permit)]
MayManage = Annotated[Client, Depends(Requirement("manage_account").permit)]
MayManageMembers = Annotated[Client, Depends(Requirement("manage_members").permit)]
MaySeeAudit = Annotated[Client, Depends(Requirement("see_audit").permit)]
MayOwn = Annotated[Client, Depends(Requirement("own").permit)]
SignedIn = Annotated[Client, Depends(Requirement("person").permit)]
Operator = Annotated[Client, Depends(require_operator)]
