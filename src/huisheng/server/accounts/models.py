"""Tables of accounts. E-mail addresses are in lower case; of secrets only hashes are kept."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from huisheng.server.database.models import RowNumber, TableBase


class User(TableBase):
    """A person.

    Attributes:
        email: unique, in lower case; None once erased.
        password_hash: argon2id; None where the person signs in elsewhere.
        is_operator: may administer this server.
        credential_epoch: counts up when all credentials of the person are to end.
    """

    __tablename__ = "user"

    id: Mapped[str] = mapped_column(primary_key=True)
    email: Mapped[str | None] = mapped_column(unique=True)
    email_verified_at: Mapped[datetime | None]
    password_hash: Mapped[str | None]
    name: Mapped[str]
    locale: Mapped[str]
    is_operator: Mapped[bool]
    credential_epoch: Mapped[int]
    created_at: Mapped[datetime]
    erased_at: Mapped[datetime | None]


class Account(TableBase):
    """Whom usage and money belong to.

    Attributes:
        kind: `personal` or `organization`.
        zone: whose days and months count, as `Asia/Shanghai`.
        plan: id of the plan in force.
        flags: set by the operator.
        suspended_at: since when nothing is spoken for it.
    """

    __tablename__ = "account"

    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    kind: Mapped[str]
    zone: Mapped[str]
    plan: Mapped[str]
    flags: Mapped[list[str]] = mapped_column(JSON)
    created_at: Mapped[datetime]
    suspended_at: Mapped[datetime | None]
    suspension_reason: Mapped[str | None]
    erased_at: Mapped[datetime | None]


class Membership(TableBase):
    """A person's place in an account; `role` is owner, admin, member or billing."""

    __tablename__ = "membership"

    account_id: Mapped[str] = mapped_column(ForeignKey("account.id"), primary_key=True)
    user_id: Mapped[str] = mapped_column(ForeignKey("user.id"), primary_key=True, index=True)
    role: Mapped[str]
    created_at: Mapped[datetime]


class Invitation(TableBase):
    """An invitation into an account, by mail."""

    __tablename__ = "invitation"

    id: Mapped[str] = mapped_column(primary_key=True)
    account_id: Mapped[str] = mapped_column(ForeignKey("account.id"), index=True)
    email: Mapped[str]
    role: Mapped[str]
    token_hash: Mapped[str] = mapped_column(unique=True)
    invited_by: Mapped[str] = mapped_column(ForeignKey("user.id"))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    accepted_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]


class LinkedIdentity(TableBase):
    """A person's identity at an OpenID provider."""

    __tablename__ = "identity"

    provider: Mapped[str] = mapped_column(primary_key=True)
    subject: Mapped[str] = mapped_column(primary_key=True)
    user_id: Mapped[str] = mapped_column(ForeignKey("user.id"), index=True)
    created_at: Mapped[datetime]


class OidcRequest(TableBase):
    """A sign-in that is under way at an OpenID provider; used once.

    Attributes:
        user_id: who is signed in already and wants to sign in there from now on; None for nobody.
    """

    __tablename__ = "oidc_request"

    state_hash: Mapped[str] = mapped_column(primary_key=True)
    provider: Mapped[str]
    nonce: Mapped[str]
    code_verifier: Mapped[str]
    return_to: Mapped[str]
    user_id: Mapped[str | None] = mapped_column(ForeignKey("user.id"))
    expires_at: Mapped[datetime]


class OneTimeToken(TableBase):
    """A link that was mailed: `purpose` is verify_email or reset_password.

    Attributes:
        password_hash: of the sign-up that it verifies, so that nobody verifies the password of another.
    """

    __tablename__ = "one_time_token"

    token_hash: Mapped[str] = mapped_column(primary_key=True)
    user_id: Mapped[str] = mapped_column(ForeignKey("user.id"), index=True)
    purpose: Mapped[str]
    password_hash: Mapped[str | None]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class BrowserSession(TableBase):
    """A browser that is signed in. The CSRF token is derived from the session's own."""

    __tablename__ = "browser_session"

    id: Mapped[str] = mapped_column(primary_key=True)
    token_hash: Mapped[str] = mapped_column(unique=True)
    user_id: Mapped[str] = mapped_column(ForeignKey("user.id"), index=True)
    account_id: Mapped[str] = mapped_column(ForeignKey("account.id"))
    credential_epoch: Mapped[int]
    address: Mapped[str]
    user_agent: Mapped[str]
    created_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]


