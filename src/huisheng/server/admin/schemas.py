"""What is sent and answered about administration. Money is in fen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from huisheng import __version__
from huisheng.licensing.report import LicenseReport, make_report
from huisheng.server.accounts.audit import ActorKind, RecordedEvent
from huisheng.server.accounts.models import ApiKey
from huisheng.server.accounts.standing import LimitStanding, MeterStanding, PlanStanding
from huisheng.server.accounts.text import normalize_name
from huisheng.server.admin.health import RecordedHealth
from huisheng.server.admin.reports import Days, RevenueGroup, RevenueRow, UsageGroup, UsageRow
from huisheng.server.admin.repository import AccountMember, AccountSummary
from huisheng.server.billing.schemas import OrderInfo, SubscriptionInfo
from huisheng.server.ledger.proof import LedgerProof
from huisheng.server.plans.catalogue import Meter
from huisheng.server.usage.models import Grant

if TYPE_CHECKING:
    from huisheng.server.business import Business

_CURRENCY = "CNY"
_SECOND = 1000
"""Milliseconds."""
LARGEST_GRANT = 1_000_000_000
"""Units."""
LONGEST_GRANT = 3660
"""Days."""

Reason = Annotated[
    str,
    Field(min_length=1, max_length=200, description="写入审计日志的理由。Why, for the audit log."),
    AfterValidator(normalize_name),
    Field(min_length=1),
]
Flag = Annotated[str, Field(pattern="^[a-z0-9_-]{1,40}$")]


class AdminBody(BaseModel):
    """A request; fields that it does not have are refused."""

    model_config = ConfigDict(extra="forbid")


class ReasonRequest(AdminBody):
    """Why something is done."""

    reason: Reason


class FlagsRequest(ReasonRequest):
    """The flags that an account shall have."""

    flags: Annotated[Sequence[Flag], Field(max_length=20)]


class GrantRequest(ReasonRequest):
    """An allowance as a gift; `valid_days` from now, null for ever."""

    meter: Meter
    amount: Annotated[int, Field(strict=True, ge=1, le=LARGEST_GRANT)]
    valid_days: Annotated[int, Field(strict=True, ge=1, le=LONGEST_GRANT)] | None = None


class AdminAccount(BaseModel):
    """An account as its operator sees it; `owners` are the addresses of the first few."""

    id: str
    name: str
    kind: str
    zone: str
    plan: str
    flags: Sequence[str]
    created_at: datetime
    suspended_at: datetime | None
    suspension_reason: str | None
    erased_at: datetime | None
    owners: Sequence[str]
    members: int
    paid_fen: int
    refunded_fen: int

    @classmethod
    def of(cls, summary: AccountSummary) -> Self:
        """From its row, with what was added up."""
        account = summary.account
        return cls(
            id=account.id,
            name=account.name,
            kind=account.kind,
            zone=account.zone,
            plan=account.plan,
            flags=account.flags,
            created_at=account.created_at,
            suspended_at=account.suspended_at,
            suspension_reason=account.suspension_reason,
            erased_at=account.erased_at,
            owners=summary.owners,
            members=summary.members,
            paid_fen=summary.paid_fen,
            refunded_fen=summary.refunded_fen,
        )


class AdminMember(BaseModel):
    """A person in an account."""

    user_id: str
    email: str | None
    name: str
    role: str
    is_operator: bool
    email_verified_at: datetime | None
    joined_at: datetime

    @classmethod
    def of(cls, member: AccountMember) -> Self:
        """From its rows."""
        user, membership = member
        return cls(
            user_id=user.id,
            email=user.email,
            name=user.name,
            role=membership.role,
            is_operator=user.is_operator,
            email_verified_at=user.email_verified_at,
            joined_at=membership.created_at,
        )


class AdminKey(BaseModel):
    """An API key without itself."""

    id: str
    name: str
    prefix: str
    scopes: Sequence[str]
    addresses: Sequence[str]
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None
    revoked_at: datetime | None

    @classmethod
    def of(cls, row: ApiKey) -> Self:
        """From its row."""
        return cls.model_validate({name: getattr(row, name) for name in cls.model_fields})


class AdminEvent(BaseModel):
    """A line of the audit log."""

    id: int
    at: datetime
    account_id: str | None
    actor: str
    actor_kind: ActorKind
    actor_name: str
    action: str
    target: str
    address: str
    detail: Mapping[str, Any]

    @classmethod
    def of(cls, event: RecordedEvent) -> Self:
        """From what was recorded."""
        return cls(
            id=event.id,
            at=event.at,
            account_id=event.account_id or None,
            actor=event.actor,
            actor_kind=event.actor_kind,
            actor_name=event.actor_name,
            action=event.action,
            target=event.target,
            address=event.address,
            detail=event.detail,
        )


class AccountDetail(BaseModel):
    """An account with all that belongs to it: its newest orders, the subscription that goes on or ended last,
    and when a credential was last seen.
    """

    account: AdminAccount
    members: Sequence[AdminMember]
    keys: Sequence[AdminKey]
    plan: PlanStanding | None
    balances: Sequence[MeterStanding]
    limits: LimitStanding | None
    subscription: SubscriptionInfo | None
    orders: Sequence[OrderInfo]
    last_used_at: datetime | None
    audit: Sequence[AdminEvent]


class GivenGrant(BaseModel):
    """An allowance that was given."""

    id: str
    meter: str
    amount: int
    starts_at: datetime
    expires_at: datetime | None

    @classmethod
    def of(cls, row: Grant) -> Self:
        """From its row."""
        return cls(
            id=row.id, meter=row.meter, amount=row.amount, starts_at=row.starts_at, expires_at=row.ends_at
        )


class RevenueLine(BaseModel):
    """What a method of payment brought, and what went back: on a day, in the month that begins with `day`, or
    in all of the time, where `day` is null.
    """

    day: date | None
    method: str
    payments: int
    received_fen: int
    refunds: int
    refunded_fen: int


class RevenueTotals(BaseModel):
    """The sums of all days."""

    payments: int
    received_fen: int
    refunds: int
    refunded_fen: int
    net_fen: int


class RevenueReport(BaseModel):
    """Revenue by day and method; days are of `zone`."""

    zone: str
    currency: str
    group: RevenueGroup
    first: Annotated[date, Field(serialization_alias="from")]
    last: Annotated[date, Field(serialization_alias="to")]
    rows: Sequence[RevenueLine]
    totals: RevenueTotals

    @classmethod
    def of(cls, days: Days, zone: str, group: RevenueGroup, rows: Sequence[RevenueRow]) -> Self:
        """From its rows."""
        received, refunded = sum(row.received_fen for row in rows), sum(row.refunded_fen for row in rows)
        totals = RevenueTotals(
            payments=sum(row.payments for row in rows),
            received_fen=received,
            refunds=sum(row.refunds for row in rows),
            refunded_fen=refunded,
            net_fen=received - refunded,
        )
        lines = [RevenueLine(**asdict(row)) for row in rows]
        return cls(
            zone=zone,
            currency=_CURRENCY,
            group=group,
            first=days.first,
            last=days.last,
            rows=lines,
            totals=totals,
        )


class UsageLine(BaseModel):
    """What was used: `key` is a day, an account's or a voice's id, or a route; `name` is an account's."""

    key: str
    name: str | None
    calls: int
    characters: int
    seconds: float


