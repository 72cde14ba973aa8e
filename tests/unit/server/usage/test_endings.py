"""Settling and releasing: exactly once, whatever is told how often."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session
from tests.unit.server.usage.accounts import (
    DAY,
    NOW,
    add_account,
    add_server,
    give_units,
    make_reservation,
    request,
)

from huisheng.server.database.database import Database
from huisheng.server.ledger import chart
from huisheng.server.ledger.service import balance
from huisheng.server.plans.catalogue import Meter
from huisheng.server.usage.endings import Ending, Outcome, Posted, end
from huisheng.server.usage.grants import live_grants
from huisheng.server.usage.models import UsageRecord
from huisheng.server.usage.reservations import Reserved, UsageRequest


@pytest.fixture
def session(database: Database) -> Iterator[Session]:
    """A unit of work on an account and a server."""
    with database.writing() as session:
        add_account(session)
        add_server(session)
        yield session


def ask(session: Session, asked: UsageRequest | None = None) -> Reserved:
    return make_reservation(session, asked)


def tell(reserved: Reserved, outcome: Outcome, milliseconds: int = 4200, characters: int = 20) -> Ending:
    """An answer by `/tts` as its server tells of it."""
    day = date(2026, 11, 22)
    return Ending(reserved.id, "acc_a", outcome, NOW, day, characters, milliseconds, "tinglan", "/tts")


def finish(
    session: Session,
    reserved: Reserved,
    outcome: Outcome = "settled",
    milliseconds: int = 4200,
    characters: int = 20,
) -> Posted:
    return end(session, [tell(reserved, outcome, milliseconds, characters)], NOW)


def units_left(session: Session) -> list[int]:
    return [grant.remaining for grant in live_grants(session.connection(), "acc_a", NOW)]


def holdings(session: Session, meter: Meter = "calls") -> tuple[int, int]:
    """What is reserved, and what is used."""
    return balance(session, chart.reserved_account("acc_a", meter)), balance(
        session, chart.used_account("acc_a", meter)
    )


def test_what_is_settled_is_used_and_recorded(session: Session) -> None:
    give_units(session, 3)

    posted = finish(session, ask(session))

    assert (posted.settled, posted.charged, units_left(session), holdings(session)) == (
        1,
        {"calls": 1},
        [2],
        (0, 1),
    )
    record = session.execute(select(UsageRecord)).scalar_one()
    assert (record.requests, record.characters, record.milliseconds, record.charged) == (1, 20, 4200, 1)


def test_what_is_released_is_back(session: Session) -> None:
    give_units(session, 3)

    posted = finish(session, ask(session), "released")

    assert (posted.released, units_left(session), holdings(session)) == (1, [3], (0, 0))
    assert session.execute(select(UsageRecord)).first() is None


@pytest.mark.parametrize("first", ["settled", "released"])
def test_ending_again_the_same_way_changes_nothing(session: Session, first: Outcome) -> None:
    give_units(session, 3)
    reserved = ask(session)
    finish(session, reserved, first)
    before = units_left(session), holdings(session)

    posted = finish(session, reserved, first)

    assert (posted.settled + posted.released, (units_left(session), holdings(session))) == (0, before)


def test_what_was_settled_is_not_released_any_more(session: Session) -> None:
    give_units(session, 3)
    reserved = ask(session)
    finish(session, reserved)

    finish(session, reserved, "released")

    assert (units_left(session), holdings(session)) == ([2], (0, 1))


def test_an_answer_that_is_told_of_after_its_release_is_charged_once(session: Session) -> None:
    give_units(session, 3)
    reserved = ask(session)
    finish(session, reserved, "released")

    charged = [finish(session, reserved).charged.get("calls", 0) for _ in range(2)]

    assert (charged, units_left(session), holdings(session)) == ([1, 0], [2], (0, 1))


def test_an_answer_that_is_told_of_when_nothing_is_left_is_not_charged(session: Session) -> None:
    give_units(session, 1)
    reserved = ask(session)
    finish(session, reserved, "released")
    ask(session)

    posted = finish(session, reserved)

    assert (posted.uncollected, posted.charged, units_left(session)) == (1, {}, [0])


@pytest.mark.parametrize("second", ["settled", "released", None])
def test_an_answer_that_was_asked_for_again_under_its_key_is_charged_once_in_all(
    session: Session, second: Outcome | None
) -> None:
    give_units(session, 3)
    lost = ask(session, request(idempotency_key="k"))
    finish(session, lost, "released")
    again = ask(session, request(idempotency_key="k"))
    if second:
        finish(session, again, second)

    finish(session, lost)
    finish(session, again)

    assert (units_left(session), holdings(session)) == ([2], (0, 1))


def test_an_answer_that_is_told_of_while_its_request_is_served_again_is_charged_once_in_all(
    session: Session,
) -> None:
    give_units(session, 3)
    lost = ask(session, request(idempotency_key="k"))
    finish(session, lost, "released")
    again = ask(session, request(idempotency_key="k"))

    finish(session, lost)
    finish(session, again, "released")

    assert (units_left(session), holdings(session)) == ([2], (0, 1))


def test_several_end_in_one_unit_of_work(session: Session) -> None:
    give_units(session, 9)
    reserved = [ask(session) for _ in range(5)]

    outcomes: list[Outcome] = ["settled", "released", "settled", "settled", "released"]
    posted = end(
        session,
        [
            Ending(each.id, "acc_a", how, NOW, NOW.date())
            for each, how in zip(reserved, outcomes, strict=True)
        ],
        NOW,
    )

    assert (posted.settled, posted.released, units_left(session), holdings(session)) == (3, 2, [6], (0, 3))


def test_what_is_not_known_is_left_out(session: Session) -> None:
    assert end(session, [Ending("res_none", "acc_a", "settled", NOW)], NOW) == Posted(unknown=1)


def test_characters_that_were_not_spoken_go_back_to_the_grant_that_ends_last(session: Session) -> None:
    give_units(session, 15, meter="characters", key="soon")
    give_units(session, 15, meter="characters", key="later", lasts=2 * DAY)
    reserved = ask(session, request(characters=20))

    finish(session, reserved, characters=12)

    assert (units_left(session), holdings(session, "characters")) == ([3, 15], (0, 12))


def test_sound_is_charged_by_the_second_that_was_begun(session: Session) -> None:
    give_units(session, 30, meter="seconds")
    reserved = ask(session, request(seconds=10))

    finish(session, reserved, milliseconds=4_001)

    assert (units_left(session), holdings(session, "seconds")) == ([25], (0, 5))


def test_sound_that_is_longer_than_was_reserved_is_charged_in_full(session: Session) -> None:
    give_units(session, 11, meter="seconds", key="soon")
    give_units(session, 30, meter="seconds", key="later", lasts=2 * DAY)
    reserved = ask(session, request(seconds=10))

    finish(session, reserved, milliseconds=14_000)

    assert (units_left(session), holdings(session, "seconds")) == ([0, 27], (0, 14))


def test_sound_beyond_the_balance_is_not_charged(session: Session) -> None:
    give_units(session, 12, meter="seconds")
    first, second = ask(session, request(seconds=5)), ask(session, request(seconds=5))

    end(
        session,
        [
            Ending(each.id, "acc_a", "settled", NOW, NOW.date(), milliseconds=9_000)
            for each in (first, second)
        ],
        NOW,
    )

    assert (units_left(session), holdings(session, "seconds")) == ([0], (0, 12))


def test_a_balance_that_was_used_often_adds_up_few_entries(session: Session) -> None:
    give_units(session, 500)
    for _ in range(200):
        finish(session, ask(session))

    (grant,) = live_grants(session.connection(), "acc_a", NOW + timedelta(hours=1))
    assert grant.remaining == 300
    assert grant.balance.entries <= 65
