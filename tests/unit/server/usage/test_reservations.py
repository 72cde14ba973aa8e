"""Reserving: what is taken off which grants, and what is refused."""

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
    add_key,
    add_server,
    catalogue,
    give_units,
    make_reservation,
    request,
)

from huisheng.errors import HuishengError
from huisheng.server.accounts.models import Account, ApiKey
from huisheng.server.database.database import Database
from huisheng.server.guard.errors import (
    AccountSuspended,
    LimitError,
    RateLimited,
    TooManyConcurrent,
    Unauthorized,
)
from huisheng.server.plans.catalogue import Catalogue, PlanLimits
from huisheng.server.usage.endings import Ending, end
from huisheng.server.usage.errors import (
    FormatNotInPlan,
    InsufficientBalance,
    TextNotInPlan,
    VoiceNotInPlan,
)
from huisheng.server.usage.grants import live_grants
from huisheng.server.usage.reservations import NotReserved, Reserved, UsageRequest, reserve


@pytest.fixture
def session(database: Database) -> Iterator[Session]:
    """A unit of work on an account, a key and a server."""
    with database.writing() as session:
        add_account(session)
        add_key(session)
        add_server(session)
        yield session


def ask(
    session: Session,
    asked: UsageRequest | None = None,
    plans: Catalogue = NOTHING_FREE,
    after: timedelta = timedelta(),
) -> Reserved:
    return make_reservation(session, asked, plans, NOW + after)


def units_left(session: Session, at: timedelta = timedelta()) -> list[int]:
    return [grant.remaining for grant in live_grants(session.connection(), "acc_a", NOW + at)]


def test_a_request_takes_a_call(session: Session) -> None:
    give_units(session, 3)

    reserved = ask(session)

    assert (reserved.meter, reserved.amount, reserved.remaining, units_left(session)) == ("calls", 1, 2, [2])


def test_several_grants_of_one_meter_pay_together(session: Session) -> None:
    give_units(session, 15, meter="characters", key="soon")
    give_units(session, 15, meter="characters", key="later", lasts=2 * DAY)

    reserved = ask(session, request(characters=20))

    assert (reserved.amount, reserved.remaining, units_left(session)) == (20, 10, [0, 10])


def test_a_meter_that_does_not_suffice_is_passed_over(session: Session) -> None:
    give_units(session, 19, meter="characters", key="soon")
    give_units(session, 1, meter="calls", key="later", lasts=2 * DAY)

    assert ask(session, request(characters=20)).meter == "calls"
    assert units_left(session) == [19, 0]


def test_where_nothing_suffices_nothing_is_taken(session: Session) -> None:
    give_units(session, 19, meter="characters", key="soon")
    give_units(session, 9, meter="seconds", key="later", lasts=2 * DAY)

    with pytest.raises(InsufficientBalance):
        ask(session, request(characters=20, seconds=10))
    assert units_left(session) == [19, 9]


@pytest.mark.parametrize(
    ("asked", "balances"),
    [(request(), {"characters": 19, "seconds": 9}), (request(meter="calls"), {"calls": 0})],
)
def test_a_refusal_tells_what_is_left(
    session: Session, asked: UsageRequest, balances: dict[str, int]
) -> None:
    give_units(session, 19, meter="characters", key="soon")
    give_units(session, 9, meter="seconds", key="later", lasts=2 * DAY)

    refused = reserve(session, asked, SERVER, NOTHING_FREE, NOW)

    assert isinstance(refused, NotReserved)
    assert refused.balances == balances


def test_who_has_nothing_is_told_of_no_calls(session: Session) -> None:
    refused = reserve(session, request(), SERVER, NOTHING_FREE, NOW)

    assert isinstance(refused, NotReserved)
    assert refused.balances == {"calls": 0}


@pytest.mark.parametrize(("free", "zone"), [(0, ""), (1, "Asia/Shanghai")])
def test_a_refusal_tells_in_which_zone_something_is_free_again(
    session: Session, free: int, zone: str
) -> None:
    plans = catalogue(free=free) if free else NOTHING_FREE
    for _ in range(free):
        ask(session, plans=plans)

    refused = reserve(session, request(), SERVER, plans, NOW)

    assert isinstance(refused, NotReserved)
    assert isinstance(refused.error, InsufficientBalance)
    assert refused.error.zone == zone


@pytest.mark.parametrize(
    ("error", "told", "untold"),
    [
        (InsufficientBalance(), "联系运营者", "明天"),
        (InsufficientBalance(can_buy=True), "/account#plans", "明天"),
        (InsufficientBalance("Asia/Shanghai"), "明天 0 点恢复（Asia/Shanghai 时间）", "购买"),
        (InsufficientBalance("Asia/Shanghai", can_buy=True), "/account#plans", "联系运营者"),
    ],
    ids=["nothing", "buy", "wait", "both"],
)
def test_a_refusal_names_what_helps_here_alone(error: InsufficientBalance, told: str, untold: str) -> None:
    assert told in error.message
    assert untold not in error.message


def test_a_further_part_of_a_request_stays_in_its_meter(session: Session) -> None:
    give_units(session, 5, key="soon")
    give_units(session, 30, meter="characters", key="later", lasts=2 * DAY)

    assert ask(session, request(characters=20, meter="characters")).meter == "characters"
    with pytest.raises(InsufficientBalance):
        ask(session, request(characters=20, meter="characters"))


def test_the_free_day_is_there_by_itself_and_ends_at_midnight_in_the_zone(session: Session) -> None:
    plans = catalogue(free=2)

    assert [ask(session, plans=plans).remaining for _ in range(2)] == [1, 0]
    with pytest.raises(InsufficientBalance):
        ask(session, plans=plans, after=timedelta(hours=4) - timedelta(microseconds=1))
    assert ask(session, plans=plans, after=timedelta(hours=4)).remaining == 1