class RefreshToken(TableBase):
    """A refresh token of an app; its successors are of the same family, which ends when one is used twice."""

    __tablename__ = "refresh_token"

    token_hash: Mapped[str] = mapped_column(primary_key=True)
    family: Mapped[str] = mapped_column(index=True)
    user_id: Mapped[str] = mapped_column(ForeignKey("user.id"), index=True)
    account_id: Mapped[str] = mapped_column(ForeignKey("account.id"))
    credential_epoch: Mapped[int]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]


class ApiKey(TableBase):
    """A key of a program.

    Attributes:
        prefix: the first characters, by which people know it.
        key_hash: SHA-256 in hexadecimal.
        scopes: what it may do.
        addresses: networks it may come from; empty for all.
        rate: as `60/minute`; empty for the plan's.
        concurrency: requests at once; 0 for the plan's.
    """

    __tablename__ = "api_key"

    id: Mapped[str] = mapped_column(primary_key=True)
    account_id: Mapped[str] = mapped_column(ForeignKey("account.id"), index=True)
    created_by: Mapped[str] = mapped_column(ForeignKey("user.id"))
    name: Mapped[str]
    prefix: Mapped[str]
    key_hash: Mapped[str] = mapped_column(unique=True)
    scopes: Mapped[list[str]] = mapped_column(JSON)
    addresses: Mapped[list[str]] = mapped_column(JSON)
    rate: Mapped[str]
    concurrency: Mapped[int]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]
    last_used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]


class SignInAttempts(TableBase):
    """Failed attempts of late, by account name or by address; `subject` is a keyed hash."""

    __tablename__ = "sign_in_attempts"

    subject: Mapped[str] = mapped_column(primary_key=True)
    failures: Mapped[int]
    last_failure_at: Mapped[datetime]
    blocked_until: Mapped[datetime | None]


class AuditEvent(TableBase):
    """Something that was done to an account or to the server; only ever added."""

    __tablename__ = "audit_event"
    __table_args__ = (Index(None, "account_id", "id"),)

    id: Mapped[RowNumber]
    at: Mapped[datetime]
    account_id: Mapped[str | None] = mapped_column(ForeignKey("account.id"))
    actor: Mapped[str]
    action: Mapped[str]
    target: Mapped[str]
    request_id: Mapped[str]
    detail: Mapped[dict[str, Any]] = mapped_column(JSON)


class AuditOrigin(TableBase):
    """The address that an event came from; apart from it, so that it can be erased."""

    __tablename__ = "audit_origin"

    event_id: Mapped[int] = mapped_column(ForeignKey("audit_event.id"), primary_key=True)
    address: Mapped[str]


class PrivateVoice(TableBase):
    """A voice that only operators and its owners see and speak with; by its id, installed or not."""

    __tablename__ = "private_voice"

    voice: Mapped[str] = mapped_column(primary_key=True)
    created_at: Mapped[datetime]


class VoiceOwner(TableBase):
    """An account that may use a private voice."""

    __tablename__ = "voice_owner"

    voice: Mapped[str] = mapped_column(ForeignKey("private_voice.voice"), primary_key=True)
    account_id: Mapped[str] = mapped_column(ForeignKey("account.id"), primary_key=True, index=True)
    granted_at: Mapped[datetime]


class Mail(TableBase):
    """A message that is to be sent; the transaction that causes it puts it here.

    Attributes:
        recipient: empty once it is sent or given up, as are the values, which may hold links.
        values: of its template.
        next_attempt_at: None once it is sent or given up.
    """

    __tablename__ = "mail"
    __table_args__ = (Index(None, "sent_at", "next_attempt_at"),)

    id: Mapped[RowNumber]
    key: Mapped[str] = mapped_column(unique=True)
    recipient: Mapped[str]
    template: Mapped[str]
    locale: Mapped[str]
    values: Mapped[dict[str, Any]] = mapped_column(JSON)
    attempts: Mapped[int]
    created_at: Mapped[datetime]
    next_attempt_at: Mapped[datetime | None]
    sent_at: Mapped[datetime | None]


class Secret(TableBase):
    """A random secret that servers of one database share, made at first use; signs tokens, keys hashes."""

    __tablename__ = "secret"
    __table_args__ = (UniqueConstraint("purpose", "version"),)

    id: Mapped[RowNumber]
    purpose: Mapped[str]
    version: Mapped[int]
    value: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[datetime]
