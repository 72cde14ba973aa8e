"""All that the benchmark does, in order."""

from __future__ import annotations

import os
import tempfile
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Final

from benchmarks.accounts.books import Customer, add_customer, count_charges, open_database
from benchmarks.accounts.crashes import Aftermath, crash
from benchmarks.accounts.journey import Step, run_command
from benchmarks.accounts.speed import Cost, request_cost, throughput
from benchmarks.accounts.spending import spend
from benchmarks.accounts.travelling import free_port, travel
from benchmarks.serving.servers import our_server
from benchmarks.serving.texts import JUDGED, texts

_VOICE: Final = "tinglan"
_LEFT: Final = 90
"""Calls of the account that is asked for many more, beside the ten of a day that every account has."""
_PLENTY: Final = 1_000_000
_DEADLINE: Final = 240.0
"""Seconds after which a program gives up."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How much is measured.

    Attributes:
        count: requests, one after the other.
        rounds: of full load.
        seconds: of each turn at full load.
        requests: for an account with a hundred calls.
        kills: of a server.
    """

    count: int
    rounds: int
    seconds: float
    requests: int
    kills: int


@dataclass(frozen=True, slots=True)
class Result:
    """All figures.

    Attributes:
        cost: of one request after the other.
        rate: answers a second at full load without accounts.
        ratio: of those with accounts.
        statuses: how often each answered the many requests for few calls.
        aftermath: of the kills.
        charges: of the account that was asked for during them.
        faults: exit status of `huisheng ledger prove` over all these books.
        journey: both journeys.
    """

    cost: Cost
    rate: float
    ratio: float
    statuses: Counter[int]
    aftermath: Aftermath
    charges: int
    faults: int
    journey: tuple[Step, ...]

    @property
    def served(self) -> int:
        """Answers that the account with a hundred calls left got."""
        return self.statuses[HTTPStatus.OK]


def measure(plan: Plan, tell: Callable[[str], None]) -> Result:
    """Do everything, telling what is done now.

    Raises:
        NoServer: a server does not start or answer.
    """
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        settings = {"HUISHENG_ACCOUNTS": "on", "HUISHENG_HOME": folder}
        database = open_database(home)
        steady, poor, crashed = (
            add_customer(database, name, calls)
            for name, calls in (("steady", _PLENTY), ("poor", _LEFT), ("crashed", _PLENTY))
        )
        tell("speed")
        cost, rate, ratio = _measure_speed(plan, steady, settings)
        tell("spending")
        with our_server(_VOICE, key=poor.key, settings=settings) as running:
            statuses = spend(running.endpoint.port, poor.key, plan.requests, _DEADLINE)
        tell("kills")
        aftermath = crash(_VOICE, crashed.key, settings, plan.kills, free_port(), _DEADLINE)
        charges = count_charges(database, crashed.account)
        database.close()
        faults = run_command(["ledger", "prove"], {**os.environ, **settings}).returncode
    tell("journeys")
    return Result(cost, rate, ratio, statuses, aftermath, charges, faults, tuple(travel()))


def _measure_speed(plan: Plan, customer: Customer, settings: Mapping[str, str]) -> tuple[Cost, float, float]:
    with ExitStack() as stack:
        other = stack.enter_context(tempfile.TemporaryDirectory())
        plain = stack.enter_context(our_server(_VOICE, settings={"HUISHENG_HOME": other})).endpoint
        charged = stack.enter_context(our_server(_VOICE, key=customer.key, settings=settings)).endpoint
        sentences = texts(JUDGED)
        cost = request_cost(plain, charged, sentences, plan.count)
        return cost, *throughput(plain, charged, sentences, plan.rounds, plan.seconds)
