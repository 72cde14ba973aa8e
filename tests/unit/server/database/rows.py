"""Rows for every table, by what the tables say of themselves."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any, Final

import sqlalchemy as sa

from huisheng.server.database.database import Database
from huisheng.server.database.models import UtcDateTime
from huisheng.server.tables import metadata

NOW: Final = datetime(2026, 11, 22, 12, 30, 15, 250_001, tzinfo=UTC)
ROWS: Final = 3
"""Rows of each table."""


CHOSEN: Final[dict[str, object]] = {
    "purchase_order.price_fen": 300,
    "purchase_order.credit_fen": 100,
    "purchase_order.amount_fen": 200,
    "server_instance.lease_until": NOW - timedelta(days=2000),
    "subscription_period.ends_at": NOW + timedelta(days=31),
}
"""Column → its value, where a check constraint holds it to another column, or a server would seem to live."""


def quiet(_: str, __: int, ___: int) -> None:
    """Progress that nobody looks at."""


def fill(database: Database) -> None:
    """Put rows into every table; what may be absent is so in every second one."""
    numbers = count(1)
    with database.writing() as session:
        keys: dict[sa.Column[Any], list[Any]] = {}
        for table in metadata().sorted_tables:
            for index in range(ROWS):
                values = {
                    column.name: _value(column, index, next(numbers), keys)
                    for column in table.columns
                    if column is not table.autoincrement_column
                }
                key = tuple(table.primary_key.columns)
                made = session.execute(sa.insert(table).values(values).returning(*key)).one()
                for column, value in zip(key, made, strict=True):
                    keys.setdefault(column, []).append(value)


def _value(column: sa.Column[Any], index: int, number: int, keys: dict[sa.Column[Any], list[Any]]) -> object:
    for key in column.foreign_keys:
        return keys[key.column][index]
    if str(column) in CHOSEN:
        return CHOSEN[str(column)]
    if column.nullable and index % 2:
        return None
    return next(value for kind, value in _values(index, number) if isinstance(column.type, kind))


def _values(index: int, number: int) -> tuple[tuple[type, object], ...]:
    return (
        (sa.JSON, {"名": [number, None, 0.5, '"'], "x": True}),
        (sa.Boolean, index % 2 == 0),
        (sa.Integer, number),
        (UtcDateTime, NOW),
        (sa.Date, NOW.date()),
        (sa.LargeBinary, bytes(range(256)) * (index + 1)),
        (sa.String, f"第 {number} 行\n\t\\'\"😀"),
    )
