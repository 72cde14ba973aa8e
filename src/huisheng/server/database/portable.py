"""The form of a backup, the same for every kind of database: a zip of one file of JSON Lines a table, and a
manifest that says what they hold.

A line is the array of a row's values, in the order of the columns in the manifest. Numbers, texts and truth
values are themselves; moments and days are ISO 8601; bytes are base64; a JSON column is its text.
"""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Annotated, Any, Final, Literal, NamedTuple, TypeAlias

import sqlalchemy as sa
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, NonNegativeInt
from sqlalchemy.sql.elements import ColumnElement
from sqlalchemy.types import TypeEngine

MANIFEST: Final = "manifest.json"
FORMAT_VERSION: Final = 1

_INTEGERS: Final = range(-(1 << 63), 1 << 63)

Report: TypeAlias = Callable[[str, int, int], None]
"""Is told of progress: the table, rows so far, and rows of all tables."""


class BackupTable(BaseModel):
    """What a table's file holds; `size` in bytes before compression, `sha256` of the same."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    columns: tuple[str, ...]
    rows: NonNegativeInt
    size: NonNegativeInt
    sha256: Annotated[str, Field(pattern="^[0-9a-f]{64}$")]


class BackupManifest(BaseModel):
    """What a backup holds.

    Attributes:
        program: the version of Huisheng that wrote it.
        revision: of the tables.
        made_at: the moment whose state it holds.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    format: Literal["huisheng-backup"] = "huisheng-backup"
    format_version: NonNegativeInt = FORMAT_VERSION
    program: str
    revision: str
    made_at: AwareDatetime
    tables: tuple[BackupTable, ...]

    @property
    def rows(self) -> int:
        """Rows of all tables."""
        return sum(table.rows for table in self.tables)


class Codec(NamedTuple):
    """How the values of a column are written and read; None stays None where there may be none.

    Attributes:
        type: of the values that are bound when a row is inserted.
        encode: to what JSON has.
        decode: the opposite; raises ValueError for what is none of the kind.
    """

    type: TypeEngine[Any]
    encode: Callable[[Any], object]
    decode: Callable[[Any], object]
    nullable: bool = False

    def read(self, value: object) -> object:
        """A value, or None.

        Raises:
            ValueError: it is none of the kind.
        """
        if value is None and self.nullable:
            return None
        return self.decode(value)


def select_rows(table: sa.Table) -> sa.Select[Any]:
    """A question for all rows of a table, in the order of its key, with the texts of JSON columns."""
    return sa.select(*map(_expression, table.columns)).order_by(*table.primary_key.columns)


def insert_rows(table: sa.Table) -> sa.Insert:
    """A statement that takes rows as `decode_row` returns them."""
    columns = (sa.column(column.name, _codec(column).type) for column in table.columns)
    return sa.insert(sa.table(table.name, *columns))


def codecs(table: sa.Table) -> dict[str, Codec]:
    """How each column is written and read, in the order of the columns."""
    return {column.name: _codec(column)._replace(nullable=bool(column.nullable)) for column in table.columns}


def encode_row(row: Iterable[Any], codecs: Iterable[Codec]) -> bytes:
    """A line."""
    values = [
        None if value is None else codec.encode(value) for value, codec in zip(row, codecs, strict=True)
    ]
    return json.dumps(values, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def decode_row(line: bytes, codecs: Mapping[str, Codec]) -> dict[str, object]:
    """The opposite: the values by their columns.

    Raises:
        ValueError: the line is no row of the table.
    """
    try:
        values: Sequence[Any] = json.loads(line)
        pairs = zip(codecs.items(), values, strict=True)
        return {name: codec.read(value) for (name, codec), value in pairs}
    except (TypeError, RecursionError) as error:
        raise ValueError("no row") from error


def entry_name(table: str) -> str:
    """The file of a table in the archive."""
    return f"tables/{table}.jsonl"


def has_bytes(table: sa.Table) -> bool:
    """Whether its rows may be large."""
    return any(isinstance(column.type, sa.LargeBinary) for column in table.columns)


def _expression(column: sa.Column[Any]) -> ColumnElement[Any]:
    is_json = isinstance(column.type, sa.JSON)
    return sa.cast(column, sa.Text).label(column.name) if is_json else column


def _codec(column: sa.Column[Any]) -> Codec:
    return next(codec for kind, codec in _CODECS if isinstance(column.type, kind))


def _same(value: object) -> object:
    return value


def _integer(value: object) -> int:
    if type(value) is int and value in _INTEGERS:
        return value
    raise ValueError("no integer")


def _boolean(value: object) -> bool:
    if isinstance(value, bool):
        return value
    raise ValueError("no truth value")


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError("no text")  # noqa: TRY004 (as all others)
    value.encode()  # no lone surrogates
    return value


def _moment(value: object) -> datetime:
    moment = datetime.fromisoformat(_text(value))
    if moment.tzinfo is not None:
        raise ValueError("a moment with a zone")
    return moment


def _day(value: object) -> date:
    return date.fromisoformat(_text(value))


def _encode_bytes(value: bytes) -> str:
    return b64encode(value).decode("ascii")


def _decode_bytes(value: object) -> bytes:
    return b64decode(_text(value), validate=True)


def _json(value: object) -> str:
    json.loads(_text(value))
    return _text(value)


_CODECS: Final[tuple[tuple[type[TypeEngine[Any]], Codec], ...]] = (
    (sa.JSON, Codec(sa.types.NullType(), _same, _json)),  # bound as text, which both databases take
    (sa.Boolean, Codec(sa.Boolean(), _same, _boolean)),
    (sa.Integer, Codec(sa.BigInteger(), _same, _integer)),
    (sa.DateTime, Codec(sa.DateTime(), datetime.isoformat, _moment)),
    (sa.Date, Codec(sa.Date(), date.isoformat, _day)),
    (sa.LargeBinary, Codec(sa.LargeBinary(), _encode_bytes, _decode_bytes)),
    (sa.String, Codec(sa.String(), _same, _text)),
)
"""Kind of column → codec; the first that fits counts."""
