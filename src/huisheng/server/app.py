"""The composition root: settings and a synthesizer become one application."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from importlib.metadata import version

from fastapi import FastAPI
from starlette.middleware.cors import CORSMiddleware

from huisheng.errors import StorageError
from huisheng.runtime.synthesizer import Synthesizer
from huisheng.server import documentation, errors, health, pages
from huisheng.server.catalogue import endpoints as catalogue
from huisheng.server.dependencies import Components
from huisheng.server.documentation import DescribedAPI
from huisheng.server.doors import openai, stream
from huisheng.server.middleware import BodyLimit, DisconnectWatch, RequestContext
from huisheng.server.readiness import Readiness
from huisheng.server.reading import endpoints as reading
from huisheng.server.settings import Settings
from huisheng.server.speech import endpoints as speech
from huisheng.server.speech.repository import AudioStore
from huisheng.server.speech.service import SpeechService

logger = logging.getLogger("huisheng.server")

_SWEEP_INTERVAL = 60.0
"""Seconds between two looks for files whose time is over."""


def create_app(settings: Settings, synthesizer: Synthesizer, store: AudioStore | None = None) -> FastAPI:
    """Build the application.

    Args:
        settings: of this server.
        synthesizer: speaks; its engine is loaded in the background once the server runs.
        store: keeps produced files; by the settings when None.
    """
    store = store or AudioStore(settings.audio_folder, settings.audio_ttl, settings.audio_limit)
    app = DescribedAPI(
        title="绘声 Huisheng",
        summary="中文文字进，带情感的语音出。Chinese text in, emotional speech out.",
        version=version("huisheng"),
        docs_url=None,
        redoc_url=None,
        lifespan=_lifespan,
        # Spans and logs of the framework would carry bodies and messages, that is users' text.
        telemetry={"tracing": False, "metrics": False, "logs": False, "auto_configure": False},
    )
    app.state.components = Components(
        settings=settings,
        synthesizer=synthesizer,
        readiness=Readiness(synthesizer, lazy=settings.lazy),
        store=store,
        speech=SpeechService(synthesizer, store, settings),
    )
    errors.install(app, {"/v1/": openai.refusal_shape})
    for part in (speech, reading, openai, stream, catalogue, health, documentation):
        app.include_router(part.router)
    pages.install(app, settings.page)
    _add_middleware(app, settings)
    return app


def _add_middleware(app: FastAPI, settings: Settings) -> None:
    """Innermost first: each is added around those before it."""
    app.add_middleware(BodyLimit, limit=settings.body_limit)
    app.add_middleware(DisconnectWatch)
    if settings.cors_origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=settings.cors_origins,
            allow_methods=["GET", "POST"],
            allow_headers=["*"],
            expose_headers=["X-Request-Id", "X-Huisheng-Speed-Clamped", "X-AIGC", "Content-Disposition"],
        )
    app.add_middleware(RequestContext)


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncGenerator[None]:
    """Load the engine and keep the folder of produced files small, for as long as the server runs."""
    components: Components = app.state.components
    chores = (
        asyncio.create_task(components.readiness.warm_up()),
        asyncio.create_task(_sweep(components.store)),
    )
    try:
        yield
    finally:
        for chore in chores:
            chore.cancel()
        for chore in chores:
            with suppress(asyncio.CancelledError):
                await chore
        components.speech.close()


async def _sweep(store: AudioStore) -> None:
    while True:
        try:
            await asyncio.to_thread(store.sweep)
        except StorageError as error:
            logger.error("%s", error.message)  # noqa: TRY400 (a plain sentence helps more)
        await asyncio.sleep(_SWEEP_INTERVAL)
