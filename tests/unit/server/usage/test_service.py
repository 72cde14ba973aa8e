"""Usage added up by day, by key and by voice, in the account's zone."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session
from tests.unit.server.usage.accounts import (
    NOW,
    add_account,
    add_key,
    add_server,
    give_units,
    make_reservation,
    request,
)

from huisheng.errors import OutOfRange
from huisheng.server.database.database import Database
from huisheng.server.usage.endings import Ending, end
from huisheng.server.usage.schemas import Group
from huisheng.server.usage.service import report

TODAY = date(2026, 11, 22)
YESTERDAY = TODAY - timedelta(days=1)


def use(session: Session, day: date, voice: str, key_id: str = "", requests: int = 1) -> None:
    """An answer of four seconds and twenty characters."""
    asked = request(key_id=key_id, meter=None if requests else "calls")
    reserved = make_reservation(session, asked)
    end(session, [Ending(reserved.id, "acc_a", "settled", NOW, day, 20, 4000, voice, "/tts")], NOW)


@pytest.fixture
def session(database: Database) -> Any:  # noqa: ANN401 (a generator)
    with database.writing() as session:
        add_account(session)
        add_account(session, "acc_b")
        add_key(session)
        add_server(session)
        give_units(session, 100)
        use(session, YESTERDAY, "tinglan")
        use(session, TODAY, "tinglan", "key_a")
        use(session, TODAY, "other", "key_a", requests=0)
        yield session


@pytest.mark.parametrize(
    ("group", "rows"),
    [
        ("day", [{"day": YESTERDAY, "calls": 1}, {"day": TODAY, "calls": 1, "seconds": 8.0}]),
        ("voice", [{"voice": "other", "calls": 0}, {"voice": "tinglan", "calls": 2, "characters": 40}]),
        ("key", [{"key_id": None, "calls": 1}, {"key_id": "key_a", "key_name": "key_a", "calls": 1}]),
    ],
)
def test_usage_is_added_up(session: Session, group: Group, rows: list[dict[str, object]]) -> None:
    made = report(session, "acc_a", None, None, group, NOW)

    found = sorted((row.model_dump() for row in made.rows), key=lambda row: str(row.get(f"{group}_id") or ""))
    assert [{name: row[name] for name in wanted} for row, wanted in zip(found, rows, strict=True)] == rows
    assert (made.totals.calls, made.totals.characters, made.totals.seconds) == (2, 60, 12.0)


def test_days_outside_are_left_out(session: Session) -> None:
    assert report(session, "acc_a", TODAY, TODAY, "day", NOW).totals.characters == 40


def test_an_account_sees_only_its_own(session: Session) -> None:
    assert report(session, "acc_b", None, None, "day", NOW).rows == []


@pytest.mark.parametrize("first", [TODAY + timedelta(days=1), TODAY - timedelta(days=366)])
def test_days_that_make_no_sense_are_refused(session: Session, first: date) -> None:
    with pytest.raises(OutOfRange):
        report(session, "acc_a", first, TODAY, "day", NOW)
