"""How the server is, for its operator."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from huisheng.server.accounts.mail import MailBacklog, measure_backlog
from huisheng.server.database import migrating
from huisheng.server.usage.models import ServerInstance

_REMEMBERED: Final = timedelta(days=1)
"""How long a server that is gone is shown."""
_SHOWN: Final = 50


@dataclass(frozen=True, slots=True)
class RecordedHealth:
    """What the database tells about the server.

    Attributes:
        at: when it was asked.
        revision: of the tables.
        mail: what is in the outbox.
        instances: server processes, the latest first.
    """

    at: datetime
    revision: str
    mail: MailBacklog
    instances: Sequence[ServerInstance]


def read_health(session: Session, now: datetime) -> RecordedHealth:
    """What the database tells."""
    instances = session.scalars(
        select(ServerInstance)
        .where(ServerInstance.lease_until > now - _REMEMBERED)
        .order_by(ServerInstance.started_at.desc(), ServerInstance.id)
        .limit(_SHOWN)
    ).all()
    revision = migrating.revision_of(session.connection())
    return RecordedHealth(now, revision, measure_backlog(session), instances)


def live_instances(session: Session, now: datetime) -> Sequence[ServerInstance]:
    """Server processes that work with the database now."""
    return session.scalars(select(ServerInstance).where(ServerInstance.lease_until > now)).all()
