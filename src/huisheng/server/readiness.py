"""Whether the server can speak: it has loaded what speaks, has spoken once, and is not about to stop."""

from __future__ import annotations

import logging
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from typing import Literal, TypeAlias

from huisheng.errors import Draining, HuishengError
from huisheng.runtime.dispatch import Dispatch
from huisheng.server.errors import InternalError, Warming

logger = logging.getLogger("huisheng.server")

Rehearsal: TypeAlias = Callable[[], AsyncGenerator[object]]
"""Says something; its first piece proves that the default voice can speak."""


class Readiness:
    """Starts the workers in the background, lets them speak once, and knows how far that is.

    Args:
        dispatch: to the workers.
        rehearsal: the first synthesis.
        lazy: leave the loading, and so the first synthesis, to the first request.
    """

    def __init__(self, dispatch: Dispatch, rehearsal: Rehearsal, *, lazy: bool) -> None:
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
        """Whether requests are served; models that leave memory later come back when they are asked for.

        Raises:
            Draining: the server is stopping.
            Warming: the engine is still loading.
            HuishengError: why it could not be loaded.
        """
        if self._dispatch.admission.draining:
            raise Draining
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
