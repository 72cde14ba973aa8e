"""The client that sent a request, for logs, limits, the cache, the audit log and the books."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

Scope: TypeAlias = Literal["speech", "usage", "billing", "account"]
"""What a credential may do: speak and read; see what was used; buy; manage keys and members."""

SCOPES: Final[frozenset[Scope]] = frozenset({"speech", "usage", "billing", "account"})

Role: TypeAlias = Literal["owner", "admin", "member", "billing"]
"""A person's place in an account."""

Via: TypeAlias = Literal["", "key", "session", "token"]
"""The kind of credential: an API key, the cookie of a browser, the access token of an app."""


Suspension: TypeAlias = Literal["", "operator", "license"]
"""What has stopped an account; empty for nothing."""


@dataclass(frozen=True, slots=True)
class Client:
    """The sender of a request. Without accounts only the first two are ever set.

    Attributes:
        address: IP address of the client behind the trusted proxies; empty where the socket has none.
        key_id: of a key in the settings, the first eight hex digits of its SHA-256; of an API key, its id.
        account_id: whom usage and money belong to; empty where nothing is charged.
        user_id: the person; empty for an API key.
        session_id: of the browser that is signed in.
        via: the credential.
        role: of the person in the account.
        scopes: what the credential may do.
        is_operator: may administer the server.
        suspended_by: why nothing is spoken for the account: its operator, or the server's licence.
        hidden_voices: ids of voices that belong to others: there are none such for the sender.
    """

    address: str = ""
    key_id: str = ""
    account_id: str = ""
    user_id: str = ""
    session_id: str = ""
    via: Via = ""
    role: Role | Literal[""] = ""
    scopes: frozenset[Scope] = SCOPES
    is_operator: bool = False
    suspended_by: Suspension = ""
    hidden_voices: frozenset[str] = frozenset()

    @property
    def is_suspended(self) -> bool:
        """Whether nothing is spoken for the account."""
        return bool(self.suspended_by)

    @property
    def owner(self) -> str:
        """Whose answers are kept apart where they are not shared."""
        return self.account_id or self.key_id
