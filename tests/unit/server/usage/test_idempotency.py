"""A key belongs to one request, which is charged once, whatever becomes of it and of its server."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session
from tests.unit.server.usage.accounts import (
    DAY,
    NOTHING_FREE,
    NOW,
    SERVER,
    add_account,
    add_server,
    give_units,
    request,
)

from huisheng.server.database.database import Database
from huisheng.server.errors import IdempotencyInProgress, IdempotencyKeyReused
from huisheng.server.speech.metering import KeptAnswer, RequestKey
from huisheng.server.usage.endings import Ending, Outcome, end
from huisheng.server.usage.idempotency import forget_expired, keep_answer, reserve_once
from huisheng.server.usage.models import ServerInstance
from huisheng.server.usage.reservations import NotReserved, Reserved

ANSWER = KeptAnswer(200, [("content-type", "audio/wav")], b"RIFF")
SOON = timedelta(seconds=1)
OTHER = "srv_two"


@pytest.fixture
def session(database: Database) -> Iterator[Session]:
    """A unit of work on an account, a server that lives for an hour, and one that lives for a day."""
    with database.writing() as session:
        add_account(session)
        add_server(session, lease=timedelta(hours=1))
        add_server(session, OTHER, lease=2 * DAY)
        yield session


def ask(
    session: Session, after: timedelta = timedelta(), instance: str = SERVER, fingerprint: str = "f"
) -> Reserved | NotReserved | KeptAnswer | None:
    asked = request(idempotency_key="k")
    return reserve_once(session, asked, instance, NOTHING_FREE, NOW + after, RequestKey("k", fingerprint))


def ask_and_end(session: Session, outcome: Outcome) -> None:
    reserved = ask(session)
    assert isinstance(reserved, Reserved)
    end(session, [Ending(reserved.id, "acc_a", outcome, NOW, NOW.date())], NOW)


def test_a_request_that_was_answered_has_its_answer_again(session: Session) -> None:
    give_units(session, 3)
    ask_and_end(session, "settled")
    keep_answer(session, "acc_a", "k", SERVER, ANSWER)

    assert ask(session, SOON, OTHER) == ANSWER


def test_a_key_of_another_request_is_refused(session: Session) -> None:
    give_units(session, 3)
    ask(session)

    with pytest.raises(IdempotencyKeyReused):
        ask(session, fingerprint="g")


@pytest.mark.parametrize("instance", [SERVER, OTHER])
def test_a_request_that_is_served_is_not_served_again(session: Session, instance: str) -> None:
    give_units(session, 3)
    ask(session)

    with pytest.raises(IdempotencyInProgress):
        ask(session, SOON, instance)


def test_a_request_that_is_refused_takes_no_key(session: Session) -> None:
    refused = ask(session)
    give_units(session, 3)

    assert isinstance(refused, NotReserved)
    assert isinstance(ask(session, SOON, fingerprint="g"), Reserved)


def test_a_request_that_was_released_leaves_its_key(session: Session) -> None:
    give_units(session, 3)
    ask_and_end(session, "released")

    assert isinstance(ask(session, SOON, OTHER, "g"), Reserved)


def test_a_request_whose_server_is_gone_is_served_again(session: Session) -> None:
    give_units(session, 1)
    ask(session)

    assert isinstance(ask(session, timedelta(hours=2), OTHER), Reserved)


def test_a_request_whose_server_is_gone_after_its_charge_is_not_charged_again(session: Session) -> None:
    give_units(session, 3)
    ask_and_end(session, "settled")

    assert ask(session, timedelta(hours=2), OTHER) is None


def test_a_server_that_has_lost_a_request_keeps_no_answer_for_it(session: Session) -> None:
    give_units(session, 3)
    ask(session)
    ask(session, timedelta(hours=2), OTHER)

    keep_answer(session, "acc_a", "k", SERVER, ANSWER)

    with pytest.raises(IdempotencyInProgress):
        ask(session, timedelta(hours=2), OTHER)


def test_a_charge_is_good_for_a_day_however_often_the_answer_is_made_again(session: Session) -> None:
    give_units(session, 3, lasts=10 * DAY)
    session.execute(update(ServerInstance).values(lease_until=NOW + 10 * DAY))
    ask_and_end(session, "settled")
    for hours in (8, 16, 23):
        keep_answer(session, "acc_a", "k", SERVER, None)
        assert ask(session, timedelta(hours=hours)) is None
    keep_answer(session, "acc_a", "k", SERVER, None)

    assert isinstance(ask(session, timedelta(hours=25)), Reserved)


def test_an_answer_too_large_to_be_kept_is_not_charged_again(session: Session) -> None:
    give_units(session, 3)
    ask_and_end(session, "settled")
    keep_answer(session, "acc_a", "k", SERVER, None)

    assert ask(session, SOON) is None
    with pytest.raises(IdempotencyInProgress):
        ask(session, SOON)


def test_an_answer_that_is_told_of_late_is_not_charged_again_either(session: Session) -> None:
    give_units(session, 3)
    lost = ask(session)
    assert isinstance(lost, Reserved)
    for outcome in ("released", "settled"):
        end(session, [Ending(lost.id, "acc_a", outcome, NOW, NOW.date())], NOW)

    assert ask(session, SOON, OTHER) is None


def test_after_a_day_a_key_is_new(session: Session) -> None:
    give_units(session, 3, lasts=2 * DAY)
    ask_and_end(session, "settled")
    keep_answer(session, "acc_a", "k", SERVER, ANSWER)

    assert ask(session, DAY - SOON, OTHER) == ANSWER
    assert isinstance(ask(session, DAY, OTHER, "g"), Reserved)


def test_what_is_forgotten_is_old(session: Session) -> None:
    give_units(session, 3)
    ask(session)
    forget_expired(session, NOW + DAY - SOON)
    with pytest.raises(IdempotencyKeyReused):
        ask(session, SOON, fingerprint="g")

    forget_expired(session, NOW + DAY)
    assert isinstance(ask(session, SOON, OTHER, "g"), Reserved)
