"""What accounts are given, what is left of it, what is taken back, what expires."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.unit.server.usage.accounts import (
    DAY,
    NOW,
    add_account,
    add_server,
    give_units,
    make_reservation,
)

from huisheng.server.database.database import Database
from huisheng.server.ledger import chart
from huisheng.server.ledger.errors import LedgerFault
from huisheng.server.ledger.service import balance
from huisheng.server.plans.catalogue import PlanLimits
from huisheng.server.usage.endings import Ending, end
from huisheng.server.usage.grants import expire, find_grants, live_grants, take_back


def test_an_allowance_is_given_once(database: Database) -> None:
    with database.writing() as session:
        add_account(session)
        first, again = give_units(session, 1000), give_units(session, 1000)

    with database.reading() as session:
        (grant,) = live_grants(session.connection(), "acc_a", NOW)
        assert (first, again, grant.remaining) == (grant.id, grant.id, 1000)


@pytest.mark.parametrize("amount", [0, -1])
def test_nothing_and_less_than_nothing_cannot_be_given(database: Database, amount: int) -> None:
    with database.writing() as session:
        add_account(session)

        with pytest.raises(LedgerFault):
            give_units(session, amount)


def test_the_limits_that_were_bought_stay_with_the_grant(database: Database) -> None:
    limits = PlanLimits(4, "60/minute", 5000, ("mp3", "wav"), None, custom_voice=True)
    with database.writing() as session:
        add_account(session)
        give_units(session, 1, limits=limits)

    with database.reading() as session:
        assert find_grants(session, "pack")[0].limits == limits


def test_grants_that_end_first_are_used_first(database: Database) -> None:
    with database.writing() as session:
        add_account(session)
        give_units(session, 1, key="later", lasts=2 * DAY)
        give_units(session, 1, key="never", lasts=None)
        give_units(session, 1, key="soon", lasts=DAY)

    with database.reading() as session:
        order = [grant.reference for grant in live_grants(session.connection(), "acc_a", NOW)]
        assert order == ["soon", "later", "never"]


def test_a_grant_counts_from_its_beginning_to_its_end(database: Database) -> None:
    with database.writing() as session:
        add_account(session)
        give_units(session, 1)

    with database.reading() as session:
        moments = (NOW - 2 * timedelta(hours=1), NOW, NOW + DAY - timedelta(microseconds=1), NOW + DAY)
        counts = [len(live_grants(session.connection(), "acc_a", moment)) for moment in moments]
        assert counts == [0, 1, 1, 0]


def test_what_is_left_expires_once(database: Database) -> None:
    with database.writing() as session:
        add_account(session)
        give_units(session, 7)
    for _ in range(2):
        with database.writing() as session:
            expire(session, NOW + DAY, 100)

    with database.reading() as session:
        assert find_grants(session, "pack")[0].remaining == 0
        assert balance(session, chart.expired_account("calls")) == 7


def test_what_a_request_gives_back_after_the_end_is_expired(database: Database) -> None:
    with database.writing() as session:
        add_account(session)
        add_server(session)
        give_units(session, 7)
        reserved = make_reservation(session)
        expire(session, NOW + DAY, 100)
        end(session, [Ending(reserved.id, "acc_a", "released", NOW + DAY)], NOW + DAY)

    with database.reading() as session:
        assert find_grants(session, "pack")[0].remaining == 0
        assert balance(session, chart.expired_account("calls")) == 7


@pytest.mark.parametrize(("asked", "taken"), [(3, 3), (7, 7), (8, 7), (None, 7)])
def test_only_what_is_unused_is_taken_back(database: Database, asked: int | None, taken: int) -> None:
    with database.writing() as session:
        add_account(session)
        grant = give_units(session, 7)
        assert take_back(session, grant, asked, "revoke:1", NOW) == taken
        assert take_back(session, grant, asked, "revoke:1", NOW) == taken

    with database.reading() as session:
        assert find_grants(session, "pack")[0].remaining == 7 - taken


def test_a_grant_that_is_taken_back_ends(database: Database) -> None:
    with database.writing() as session:
        add_account(session)
        take_back(session, give_units(session, 7), None, "revoke:1", NOW)

    with database.reading() as session:
        assert live_grants(session.connection(), "acc_a", NOW) == []
