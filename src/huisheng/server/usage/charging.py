"""Charging requests of speech: the meter of accounts.

A request waits for one transaction, which reserves. How it ended is written to the settlement log where it is
charged, and posted in the background, many requests in one transaction. Whatever happens in between, the log
and the leases of servers bring the books right (`usage.instances`).
"""

from __future__ import annotations

import asyncio
import logging
import math
import time
from collections import OrderedDict
from collections.abc import Callable, Coroutine
from contextlib import suppress
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any, Final, Protocol, TypeAlias

from huisheng.errors import HuishengError
from huisheng.server.clock import Clock, utc_now
from huisheng.server.database.database import Database
from huisheng.server.database.ids import new_id
from huisheng.server.errors import IdempotencyInProgress
from huisheng.server.guard.client import Client
from huisheng.server.guard.errors import TooManyConcurrent
from huisheng.server.plans.catalogue import Catalogue, Meter
from huisheng.server.speech.metering import Charge, KeptAnswer, MeteredRequest, MeteredSpeech
from huisheng.server.usage import instances
from huisheng.server.usage.endings import Ending, Posted, end
from huisheng.server.usage.errors import AnswerKept, InsufficientBalance, TextNotInPlan
from huisheng.server.usage.grants import expire
from huisheng.server.usage.idempotency import forget_expired, reserve_once
from huisheng.server.usage.reservations import NotReserved, Reserved, UsageRequest, reserve
from huisheng.server.usage.settlement_log import SettlementLog
from huisheng.units import Seconds

logger = logging.getLogger("huisheng.server")

_AT_ONCE: Final = 200
"""Endings that are posted in one unit of work, and grants that expire in one."""
_RETRY: Final = 1.0
"""Seconds until endings are posted again that could not be."""
_WINDOW: Final = 0.2
"""Seconds for which endings are collected, so that they are posted together."""
_PEER_WINDOW: Final = 0.01
"""The same where other servers look into the books for what is under way."""
_PEER_DELAY: Final = 0.03
"""Seconds in which another server posts that a request has ended."""
_POSTING_TIMEOUT: Final = 2.0
"""Seconds that a request waits for endings of this server, where it would be refused without them."""

_EARLY_START: Final = 60.0
"""Seconds after a reservation in which the work of the next request may begin beside its own."""
_MOST_EARLY_STARTS: Final = 10_000
"""Accounts that are remembered for it."""

_TEMPORARY: Final = (InsufficientBalance, TooManyConcurrent, IdempotencyInProgress)
"""Refusals that end when requests end."""

_Outcome: TypeAlias = Reserved | NotReserved | KeptAnswer | None
"""What came of reserving; None where the request has been charged before."""


class UsageObserver(Protocol):
    """Is told on the event loop, so it must be quick; it never raises."""

    def on_reservation(self, seconds: Seconds, code: str) -> None:
        """A request was reserved in so long, or refused; `code` of the refusal, empty without."""
        ...

    def on_posted(self, posted: Posted) -> None:
        """Reservations were settled and released."""
        ...


class NullUsageObserver:
    """Counts nothing."""

    def on_reservation(self, seconds: Seconds, code: str) -> None:
        """Nothing."""

    def on_posted(self, posted: Posted) -> None:
        """Nothing."""


