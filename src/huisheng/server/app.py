"""The composition root: settings and a synthesizer become one application."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable, Collection
from contextlib import asynccontextmanager, suppress
from importlib.metadata import version
from typing import TYPE_CHECKING

from fastapi import Depends, FastAPI
from starlette.middleware.cors import CORSMiddleware

from huisheng.errors import HuishengError, SetupError, StorageError
from huisheng.runtime.admission import Admission, AdmissionLimits
from huisheng.runtime.audio_store.store import AudioStore
from huisheng.runtime.dispatch import AHEAD, Dispatch
from huisheng.runtime.memory import MemoryPool
from huisheng.runtime.observer import NullObserver, Observer
from huisheng.runtime.synthesizer import Synthesizer
from huisheng.runtime.workers.fork_server import ForkServerConfig
from huisheng.runtime.workers.processes import ProcessWorkers
from huisheng.runtime.workers.protocol import Workers
from huisheng.runtime.workers.threads import ThreadWorkers
from huisheng.server import documentation, errors, health, pages
from huisheng.server.catalogue import endpoints as catalogue
from huisheng.server.clock import Clock, utc_now
from huisheng.server.dependencies import Components
from huisheng.server.documentation import DescribedAPI
from huisheng.server.doors import openai, stream
from huisheng.server.doors.door import Door, formats, labels, load_doors
from huisheng.server.errors import Answers
from huisheng.server.guard.middleware import Guard
from huisheng.server.middleware import ReceiveMiddleware, RequestMiddleware
from huisheng.server.observability import endpoints as observability
from huisheng.server.observability.metrics import Gauges, Metrics
from huisheng.server.permissions import may_see_voices, may_speak, require_operator
from huisheng.server.readiness import Readiness, WriteProbe
from huisheng.server.reading import endpoints as reading
from huisheng.server.roi import endpoints as roi
from huisheng.server.settings import Settings
from huisheng.server.speech import endpoints as speech
from huisheng.server.speech.metering import CHARGED_HEADER, REMAINING_HEADER
from huisheng.server.speech.schemas import WARNING_HEADER
from huisheng.server.speech.service import SpeechService
from huisheng.units import Seconds

if TYPE_CHECKING:
    from huisheng.server.business import Business

logger = logging.getLogger("huisheng.server")

_SWEEP_INTERVAL = 60.0
"""Seconds between two looks for files whose time is over."""

_BODIES = 128 << 20
"""Bytes of request bodies in memory at one time."""

_CONTEXTS = 256 << 20
"""Bytes of all contexts of WebSockets at one time."""

_DOORS = (openai.DOOR, stream.DOOR)
"""Foreign protocols that are built in; other packages bring further ones (`doors.door`)."""

_EXPOSED = (
    *("X-Request-Id", WARNING_HEADER, "X-Huisheng-Speed-Clamped", "X-AIGC", "Content-Disposition"),
    *("RateLimit", "RateLimit-Policy", "Retry-After"),
    *(CHARGED_HEADER, REMAINING_HEADER, "Idempotent-Replayed"),
)
"""Headers that pages of other origins may read."""


def create_app(
    settings: Settings,
    synthesizer: Synthesizer,
    store: AudioStore | None = None,
    factory: Callable[[], Synthesizer] | None = None,
    clock: Clock = utc_now,
) -> FastAPI:
    """Build the application.

    Args:
        settings: of this server.
        synthesizer: knows the voices.
        store: keeps produced files; by the settings when None.
        factory: makes the synthesizer of a process of its own, where the settings ask for such; can be
            pickled. Without it `synthesizer` speaks.
        clock: of accounts and books.
    """
    store = store or AudioStore(settings.audio_folder, settings.audio_ttl, settings.audio_limit)
    others = load_doors(_DOORS)
    doors = (*_DOORS, *others)
    app = _describe(settings, doors)
    metrics = Metrics(_gauges(app), observability.error_codes(), labels(doors)) if settings.metrics else None
    business = _open_business(settings, metrics, clock)
    dispatch = _dispatch(settings, synthesizer, factory, metrics or NullObserver())
    memory = settings.memory.open()
    speech_service = SpeechService(
        synthesizer,
        dispatch,
        store,
        settings,
        memory if settings.remembers else None,
        business.meter if business else None,
    )
    app.state.components = Components(
        settings=settings,
        synthesizer=synthesizer,
        dispatch=dispatch,
        readiness=Readiness(dispatch, speech_service.rehearse, WriteProbe(store.check), lazy=settings.lazy),
        store=store,
        memory=memory,
        speech=speech_service,
        metrics=metrics,
        contexts=MemoryPool(_CONTEXTS),
        business=business,
    )
    answers = errors.install(app, formats(doors))
    _include_routers(app, others, business)
    pages.install(app, settings.page, accounts=settings.accounts)
    _add_middleware(app, settings, answers, business)
    if metrics:
        observability.install(app, metrics, [Depends(require_operator)] if business else ())
    app.add_middleware(RequestMiddleware, metrics=metrics)
    return app


def _describe(settings: Settings, doors: Collection[Door]) -> DescribedAPI:
    """The application without any part."""
    return DescribedAPI(
        settings.text_limit,
        formats(doors),
        accounts=settings.accounts,
        title="绘声 Huisheng",
        summary="支持情感的中文语音合成。Chinese text in, emotional speech out.",
        version=version("huisheng"),
        docs_url=None,
        redoc_url=None,
        lifespan=_lifespan,
        # Spans and logs of the framework would carry bodies and messages, that is users' text.
        telemetry={"tracing": False, "metrics": False, "logs": False, "auto_configure": False},
    )


def _include_routers(app: FastAPI, others: Collection[Door], business: Business | None) -> None:
    """All routes; where there are accounts, what speaks and what lists voices asks for the right to it."""
    speaking, listing = ([Depends(may_speak)], [Depends(may_see_voices)]) if business else ([], [])
    for part in (speech, *_DOORS, reading, *others):
        app.include_router(part.router, dependencies=speaking)
    app.include_router(catalogue.router, dependencies=listing)
    for router in (roi.router, health.router, documentation.router, *(business.routers if business else ())):
        app.include_router(router)


def _dispatch(
    settings: Settings,
    synthesizer: Synthesizer,
    factory: Callable[[], Synthesizer] | None,
    observer: Observer,
) -> Dispatch:
    """Dispatch to worker processes if asked for, else to threads of this one."""
    workers: Workers = ThreadWorkers(synthesizer, settings.slots, lazy=settings.lazy)
    if factory and settings.workers:
        config = ForkServerConfig(factory, settings.slots, settings.lazy)
        step_limit = settings.step_limit.total_seconds()
        workers = ProcessWorkers(config, settings.workers, step_limit, observer.on_worker_lost)
    limits = AdmissionLimits(settings.queue, Seconds(settings.longest_wait.total_seconds()))
    return Dispatch(workers, Admission(workers.count, workers.threads, limits, ahead=AHEAD), observer)


def _open_business(settings: Settings, metrics: Metrics | None, clock: Clock) -> Business | None:
    """Accounts and money, where they are on; their libraries are loaded only then.

    Raises:
        SetupError: they are not installed, or cannot be used.
    """
    if not settings.accounts:
        return None
    try:
        from huisheng.server.business import open_business  # noqa: PLC0415 (see above)
    except ModuleNotFoundError as error:
        raise SetupError(
            "账户功能需要额外的依赖，请安装 huisheng[server,accounts]。",
            "Accounts need more packages; install huisheng[server,accounts].",
        ) from error
    return open_business(settings, metrics, clock)


def _add_middleware(app: FastAPI, settings: Settings, answers: Answers, business: Business | None) -> None:
    """Innermost first: each is added around those before it."""
    app.add_middleware(ReceiveMiddleware, limit=settings.body_limit, pool=MemoryPool(_BODIES))
    if business:
        app.add_middleware(business.charging)
        app.add_middleware(
            business.idempotency,
            database=business.database,
            instance=business.meter.instance,
            answers=answers,
            limit=settings.body_limit,
        )
    app.add_middleware(
        Guard,
        settings=settings,
        answers=answers,
        page=pages.addresses(settings.page, accounts=settings.accounts),
        accounts=business.authenticator if business else None,
    )
    if settings.cors_origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=settings.cors_origins,
            allow_methods=["GET", "POST", "PUT", "PATCH", "DELETE"] if business else ["GET", "POST"],
            allow_headers=["*"],
            expose_headers=_EXPOSED,
        )


def _gauges(app: FastAPI) -> Gauges:
    """What `/metrics` asks for, once the parts of the application are there."""

    def components() -> Components:
        return app.state.components

    return Gauges(
        ready=lambda: _is_ready(components().readiness),
        slots=lambda: components().dispatch.admission.slots,
        slots_in_use=lambda: components().dispatch.admission.running,
        waiting=lambda: components().dispatch.admission.waiting,
        workers=lambda: components().dispatch.workers.pids,
        sentences=lambda: components().dispatch.workers.cache_counts,
    )


def _is_ready(readiness: Readiness) -> bool:
    try:
        readiness.state()
    except HuishengError:
        return False
    return True


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncGenerator[None]:
    """Load the engine and keep the folder of produced files small, for as long as the server runs."""
    components: Components = app.state.components
    business = components.business
    chores = (
        asyncio.create_task(components.readiness.warm_up()),
        asyncio.create_task(_sweep(components)),
        *(asyncio.create_task(chore()) for chore in (business.chores if business else ())),
    )
    try:
        yield
    finally:
        for chore in chores:
            chore.cancel()
        for chore in chores:
            with suppress(asyncio.CancelledError):
                await chore
        await components.dispatch.workers.close()
        await asyncio.to_thread(components.memory.close)
        if business:
            await asyncio.to_thread(business.close)


async def _sweep(components: Components) -> None:
    while True:
        await components.readiness.storage.probe()
        try:
            await asyncio.to_thread(components.store.sweep)
        except StorageError as error:
            logger.error("%s", error.message)  # noqa: TRY400 (a plain sentence helps more)
        await asyncio.to_thread(components.memory.sweep)
        await asyncio.sleep(_SWEEP_INTERVAL)
