"""Random secrets that all servers of a database share; those that sign are replaced from time to time."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal, TypeAlias

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from huisheng.server.accounts.models import Secret
from huisheng.server.database.inserting import insert_once

SecretPurpose: TypeAlias = Literal["csrf", "attempts", "access_token", "refresh_token"]
"""Proofs of our own page; names in the table of attempts; tokens of apps; what follows a refresh token."""

_BYTES: Final = 32
_ROTATION: Final = timedelta(days=30)
"""That a secret signs. It is kept for as long again, while anything that it signed may be valid."""


@dataclass(frozen=True, slots=True)
class SecretVersion:
    """One version of a secret."""

    version: int
    value: bytes
    created_at: datetime


def read_secret_versions(session: Session, purpose: SecretPurpose) -> Sequence[SecretVersion]:
    """The versions of a secret, the oldest first."""
    rows = session.scalars(select(Secret).where(Secret.purpose == purpose).order_by(Secret.version))
    return [SecretVersion(row.version, row.value, row.created_at) for row in rows]


def ensure_secret(session: Session, purpose: SecretPurpose, now: datetime) -> bytes:
    """The first secret of a purpose, made where there is none."""
    _add_version(session, purpose, 1, now)
    return session.scalars(
        select(Secret.value).where(Secret.purpose == purpose).order_by(Secret.version).limit(1)
    ).one()


def rotate_secret(session: Session, purpose: SecretPurpose, now: datetime) -> bool:
    """Make a new version of a secret that has signed for long enough, and delete those long out of use;
    whether there is a new one.
    """
    newest = session.scalars(
        select(Secret).where(Secret.purpose == purpose).order_by(Secret.version.desc()).limit(1)
    ).first()
    if newest and now - newest.created_at < _ROTATION:
        return False
    session.execute(
        delete(Secret).where(
            Secret.purpose == purpose,
            Secret.created_at < now - 2 * _ROTATION,
            Secret.version < (newest.version if newest else 0),
        )
    )
    _add_version(session, purpose, newest.version + 1 if newest else 1, now)
    return True


def _add_version(session: Session, purpose: SecretPurpose, version: int, now: datetime) -> None:
    insert_once(
        session,
        Secret,
        purpose=purpose,
        version=version,
        value=secrets.token_bytes(_BYTES),
        created_at=now,
    )