class AccountMeter:
    """The meter of one server process.

    What dead servers of this machine have left is posted before it is made.

    Args:
        database: of accounts and books.
        catalogue: what is free.
        folder: of the settlement logs.
        observer: is told what happens.
        clock: tells the time.
        can_buy: whether there is a method of payment.

    Raises:
        StorageError: the settlement log cannot be made.
        RefusedError: the database does not answer.
    """

    def __init__(
        self,
        database: Database,
        catalogue: Catalogue,
        folder: Path,
        observer: UsageObserver | None = None,
        clock: Clock = utc_now,
        *,
        can_buy: bool = False,
    ) -> None:
        self.instance = new_id("srv")
        """This server."""
        self._database = database
        self._catalogue = catalogue
        self._folder = folder
        self._observer = observer or NullUsageObserver()
        self._clock = clock
        self._can_buy = can_buy
        instances.recover(database, folder, clock())
        instances.report_foreign(database, folder)
        self._log = SettlementLog(folder, self.instance)
        with database.writing() as session:
            instances.register(session, self.instance, clock())
        self._endings: list[Ending] = []
        """Not in the books yet, oldest first."""
        self._has_endings = asyncio.Event()
        self._is_urgent = asyncio.Event()
        """Set where somebody waits until endings are posted."""
        self._waiting: set[asyncio.Future[None]] = set()
        """Requests that wait until endings are in the books."""
        self._has_peers = False
        self._early_starts: OrderedDict[str, float] = OrderedDict()
        """Accounts whose last reservation left plenty → until when the next request may begin early."""

    @property
    def chores(self) -> tuple[Callable[[], Coroutine[Any, Any, None]], ...]:
        """What goes on beside the requests."""
        return self.post_endings, self.keep_lease

    def take_early_start(self, client: Client) -> bool:
        """See `Meter`: of each reservation that left plenty, one further request has it."""
        return self._early_starts.pop(client.account_id, 0.0) > time.monotonic()

    async def reserve(self, client: Client, metered: MeteredRequest, speech: MeteredSpeech) -> Charge | None:
        """See `Meter`."""
        if not client.account_id or metered.is_paid:
            return None
        charge = metered.charge
        if isinstance(charge, AccountCharge) and charge.covers_all:
            charge.require_length(speech.length)
            charge.add_characters(speech.characters)
            return charge
        known = charge if isinstance(charge, AccountCharge) else None
        asked = UsageRequest(
            client.account_id,
            client.key_id,
            speech.voice,
            speech.audio_format,
            speech.length,
            speech.characters,
            math.ceil(speech.seconds),
            known and known.meter,
            metered.request_key.key if metered.request_key else "",
        )
        reserved = await self._reserve(asked, metered)
        if reserved is None:
            return None
        charge = known or AccountCharge(self, client.account_id, metered.route, speech.voice)
        charge.add(reserved, speech.characters)
        metered.charge = charge
        return charge

    def end(self, ending: Ending, *, is_urgent: bool = False) -> None:
        """A reservation is to end; where it is settled, that outlives this process from here on.

        Args:
            ending: how.
            is_urgent: whether the next request of the account is likely to need what it frees.
        """
        if ending.outcome == "settled":
            self._log.append(ending)
        self._endings.append(ending)
        self._has_endings.set()
        if is_urgent:
            self._is_urgent.set()

    def now(self) -> datetime:
        """The time."""
        return self._clock()

    async def post_endings(self) -> None:
        """Post endings, until cancelled."""
        while True:
            await self._has_endings.wait()
            with suppress(TimeoutError):
                async with asyncio.timeout(_PEER_WINDOW if self._has_peers else _WINDOW):
                    await self._is_urgent.wait()
            self._has_endings.clear()
            self._is_urgent.clear()
            while self._endings:
                await self._post(self._endings[:_AT_ONCE])

    async def keep_lease(self) -> None:
        """Renew the lease, release what dead servers have open, expire grants; until cancelled."""
        while True:
            try:
                await self._beat()
            except HuishengError as error:
                logger.error("%s", error.message)  # noqa: TRY400 (a plain sentence helps more)
            except Exception:
                logger.exception("a chore of accounts failed")
            await asyncio.sleep(instances.BEAT.total_seconds())

    def close(self) -> None:
        """Post what is left, and end the lease. Where that fails, the next server does both."""
        try:
            with self._database.writing() as session:
                for begin in range(0, len(self._endings), _AT_ONCE):
                    end(session, self._endings[begin : begin + _AT_ONCE], self._clock())
                instances.retire(session, self.instance, self._clock())
        except HuishengError as error:
            logger.error("%s", error.message)  # noqa: TRY400 (a plain sentence helps more)
            self._log.close(done=False)
        else:
            self._log.close(done=True)

    async def _reserve(self, asked: UsageRequest, metered: MeteredRequest) -> Reserved | None:
        """Reserve, and note what the client is told beside. Raises as `Meter.reserve`.

        Returns:
            the reservation; None where the request has been charged.
        """
        begun = time.perf_counter()
        code = ""
        try:
            outcome = await self._reserve_after_endings(asked, metered)
            if isinstance(outcome, NotReserved):
                code = outcome.error.code
        except HuishengError as error:
            code = error.code
            raise
        finally:
            self._observer.on_reservation(Seconds(time.perf_counter() - begun), code)
        metered.is_paid = outcome is None
        if isinstance(outcome, KeptAnswer):
            metered.kept_answer = outcome
            raise AnswerKept
        if outcome is not None:
            metered.limits += outcome.statuses
        self._allow_early_start(asked.account_id, outcome)
        if isinstance(outcome, NotReserved):
            metered.remaining = ", ".join(f"{meter}={left}" for meter, left in outcome.balances.items())
            raise self._advise(outcome.error)
        return outcome

    def _allow_early_start(self, account_id: str, outcome: Reserved | NotReserved | None) -> None:
        self._early_starts.pop(account_id, None)
        if isinstance(outcome, Reserved) and outcome.leaves_plenty:
            self._early_starts[account_id] = time.monotonic() + _EARLY_START
            if len(self._early_starts) > _MOST_EARLY_STARTS:
                self._early_starts.popitem(last=False)

    def _advise(self, error: HuishengError) -> HuishengError:
        """The same error; where there is a method of payment it says what to buy."""
        if isinstance(error, InsufficientBalance) and self._can_buy:
            return InsufficientBalance(error.zone, can_buy=True)
        return error

    async def _reserve_after_endings(self, asked: UsageRequest, metered: MeteredRequest) -> _Outcome:
        """Reserve; a refusal that may be due to what has ended, but is not in the books yet, is not final."""
        outcome = await self._try_to_reserve(asked, metered)
        if not isinstance(outcome, NotReserved) or not isinstance(outcome.error, _TEMPORARY):
            return outcome
        if not await self._wait_for_endings(asked.account_id):
            if not (self._has_peers and isinstance(outcome.error, TooManyConcurrent)):
                return outcome
            await asyncio.sleep(_PEER_DELAY)
        return await self._try_to_reserve(asked, metered)

    async def _try_to_reserve(self, asked: UsageRequest, metered: MeteredRequest) -> _Outcome:
        """Reserve in one unit of work; where the client leaves meanwhile, what was reserved is released."""
        now, instance, catalogue = self._clock(), self.instance, self._catalogue
        work = partial(reserve, asked=asked, instance=instance, catalogue=catalogue, now=now)
        if metered.request_key and asked.is_first:
            work = partial(reserve_once, request_key=metered.request_key, **work.keywords)
        writing = asyncio.ensure_future(self._database.write(work, durable=False))
        try:
            return await asyncio.shield(writing)
        except IdempotencyInProgress as error:
            return NotReserved(error, {}, ())
        except asyncio.CancelledError:
            writing.add_done_callback(partial(self._discard, asked.account_id, metered))
            await asyncio.wait({writing})
            raise

    def _discard(
        self,
        account_id: str,
        metered: MeteredRequest,
        writing: asyncio.Future[_Outcome],
    ) -> None:
        """Release what was reserved for a client that has left; what was charged before, stays so."""
        if writing.cancelled() or writing.exception():
            return
        outcome = writing.result()
        metered.is_paid = outcome is None
        if isinstance(outcome, Reserved):
            self.end(Ending(outcome.id, account_id, "released", self._clock()))

    async def _wait_for_endings(self, account_id: str) -> bool:
        """Wait until all that has ended of an account is in the books; False where it was."""
        if not self._has_ended(account_id):
            return False
        try:
            async with asyncio.timeout(_POSTING_TIMEOUT):
                while self._has_ended(account_id):
                    waiter = asyncio.get_running_loop().create_future()
                    self._waiting.add(waiter)
                    self._is_urgent.set()
                    await waiter
        except TimeoutError:
            return False
        return True

    def _has_ended(self, account_id: str) -> bool:
        return any(ending.account_id == account_id for ending in self._endings)

    async def _post(self, batch: list[Ending]) -> None:
        """Post the oldest endings, or wait a while where that cannot be done now."""
        try:
            posted = await self._database.write(partial(end, endings=batch, now=self._clock()), durable=False)
        except HuishengError as error:
            logger.error("%s", error.message)  # noqa: TRY400 (a plain sentence helps more)
            await asyncio.sleep(_RETRY)
            return
        except Exception:
            if len(batch) > 1:
                await self._post(batch[:1])
                return
            logger.exception("a reservation could not be ended: %s", batch[0].reservation_id)
            posted = Posted()
        del self._endings[: len(batch)]
        if not self._endings:
            self._log.truncate()
        self._observer.on_posted(posted)
        for waiter in self._waiting:
            if not waiter.done():
                waiter.set_result(None)
        self._waiting.clear()

    async def _beat(self) -> None:
        database, now = self._database, self._clock()
        renew = partial(instances.renew, instance=self.instance, now=now)
        self._has_peers = await database.write(renew) > 1
        await asyncio.to_thread(instances.recover, database, self._folder, now)
        self._observer.on_posted(await database.write(partial(instances.release_abandoned, now=now)))
        await database.write(partial(forget_expired, now=now))
        while await database.write(partial(expire, now=now, limit=_AT_ONCE)) == _AT_ONCE:
            pass


