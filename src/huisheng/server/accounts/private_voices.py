"""Voices that belong to accounts: nobody else sees them or speaks with them, but operators.

A voice is everybody's until it is hidden or given to an account. It stays private when the last account has
lost it, until an operator publishes it: a voice that was made of somebody is never opened to all by mistake.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from huisheng.errors import HuishengError
from huisheng.server.accounts.audit import Actor, record
from huisheng.server.accounts.models import PrivateVoice, VoiceOwner
from huisheng.server.database.inserting import insert_once


@dataclass(frozen=True, slots=True)
class OwnedVoice:
    """A private voice and the accounts that may use it, in the order of their ids."""

    voice: str
    owners: Sequence[str]


def hide(session: Session, actor: Actor, voice: str, reason: str, now: datetime) -> None:
    """Keep a voice, which need not be installed yet, from everybody who does not own it."""
    if insert_once(session, PrivateVoice, voice=voice, created_at=now):
        record(session, actor, "voice.hidden", now, target=voice, detail={"reason": reason})


def publish(session: Session, actor: Actor, voice: str, reason: str, now: datetime) -> None:
    """Make a private voice everybody's; nobody owns it any more."""
    session.execute(delete(VoiceOwner).where(VoiceOwner.voice == voice))
    if session.scalar(delete(PrivateVoice).where(PrivateVoice.voice == voice).returning(PrivateVoice.voice)):
        record(session, actor, "voice.published", now, target=voice, detail={"reason": reason})


def grant(session: Session, actor: Actor, voice: str, account_id: str, reason: str, now: datetime) -> None:
    """Give a voice to an account; it is private from now on.

    Args:
        session: of a unit of work that writes.
        actor: the operator.
        voice: id, which need not be installed yet.
        account_id: of an account that there is.
        reason: for the audit log.
        now: the time.
    """
    hide(session, actor, voice, reason, now)
    if insert_once(session, VoiceOwner, voice=voice, account_id=account_id, granted_at=now):
        detail = {"reason": reason}
        record(session, actor, "voice.granted", now, account_id=account_id, target=voice, detail=detail)


def revoke(session: Session, actor: Actor, voice: str, account_id: str, reason: str, now: datetime) -> bool:
    """Take a voice from an account; it stays private.

    Returns:
        whether the account had it.
    """
    owned = (VoiceOwner.voice == voice, VoiceOwner.account_id == account_id)
    had = session.scalar(delete(VoiceOwner).where(*owned).returning(VoiceOwner.voice)) is not None
    if had:
        detail = {"reason": reason}
        record(session, actor, "voice.revoked", now, account_id=account_id, target=voice, detail=detail)
    return had


def list_private(session: Session) -> Sequence[OwnedVoice]:
    """Every private voice, in the order of their ids."""
    rows = session.execute(
        select(PrivateVoice.voice, VoiceOwner.account_id)
        .join(VoiceOwner, VoiceOwner.voice == PrivateVoice.voice, isouter=True)
        .order_by(PrivateVoice.voice, VoiceOwner.account_id)
    )
    owners: dict[str, list[str]] = {}
    for voice, account_id in rows:
        owners.setdefault(voice, []).extend([account_id] if account_id else [])
    return [OwnedVoice(voice, accounts) for voice, accounts in owners.items()]


def hidden_from(session: Session, account_id: str) -> frozenset[str]:
    """Voices that an account neither sees nor speaks with."""
    owned = select(VoiceOwner.voice).where(VoiceOwner.account_id == account_id)
    return frozenset(session.scalars(select(PrivateVoice.voice).where(PrivateVoice.voice.not_in(owned))))


class VoiceFeature:
    """An `AccountFeature`: the voices of an account."""

    name = "voices"

    def export(self, session: Session, account_id: str) -> Iterable[Mapping[str, Any]]:
        """Which, and since when."""
        rows = select(VoiceOwner).where(VoiceOwner.account_id == account_id).order_by(VoiceOwner.voice)
        for row in session.scalars(rows):
            yield {"voice": row.voice, "granted_at": row.granted_at.isoformat()}

    def objections(self, session: Session, account_id: str, now: datetime) -> tuple[HuishengError, ...]:  # noqa: ARG002 (a Protocol)
        """There are none."""
        return ()

    def erase(self, session: Session, account_id: str, now: datetime) -> None:  # noqa: ARG002 (a Protocol)
        """Its voices stay private, and nobody's."""
        session.execute(delete(VoiceOwner).where(VoiceOwner.account_id == account_id))
