"""What is sent and answered about accounts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from ipaddress import ip_network
from typing import Annotated, Any, Self

from limits import parse_many
from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field

from huisheng.server.accounts.audit import ActorKind, RecordedEvent
from huisheng.server.accounts.models import Account, ApiKey, BrowserSession, Invitation, User
from huisheng.server.accounts.people import LOCALE, ZONE
from huisheng.server.accounts.repository import Member
from huisheng.server.accounts.standing import LimitStanding, MeterStanding, PlanStanding
from huisheng.server.accounts.text import Email, Locale, Name, PasswordText, RowId, Token, Zone
from huisheng.server.guard.client import Role, Scope

_MOST_NETWORKS = 32
_LONGEST_WINDOW = 366 * 86_400
"""Seconds in which a rate counts."""


class Body(BaseModel):
    """A request; fields that it does not have are refused."""

    model_config = ConfigDict(extra="forbid")


class SignUpRequest(Body):
    """A new account."""

    email: Email
    password: PasswordText
    name: Name = ""
    locale: Locale = LOCALE
    zone: Zone = ZONE


class PasswordRequest(Body):
    """An address and a password."""

    email: Email
    password: PasswordText


class EmailRequest(Body):
    """An address."""

    email: Email


class TokenRequest(Body):
    """A mailed link."""

    token: Token


class ResetRequest(Body):
    """A mailed link, and the new password."""

    token: Token
    password: PasswordText


class ChangePasswordRequest(Body):
    """The current password and the new one."""

    current: PasswordText
    new: PasswordText


class AppTokenRequest(Body):
    """An app signs in; `account_id` is one of the person's accounts, their own without."""

    email: Email
    password: PasswordText
    account_id: RowId | None = None


class RefreshRequest(Body):
    """A refresh token."""

    refresh_token: Token


class AppTokens(BaseModel):
    """What an app gets (RFC 6749, 5.1)."""

    access_token: str
    refresh_token: str
    token_type: str = "Bearer"  # noqa: S105 (a kind of token)
    expires_in: int


class Accepted(BaseModel):
    """What was asked for may happen by mail."""


class PersonView(BaseModel):
    """Whoever is signed in."""

    id: str
    email: str
    name: str
    locale: str
    is_operator: bool
    has_password: bool
    email_verified: bool

    @classmethod
    def of(cls, user: User) -> PersonView:
        """From a row."""
        return cls(
            id=user.id,
            email=user.email or "",
            name=user.name,
            locale=user.locale,
            is_operator=user.is_operator,
            has_password=user.password_hash is not None,
            email_verified=user.email_verified_at is not None,
        )


class AccountView(BaseModel):
    """An account."""

    id: str
    name: str
    kind: str
    zone: str
    created_at: datetime
    suspended: bool

    @classmethod
    def of(cls, account: Account) -> AccountView:
        """From a row."""
        return cls(
            id=account.id,
            name=account.name,
            kind=account.kind,
            zone=account.zone,
            created_at=account.created_at,
            suspended=account.suspended_at is not None,
        )


class PlaceView(BaseModel):
    """An account that a person can switch to."""

    id: str
    name: str
    kind: str
    role: Role


class SessionView(BaseModel):
    """Who is signed in, for which account, and how that stands; `user` is null for an API key."""

    user: PersonView | None
    account: AccountView
    role: Role | None
    accounts: Sequence[PlaceView]
    plan: PlanStanding | None
    balances: Sequence[MeterStanding]
    limits: LimitStanding | None
    csrf_token: str


class BrowserView(BaseModel):
    """A browser that is signed in."""

    id: str
    address: str
    user_agent: str
    created_at: datetime
    last_seen_at: datetime
    current: bool

    @classmethod
    def of(cls, row: BrowserSession, current: str) -> BrowserView:
        """From a row; `current` is the id of the one that asks."""
        return cls(
            id=row.id,
            address=row.address,
            user_agent=row.user_agent,
            created_at=row.created_at,
            last_seen_at=row.last_seen_at,
            current=row.id == current,
        )


def _check_rate(written: str) -> str:
    for limit in parse_many(written) if written else ():
        if not limit.amount or limit.get_expiry() > _LONGEST_WINDOW:
            raise ValueError("no rate")
    return written


def _convert_to_utc(moment: datetime) -> datetime:
    try:
        return moment.astimezone(UTC)
    except OverflowError as error:
        raise ValueError("no moment of UTC") from error


def _normalize_network(written: str) -> str:
    return str(ip_network(written.strip(), strict=False))