class _ReservedPart:
    """A reservation of a request, and what was spoken for it."""

    __slots__ = ("characters", "has_sound", "reserved", "seconds")

    def __init__(self, reserved: Reserved, characters: int) -> None:
        self.reserved = reserved
        self.characters = characters
        self.seconds = 0.0
        self.has_sound = False


class AccountCharge:
    """A `Charge` of an account: one reservation, or several where a text comes piece by piece.

    Args:
        meter: that reserves.
        account_id: whose it is.
        route: template of the address.
        voice: id.
    """

    def __init__(self, meter: AccountMeter, account_id: str, route: str, voice: str) -> None:
        self._meter = meter
        self._account_id = account_id
        self._route = route
        self._voice = voice
        self._parts: list[_ReservedPart] = []
        self._has_ended = False
        self.is_charged = False
        """See `Charge`."""

    @property
    def meter(self) -> Meter:
        """What is charged."""
        return self._parts[0].reserved.meter

    @property
    def covers_all(self) -> bool:
        """Whether nothing more is to be reserved, however long the text becomes."""
        return self.meter == "calls"

    def require_length(self, length: int) -> None:
        """Refuse a text that has come to more characters than the plan takes at once.

        Raises:
            TextNotInPlan: it has.
        """
        limit = self._parts[0].reserved.text_limit
        if limit and length > limit:
            raise TextNotInPlan(length, limit)

    def add(self, reserved: Reserved, characters: int) -> None:
        """A reservation was made for so many characters."""
        self._parts.append(_ReservedPart(reserved, characters))

    def add_characters(self, characters: int) -> None:
        """So many more are spoken for what is reserved."""
        self._parts[-1].characters += characters

    def note_length(self, seconds: Seconds) -> None:
        """See `Charge`."""
        self._parts[-1].seconds += seconds

    def note_sound(self) -> None:
        """See `Charge`."""
        self._parts[-1].has_sound = True

    def complete(self) -> None:
        """See `Charge`. What was reserved for text without sound is released."""
        self._end([part for part in self._parts if part.seconds > 0.0])

    def abandon(self) -> None:
        """See `Charge`."""
        self._end([part for part in self._parts if part.has_sound])

    def cancel(self) -> None:
        """See `Charge`."""
        self._end([])

    @property
    def charged(self) -> str:
        """See `Charge`."""
        return f"{self.meter}={sum(part.reserved.amount for part in self._parts)}"

    @property
    def remaining(self) -> str:
        """See `Charge`."""
        return f"{self.meter}={self._parts[-1].reserved.remaining}"

    def _end(self, charged: list[_ReservedPart]) -> None:
        if self._has_ended:
            return
        self._has_ended = True
        self.is_charged = bool(charged)
        now = self._meter.now()
        for part in self._parts:
            ending = Ending(part.reserved.id, self._account_id, "released", now)
            if part in charged:
                ending = Ending(
                    part.reserved.id,
                    self._account_id,
                    "settled",
                    now,
                    part.reserved.day,
                    part.characters,
                    round(part.seconds * 1000),
                    self._voice,
                    self._route,
                )
            self._meter.end(ending, is_urgent=_took_last_place(part.reserved))


def _took_last_place(reserved: Reserved) -> bool:
    """Whether no further request may run beside this one."""
    return any(status.policy.window is None and status.remaining == 0 for status in reserved.statuses)
