"""Rows as lines and back."""

from __future__ import annotations

import json
from base64 import b64encode
from datetime import date, datetime

import pytest

from huisheng.server.database import migrating
from huisheng.server.database.portable import codecs, decode_row, encode_row
from huisheng.server.tables import metadata

SECRET = {"id": 1, "purpose": "a", "version": 1, "value": "eA==", "created_at": "2026-01-01T00:00:00"}


def decode(table: str, values: object) -> dict[str, object]:
    return decode_row(json.dumps(values).encode(), codecs(migrating.tables_at("head").tables[table]))


def test_every_column_of_every_table_can_be_written() -> None:
    tables = migrating.tables_at("head").tables

    assert {name: list(codecs(table)) for name, table in tables.items()} == {
        name: list(table.columns.keys()) for name, table in metadata().tables.items()
    }


def test_a_row_comes_back() -> None:
    row = [1, "第一\n行", 2, b"\0\xff", datetime(2026, 11, 22, 1, 2, 3, 4)]
    columns = codecs(migrating.tables_at("head").tables["secret"])

    line = encode_row(row, columns.values())

    assert line.count(b"\n") == 1
    assert decode_row(line, columns) == dict(zip(columns, row, strict=True))


def test_a_day_and_nothing_come_back() -> None:
    columns = codecs(migrating.tables_at("head").tables["usage_record"])
    row = [1, "r", "a", None, datetime(2026, 11, 22), date(2026, 11, 22), "v", "/", 1, 5, 6, "calls", 1]

    assert list(decode_row(encode_row(row, columns.values()), columns).values()) == row


@pytest.mark.parametrize("values", [[], {}, "a", 1, None, [1, 2], {"id": 1}, list(range(5)), list(range(6))])
def test_what_is_no_row_is_refused(values: object) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 (any)
        decode("secret", values)


@pytest.mark.parametrize(
    "changed",
    [
        *({"id": value} for value in ("1", 1.5, True, 1 << 63, -(1 << 63) - 1, None, [1], float("nan"))),
        *({"purpose": value} for value in (None, 1, ["a"], "\ud800")),
        *({"value": value} for value in (None, "no base64", 5, "eA")),
        *({"created_at": value} for value in (None, "yesterday", "2026-01-01T00:00:00+08:00", 5)),
    ],
    ids=repr,
)
def test_a_value_of_another_kind_is_refused(changed: dict[str, object]) -> None:
    assert decode("secret", list(SECRET.values()))

    with pytest.raises(ValueError):  # noqa: PT011 (any)
        decode("secret", list((SECRET | changed).values()))


@pytest.mark.parametrize("line", [b"\n", b"\xff", b"[" * 100_000, b"nonsense", b64encode(b"x")])
def test_what_is_no_json_is_refused(line: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 (any)
        decode_row(line, codecs(migrating.tables_at("head").tables["secret"]))
