"""Servers that share a database: the lease of each, and what becomes of the reservations of dead ones.

A server renews its lease every few seconds. One whose lease has expired is taken for dead, and its open
reservations are released; of servers of this machine, locks on their files tell whether they really are.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from sqlalchemy import bindparam, insert, inspect, select, update
from sqlalchemy.orm import Session

from huisheng.server.database.database import Database
from huisheng.server.ledger.repository import AnyRow
from huisheng.server.usage.endings import Ending, Posted, end
from huisheng.server.usage.errors import ServersRunning
from huisheng.server.usage.limits import RESERVATIONS
from huisheng.server.usage.reservations import INSTANCES
from huisheng.server.usage.settlement_log import dead_servers, find_foreign, is_dead

logger = logging.getLogger("huisheng.server")

LEASE: Final = timedelta(seconds=60)
"""How long a server that does not renew it is taken for living."""

BEAT: Final = timedelta(seconds=15)
"""Between two renewals."""

_AT_ONCE: Final = 500
"""Reservations that end in one unit of work."""


def register(session: Session, instance: str, now: datetime) -> None:
    """Register a server; its lease begins."""
    values = {"id": instance, "started_at": now, "lease_until": now + LEASE}
    session.connection().execute(insert(INSTANCES), values)


def renew(session: Session, instance: str, now: datetime) -> int:
    """Renew the lease of a server; returns how many servers have one."""
    connection = session.connection()
    connection.execute(_RENEW, {"instance": instance, "until": now + LEASE})
    return len(connection.execute(_LIVING, {"now": now}).all())


def retire(session: Session, instance: str, now: datetime) -> None:
    """End the lease of a server, and release what it has open."""
    connection = session.connection()
    connection.execute(_RENEW, {"instance": instance, "until": now})
    release(session, connection.execute(_OPEN, {"instance": instance}).all(), now)


def release_abandoned(session: Session, now: datetime) -> Posted:
    """Release reservations of servers whose lease has expired, as many as fit into a unit of work."""
    rows = session.connection().execute(_ABANDONED, {"now": now, "limit": _AT_ONCE}).all()
    return release(session, rows, now)


def release(session: Session, reservations: Sequence[AnyRow], now: datetime) -> Posted:
    """Release reservations, each a row of its id and its account."""
    return end(session, [Ending(row.id, row.account_id, "released", now) for row in reservations], now)


def require_none(session: Session, folder: Path, now: datetime) -> None:
    """Refuse to go on while servers use a database.

    Args:
        session: of the database, of any version of the tables.
        folder: of the settlement logs of this machine; a server that died here need not have lost its lease.
        now: the time.

    Raises:
        ServersRunning: there are such.
    """
    if not inspect(session.connection()).has_table(INSTANCES.name):
        return
    living = session.connection().execute(_LIVING, {"now": now}).scalars().all()
    count = sum(not is_dead(folder, instance) for instance in living)
    if count:
        raise ServersRunning(count)


def retire_all(session: Session, now: datetime) -> None:
    """No server uses the database: what any of them has open is released."""
    session.connection().execute(_RETIRE_ALL, {"now": now})
    while release_abandoned(session, now).released:
        pass


def recover(database: Database, folder: Path, now: datetime) -> int:
    """Post what dead servers of this machine have left, and release what they had open; returns of how many.
    Servers that the database does not know had another one.

    Raises:
        RefusedError: the database does not answer; nothing is lost.
    """
    with database.reading() as session:
        known = set(session.connection().execute(_KNOWN).scalars())
        living = set(session.connection().execute(_LIVING, {"now": now}).scalars())
    count = unknown = 0
    for server in dead_servers(folder, known, living):
        for begin in range(0, len(server.endings), _AT_ONCE):
            with database.writing() as session:
                unknown += end(session, server.endings[begin : begin + _AT_ONCE], now).unknown
        with database.writing() as session:
            retire(session, server.instance, now)
        count += 1
    if unknown:
        logger.warning(
            "结算日志中有 %d 个请求不在账目中，不扣费：数据库恢复自较早的备份。 "
            "requests of the settlement log that the books do not know are not charged",
            unknown,
        )
    return count


def report_foreign(database: Database, folder: Path) -> None:
    """Log the files of servers that had another database, which are left alone."""
    with database.reading() as session:
        known = set(session.connection().execute(_KNOWN).scalars())
    for path in find_foreign(folder, known):
        logger.warning(
            "结算日志 %s 不属于这个数据库，没有处理；那个数据库不再使用时，请删除它。 "
            "This settlement log belongs to another database; delete it once that is not used any more.",
            path,
        )


_RENEW: Final = (
    update(INSTANCES).where(INSTANCES.c.id == bindparam("instance")).values(lease_until=bindparam("until"))
)
_RETIRE_ALL: Final = (
    update(INSTANCES).where(INSTANCES.c.lease_until > bindparam("now")).values(lease_until=bindparam("now"))
)
_KNOWN: Final = select(INSTANCES.c.id)
_LIVING: Final = select(INSTANCES.c.id).where(INSTANCES.c.lease_until > bindparam("now"))
_OPEN: Final = select(RESERVATIONS.c.id, RESERVATIONS.c.account_id).where(
    RESERVATIONS.c.is_open, RESERVATIONS.c.instance == bindparam("instance")
)
_ABANDONED: Final = (
    select(RESERVATIONS.c.id, RESERVATIONS.c.account_id)
    .join(INSTANCES, INSTANCES.c.id == RESERVATIONS.c.instance)
    .where(RESERVATIONS.c.is_open, INSTANCES.c.lease_until <= bindparam("now"))
    .limit(bindparam("limit"))
)
