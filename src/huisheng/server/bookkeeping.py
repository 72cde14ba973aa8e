"""What is done with the books every hour: they are proved, and balances are brought forward."""

from __future__ import annotations

import asyncio
import logging
from datetime import timedelta
from functools import partial
from typing import Final

from huisheng.errors import HuishengError
from huisheng.server.books import prove
from huisheng.server.clock import Clock
from huisheng.server.database.database import Database
from huisheng.server.ledger.proof import LedgerProof
from huisheng.server.ledger.service import bring_forward
from huisheng.server.observability.metrics import Metrics

logger = logging.getLogger("huisheng.server")

_INTERVAL: Final = timedelta(hours=1)


class Bookkeeper:
    """Keeps the books of a server.

    Args:
        database: with the books.
        metrics: are told of faults; None where nothing is counted.
        clock: tells the time.
    """

    def __init__(self, database: Database, metrics: Metrics | None, clock: Clock) -> None:
        self._database = database
        self._metrics = metrics
        self._clock = clock
        self.proof: LedgerProof | None = None
        """The last one, None before the first."""

    async def prove(self) -> LedgerProof:
        """Prove the books now. Raises as `Database.read`."""
        now = self._clock()
        proof = await self._database.read(partial(prove, now=now))
        self.proof = proof
        if self._metrics:
            self._metrics.on_proof(len(proof.faults))
        for fault in proof.faults:
            logger.error("账目有误 the books are wrong: %s %s: %s", fault.check, fault.id, fault.detail)
        return proof

    async def keep(self) -> None:
        """Prove the books, and bring balances forward, every hour, until cancelled."""
        while True:
            try:
                while await self._database.write(partial(bring_forward, at=self._clock())):
                    pass
                await self.prove()
            except HuishengError as error:
                logger.error("%s", error.message)  # noqa: TRY400 (a plain sentence helps more)
            except Exception:
                logger.exception("the books could not be proved")
            await asyncio.sleep(_INTERVAL.total_seconds())