Moment = Annotated[AwareDatetime, AfterValidator(_convert_to_utc)]
Rate = Annotated[str, Field(max_length=100), AfterValidator(_check_rate)]
Network = Annotated[str, Field(max_length=64), AfterValidator(_normalize_network)]
Networks = Annotated[tuple[Network, ...], Field(max_length=_MOST_NETWORKS)]
Scopes = Annotated[frozenset[Scope], Field(min_length=1)]
Concurrency = Annotated[int, Field(ge=0, le=10_000)]
KeyName = Annotated[Name, Field(min_length=1)]


class KeyRequest(Body):
    """A new API key.

    `addresses` are networks that it may come from, empty for all; `rate` as `60/minute` and `concurrency` are
    limits of its own, below those of the plan; empty and 0 for none.
    """

    name: KeyName
    scopes: Scopes = frozenset({"speech"})
    expires_at: Moment | None = None
    addresses: Networks = ()
    rate: Rate = ""
    concurrency: Concurrency = 0


class KeyChanges(Body):
    """What is to be another; fields that are not sent stay as they are."""

    name: KeyName | None = None
    scopes: Scopes | None = None
    expires_at: Moment | None = None
    addresses: Networks | None = None
    rate: Rate | None = None
    concurrency: Concurrency | None = None

    def values(self) -> dict[str, Any]:
        """The fields that were sent; null ends a term, and says nothing of others."""
        values = self.model_dump(exclude_unset=True)
        values = {name: value for name, value in values.items() if value is not None or name == "expires_at"}
        if self.scopes is not None:
            values["scopes"] = sorted(self.scopes)
        if self.addresses is not None:
            values["addresses"] = list(self.addresses)
        return values


class AccountChanges(Body):
    """What of an account is to be another."""

    name: KeyName | None = None
    zone: Zone | None = None


class PersonChanges(Body):
    """What of a person is to be another."""

    name: KeyName | None = None
    locale: Locale | None = None


class SwitchRequest(Body):
    """The account that a browser is to work for."""

    account_id: RowId


class OrganizationRequest(Body):
    """A new organization."""

    name: KeyName


class RoleRequest(Body):
    """The role of a member."""

    role: Role


class InvitationRequest(Body):
    """Somebody is asked into the account."""

    email: Email
    role: Role = "member"


class AcceptRequest(Body):
    """An invitation; whoever is new here sends a password with it."""

    token: Token
    password: PasswordText | None = None
    name: Name = ""


class DeleteRequest(Body):
    """The password, or the account's name for whoever has none."""

    password: PasswordText | None = None
    confirm: Annotated[str, Field(max_length=200)] | None = None


class MemberView(BaseModel):
    """A person in an account."""

    user_id: str
    email: str
    name: str
    role: str
    created_at: datetime

    @classmethod
    def of(cls, member: Member) -> MemberView:
        """From rows."""
        user, membership = member
        return cls(
            user_id=user.id,
            email=user.email or "",
            name=user.name,
            role=membership.role,
            created_at=membership.created_at,
        )


class InvitationView(BaseModel):
    """An invitation that is open."""

    id: str
    email: str
    role: str
    created_at: datetime
    expires_at: datetime

    @classmethod
    def of(cls, row: Invitation) -> InvitationView:
        """From a row."""
        return cls.model_validate({name: getattr(row, name) for name in InvitationView.model_fields})


class EventView(BaseModel):
    """Something that was done to an account; `actor_name` is empty where it is not the account's to know."""

    id: int
    at: datetime
    action: str
    actor: str
    actor_kind: ActorKind
    actor_name: str
    target: str
    address: str
    detail: Mapping[str, Any]

    @classmethod
    def of(cls, event: RecordedEvent) -> EventView:
        """From an event."""
        return cls.model_validate({name: getattr(event, name) for name in EventView.model_fields})


class KeyView(BaseModel):
    """An API key without itself."""

    id: str
    name: str
    prefix: str
    scopes: Sequence[Scope]
    expires_at: datetime | None
    addresses: Sequence[str]
    rate: str
    concurrency: int
    created_at: datetime
    last_used_at: datetime | None
    revoked_at: datetime | None

    @classmethod
    def of(cls, row: ApiKey, **more: str) -> Self:
        """From a row."""
        return cls.model_validate({name: getattr(row, name) for name in KeyView.model_fields} | more)


class CreatedKey(KeyView):
    """An API key with itself: it is shown once."""

    key: str