def test_another_zone_brings_no_second_free_day(session: Session) -> None:
    plans = catalogue(free=1)
    ask(session, plans=plans)
    session.execute(update(Account).values(zone="Pacific/Kiritimati"))

    with pytest.raises(InsufficientBalance):
        ask(session, plans=plans)


@pytest.mark.parametrize(
    ("table", "column", "error"),
    [
        (Account, "suspended_at", AccountSuspended),
        (Account, "erased_at", Unauthorized),
        (ApiKey, "revoked_at", Unauthorized),
        (ApiKey, "expires_at", Unauthorized),
    ],
)
def test_what_has_ended_since_it_was_looked_up_is_refused(
    session: Session, table: type, column: str, error: type[HuishengError]
) -> None:
    give_units(session, 3)
    session.execute(update(table).values({column: NOW}))

    with pytest.raises(error):
        ask(session, request(key_id="key_a"))
    assert units_left(session) == [3]


@pytest.mark.parametrize(("account_id", "key_id"), [("acc_none", ""), ("acc_a", "key_none")])
def test_what_is_gone_is_refused(session: Session, account_id: str, key_id: str) -> None:
    with pytest.raises(Unauthorized):
        ask(session, request(account_id, key_id))


def test_a_key_of_another_account_is_refused(session: Session) -> None:
    add_account(session, "acc_b")
    add_key(session, "key_b", "acc_b")

    with pytest.raises(Unauthorized):
        ask(session, request(key_id="key_b"))


def policies(error: LimitError) -> tuple[str, ...]:
    return error.violated_policies


def test_only_so_many_requests_of_a_plan_are_under_way(session: Session) -> None:
    give_units(session, 9, limits=PlanLimits(concurrency=2))
    plans = catalogue(limits=PlanLimits(concurrency=1))
    first, second = ask(session, plans=plans), ask(session, plans=plans)

    with pytest.raises(TooManyConcurrent) as refusal:
        ask(session, plans=plans)
    assert policies(refusal.value) == ("account-concurrent",)
    assert [first.statuses[0].remaining, second.statuses[0].remaining] == [1, 0]

    end(session, [Ending(first.id, "acc_a", "released", NOW)], NOW)
    ask(session, plans=plans)


def test_requests_of_a_server_that_is_gone_are_not_under_way(session: Session) -> None:
    plans = catalogue(limits=PlanLimits(concurrency=1))
    give_units(session, 9)
    add_server(session, "srv_gone", lease=timedelta())
    make_reservation(session, None, plans, NOW, "srv_gone")

    ask(session, plans=plans)


def test_a_key_has_limits_of_its_own(session: Session) -> None:
    give_units(session, 9)
    add_key(session, "key_slow", concurrency=1)
    ask(session, request(key_id="key_slow"))

    with pytest.raises(TooManyConcurrent) as refusal:
        ask(session, request(key_id="key_slow"))
    assert policies(refusal.value) == ("api-key-concurrent",)
    ask(session, request(key_id="key_a"))


def test_a_rate_counts_every_server_and_lets_more_pass_when_its_first_request_is_old(
    session: Session,
) -> None:
    plans = catalogue(limits=PlanLimits(rate="2/minute"))
    give_units(session, 9)
    add_server(session, "srv_two")
    make_reservation(session, None, plans, NOW, "srv_two")
    reserved = ask(session, plans=plans, after=timedelta(seconds=20))
    assert (reserved.statuses[0].remaining, reserved.statuses[0].reset) == (0, 40)

    with pytest.raises(RateLimited) as refusal:
        ask(session, plans=plans, after=timedelta(seconds=30))
    assert (policies(refusal.value), refusal.value.retry_after) == (("account",), 30)
    ask(session, plans=plans, after=timedelta(seconds=60))


def test_several_rates_hold_together(session: Session) -> None:
    plans = catalogue(limits=PlanLimits(rate="2/second;3/minute"))
    give_units(session, 9)
    for second in range(3):
        ask(session, plans=plans, after=timedelta(seconds=second))

    with pytest.raises(RateLimited) as refusal:
        ask(session, plans=plans, after=timedelta(seconds=4))
    assert policies(refusal.value) == ("account-60",)


def test_a_further_part_of_a_request_counts_against_no_limit(session: Session) -> None:
    plans = catalogue(limits=PlanLimits(concurrency=1, rate="1/minute"))
    give_units(session, 100, meter="characters")
    ask(session, plans=plans)

    assert ask(session, request(meter="characters"), plans).statuses == ()


@pytest.mark.parametrize(
    ("limits", "error"),
    [
        (PlanLimits(text_limit=19), TextNotInPlan),
        (PlanLimits(formats=("wav",)), FormatNotInPlan),
        (PlanLimits(voices=("other",)), VoiceNotInPlan),
    ],
)
def test_what_a_plan_does_not_include_is_refused(
    session: Session, limits: PlanLimits, error: type[HuishengError]
) -> None:
    give_units(session, 3)

    with pytest.raises(error):
        ask(session, plans=catalogue(limits=limits))
    assert units_left(session) == [3]


def test_what_was_bought_widens_what_is_free_while_something_is_left_of_it(session: Session) -> None:
    free = catalogue(free=5, limits=PlanLimits(text_limit=10))
    give_units(session, 1, limits=PlanLimits(text_limit=100), lasts=timedelta(hours=1))

    ask(session, plans=free)
    with pytest.raises(TextNotInPlan):
        ask(session, plans=free)