class UsageTotals(BaseModel):
    """The sums of all lines."""

    calls: int
    characters: int
    seconds: float


class UsageReport(BaseModel):
    """Usage of all accounts."""

    first: Annotated[date, Field(serialization_alias="from")]
    last: Annotated[date, Field(serialization_alias="to")]
    group: str
    rows: Sequence[UsageLine]
    totals: UsageTotals

    @classmethod
    def of(cls, days: Days, group: UsageGroup, rows: Sequence[UsageRow]) -> Self:
        """From its rows."""
        lines = [
            UsageLine(
                key=row.key,
                name=row.name or None,
                calls=row.calls,
                characters=row.characters,
                seconds=row.milliseconds / _SECOND,
            )
            for row in rows
        ]
        totals = UsageTotals(
            calls=sum(row.calls for row in rows),
            characters=sum(row.characters for row in rows),
            seconds=sum(row.milliseconds for row in rows) / _SECOND,
        )
        return cls(first=days.first, last=days.last, group=group, rows=lines, totals=totals)


class DatabaseHealth(BaseModel):
    """The database: how long it took to answer, in milliseconds."""

    kind: Literal["sqlite", "postgresql"]
    revision: str
    latency_ms: float


class MailHealth(BaseModel):
    """Mail: what waits to be sent, since when, and what was given up."""

    configured: bool
    waiting: int
    abandoned: int
    oldest: datetime | None


class InstanceHealth(BaseModel):
    """A server process."""

    id: str
    started_at: datetime
    lease_until: datetime
    is_live: bool


class BooksHealth(BaseModel):
    """The last proof of the books, which is made every hour."""

    proved_at: datetime
    is_right: bool
    journals: int
    entries: int
    faults: int


class BooksFault(BaseModel):
    """A row of the books that should not be as it is."""

    check: str
    id: str
    detail: str


class BooksProof(BaseModel):
    """A proof of the books; of each check at most a hundred faults are told."""

    proved_at: datetime
    is_right: bool
    checks: Sequence[str]
    journals: int
    entries: int
    faults: Sequence[BooksFault]

    @classmethod
    def of(cls, proof: LedgerProof) -> Self:
        """From the proof."""
        faults = [BooksFault(check=each.check, id=each.id, detail=each.detail) for each in proof.faults]
        return cls(
            proved_at=proof.at,
            is_right=proof.is_right,
            checks=proof.checks,
            journals=proof.journals,
            entries=proof.entries,
            faults=faults,
        )


class ServerHealth(BaseModel):
    """How the server is; `books` is null before the first proof, `payments` lists methods that are on."""

    version: str
    database: DatabaseHealth
    mail: MailHealth
    payments: Sequence[str]
    books: BooksHealth | None
    instances: Sequence[InstanceHealth]
    license: LicenseReport

    @classmethod
    def of(cls, found: RecordedHealth, business: Business, latency: float) -> Self:
        """From what was found.

        Args:
            found: in the database.
            business: the parts of the server.
            latency: of the database, in seconds.
        """
        parts, proof = business.accounts, business.books.proof
        return cls(
            version=__version__,
            database=DatabaseHealth(
                kind="sqlite" if parts.database.is_sqlite else "postgresql",
                revision=found.revision,
                latency_ms=round(1000 * latency, 1),
            ),
            mail=MailHealth(configured=parts.settings.mail_server is not None, **found.mail._asdict()),
            payments=[each.id for each in business.billing.methods.descriptions],
            books=proof
            and BooksHealth(
                proved_at=proof.at,
                is_right=proof.is_right,
                journals=proof.journals,
                entries=proof.entries,
                faults=len(proof.faults),
            ),
            instances=[
                InstanceHealth(
                    id=row.id,
                    started_at=row.started_at,
                    lease_until=row.lease_until,
                    is_live=row.lease_until > found.at,
                )
                for row in found.instances
            ],
            license=make_report(business.license.status),
        )
