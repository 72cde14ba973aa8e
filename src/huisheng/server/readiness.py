"""Whether the server can speak yet, and the loading that makes it so."""

from __future__ import annotations

import asyncio
import logging
import time
from typing import Literal

from huisheng.errors import HuishengError
from huisheng.runtime.synthesizer import Synthesizer
from huisheng.server.errors import InternalError, Warming

logger = logging.getLogger("huisheng.server")


class Readiness:
    """Loads the engine in the background and knows how far that is.

    Args:
        synthesizer: whose engine is loaded.
        lazy: leave the loading to the first request.
    """

    def __init__(self, synthesizer: Synthesizer, *, lazy: bool) -> None:
        self._synthesizer = synthesizer
        self._lazy = lazy
        self._failure: HuishengError | None = None
        self._warm = False

    async def warm_up(self) -> None:
        """Load the engine, unless lazy. A failure is kept for `state`: files can be installed later."""
        if self._lazy:
            return
        logger.info("正在载入语音引擎…")
        begun = time.perf_counter()
        try:
            await asyncio.to_thread(self._synthesizer.load)
        except HuishengError as error:
            self._failure = error
            logger.error("语音引擎载入失败：%s", error.message)  # noqa: TRY400 (a plain sentence helps more)
        except Exception:
            self._failure = InternalError()
            logger.exception("语音引擎载入失败。")
        else:
            self._warm = True
            logger.info("语音引擎已就绪（%.1f 秒）。", time.perf_counter() - begun)

    def state(self) -> Literal["ready", "lazy"]:
        """Whether requests are served; models that leave memory later come back when they are asked for.

        Raises:
            Warming: the engine is still loading.
            HuishengError: why it could not be loaded.
        """
        if self._warm or self._synthesizer.loaded:
            return "ready"
        if self._failure:
            raise self._failure
        if not self._lazy:
            raise Warming
        return "lazy"
