"""Whether the server can serve: its voice is loaded and has spoken once, files can be written, no drain."""

from __future__ import annotations

import asyncio
import logging
import math
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from typing import Literal, TypeAlias

from huisheng.errors import Draining, HuishengError, StorageError
from huisheng.runtime.dispatch import Dispatch
from huisheng.server.errors import HomeNotWritable, InternalError, Warming

logger = logging.getLogger("huisheng.server")

Rehearsal: TypeAlias = Callable[[], AsyncGenerator[object]]
"""A first synthesis; its first piece proves that the default voice can speak."""


_INTERVAL, _RETRY_INTERVAL = 5.0, 1.0
"""Seconds between two probes, while files can be written and while they cannot."""


class WriteProbe:
    """Probes whether files can be written, at most once in an interval.

    Args:
        check: writes one.
        clock: seconds, never backwards.
    """

    def __init__(self, check: Callable[[], None], clock: Callable[[], float] = time.monotonic) -> None:
        self._check = check
        self._clock = clock
        self._lock = asyncio.Lock()
        self._next_probe = -math.inf
        self.is_writable: bool = True
        """The result of the last probe."""

    async def probe(self) -> None:
        """Probe, if the last time is long enough ago. A change is logged."""
        async with self._lock:
            if self._clock() < self._next_probe:
                return
            try:
                await asyncio.to_thread(self._check)
            except StorageError as error:
                self._record(is_writable=False, message=error.message)
            else:
                self._record(is_writable=True, message="数据目录恢复可写。")

    def _record(self, *, is_writable: bool, message: str) -> None:
        if is_writable != self.is_writable:
            logger.log(logging.INFO if is_writable else logging.ERROR, "%s", message)
        self.is_writable = is_writable
        self._next_probe = self._clock() + (_INTERVAL if is_writable else _RETRY_INTERVAL)


class Readiness:
    """Starts the workers in the background, has them synthesize once, and knows the state of that.

    Args:
        dispatch: to the workers.
        rehearsal: the first synthesis.
        storage: whether files can be written.
        lazy: leave the loading, and so the first synthesis, to the first request.
    """

    def __init__(self, dispatch: Dispatch, rehearsal: Rehearsal, storage: WriteProbe, *, lazy: bool) -> None:
        self.storage = storage
        self._dispatch = dispatch
        self._rehearsal = rehearsal
        self._lazy = lazy
        self._failure: HuishengError | None = None

    async def warm_up(self) -> None:
        """Get ready. A failure is kept for `state` until something is spoken: files may come later."""
        logger.info("正在加载语音引擎…")
        begun = time.perf_counter()
        try:
            await self._dispatch.workers.start()
            if self._lazy:
                return
            await self._rehearse()
        except HuishengError as error:
            self._failure = error
            logger.error("语音引擎加载失败：%s", error.message)  # noqa: TRY400 (a plain sentence helps more)
        except Exception:
            self._failure = InternalError()
            logger.exception("语音引擎加载失败。")
        else:
            logger.info("语音引擎已就绪（%.1f 秒）。", time.perf_counter() - begun)

    def state(self) -> Literal["ready", "lazy"]:
        """Whether requests are served; models that leave memory later are loaded again at their next request.

        Raises:
            Draining: the server is stopping.
            HomeNotWritable: files cannot be written, as of the last probe of `storage`.
            Warming: the engine is still loading.
            HuishengError: why it could not be loaded.
        """
        if self._dispatch.admission.draining:
            raise Draining
        if not self.storage.is_writable:
            raise HomeNotWritable
        if self._dispatch.proven:
            return "ready"
        if self._failure:
            raise self._failure
        if not self._lazy:
            raise Warming
        return "lazy"

    async def _rehearse(self) -> None:
        async with aclosing(self._rehearsal()) as pieces:
            async for _ in pieces:
                return
