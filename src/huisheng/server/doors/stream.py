"""The socket on which text arrives piece by piece and speech goes out (`/v1/audio/speech/stream`).

One socket holds several contexts, each a text of its own with a voice of its own. They are spoken at the same
time, each in order; one that fails ends alone. The reader of the socket never waits for sound, only for a
cancelled context to be over: a later message may then use its name again.
"""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final

from fastapi import APIRouter
from starlette.status import (
    WS_1000_NORMAL_CLOSURE,
    WS_1008_POLICY_VIOLATION,
    WS_1009_MESSAGE_TOO_BIG,
)
from starlette.websockets import WebSocket, WebSocketDisconnect

from huisheng.errors import Busy, HuishengError, RefusedError, RequestError
from huisheng.server.dependencies import Components
from huisheng.server.doors import stream_messages as messages
from huisheng.server.doors.door import Door
from huisheng.server.doors.stream_context import Context, MessageSender
from huisheng.server.doors.stream_track import Progress
from huisheng.server.errors import (
    BodyTooLarge,
    ContextInUse,
    InternalError,
    TooManyContexts,
    UnknownContext,
    log_failure,
)
from huisheng.server.guard.client import Client
from huisheng.server.guard.errors import Denied
from huisheng.server.guard.middleware import IDENTIFY
from huisheng.server.permissions import require

logger = logging.getLogger("huisheng.server")

router = APIRouter()

DOOR: Final = Door("stream", router)
"""Under the prefix of OpenAI's door, whose clients know its address."""

_MAX_INVALID_FRAMES: Final = 3
"""Frames in a row that are no messages, after which the socket is closed."""

_SOON: Final = 1
"""Seconds after which there may be memory for a context."""

_RESTART: Final = 1012
"""The code with which this server ends connections when it stops (IANA's registry); one that a client sends
comes with a reason, even an empty one.
"""

_REMEMBERED: Final = 64
"""Contexts that are over, and whose progress is kept."""


@router.websocket("/v1/audio/speech/stream")
async def stream_speech(websocket: WebSocket) -> None:
    """Take text, send speech, until the client leaves."""
    await websocket.accept()
    await StreamSession(websocket, websocket.app.state.components).run()


@dataclass(frozen=True, slots=True)
class _Open:
    """A context that is not over, and the task that speaks it."""

    context: Context
    task: asyncio.Task[None]


@dataclass(frozen=True, slots=True)
class _Past:
    """A context that is over. One that failed takes no text until it is started anew: what still comes for it
    would otherwise be spoken without its beginning, in a default voice.
    """

    progress: Progress
    failed: bool


class _FrameResult(Enum):
    """The result of a frame."""

    ANSWERED = auto()
    INVALID = auto()
    """It is no message, and was refused."""
    TOO_LARGE = auto()
    DENIED = auto()
    """Its sender may not speak, or not any more."""
    TIMED_OUT = auto()
    """None came for so long that the socket is closed."""


class StreamSession:
    """Everything that happens on one socket.

    Args:
        websocket: accepted.
        components: of the application.
    """

    def __init__(self, websocket: WebSocket, components: Components) -> None:
        self._websocket = websocket
        self._components = components
        self._settings = components.settings
        self._identify: Callable[[], Awaitable[Client]] = getattr(websocket.state, IDENTIFY)
        self._sender = MessageSender(websocket, components.settings.stall)
        self._tasks = asyncio.TaskGroup()
        self._open: dict[str, _Open] = {}
        self._past = OrderedDict[str, _Past]()

    async def run(self) -> None:
        """Serve the socket to its end; then nothing of it is synthesized any more."""
        code = WS_1000_NORMAL_CLOSURE
        gone = False
        try:
            async with self._tasks:
                code = await self._serve()
                for entry in self._open.values():
                    entry.task.cancel()
        except* WebSocketDisconnect:
            gone = True
        if not gone:
            await self._sender.close(code)

    async def _serve(self) -> int:
        """Answer frames until there is a reason to close the socket; returns its code."""
        invalid_frames = 0
        while invalid_frames < _MAX_INVALID_FRAMES:
            match await self._answer_next():
                case _FrameResult.ANSWERED:
                    invalid_frames = 0
                case _FrameResult.INVALID:
                    invalid_frames += 1
                case _FrameResult.TOO_LARGE:
                    return WS_1009_MESSAGE_TOO_BIG
                case _FrameResult.DENIED:
                    return WS_1008_POLICY_VIOLATION
                case _FrameResult.TIMED_OUT:
                    return WS_1000_NORMAL_CLOSURE
        return WS_1008_POLICY_VIOLATION

    async def _answer_next(self) -> _FrameResult:
        """Answer the next frame. It is held no longer: the one after it may come much later."""
        frame = await self._frame()
        if frame is None:
            return _FrameResult.TIMED_OUT
        if len(frame.encode("utf-8", errors="replace")) > self._settings.body_limit:
            await self._refuse(BodyTooLarge(self._settings.body_limit))
            return _FrameResult.TOO_LARGE
        try:
            message = messages.parse_message(frame)
        except RequestError as error:
            await self._refuse(error)
            return _FrameResult.INVALID
        return await self._answer(message)

    async def _frame(self) -> str | None:
        """The next text frame, empty for a binary one; None after a long silence on both sides."""
        while True:
            try:
                async with asyncio.timeout(self._settings.socket_idle.total_seconds()):
                    message = await self._websocket.receive()
            except TimeoutError:
                if all(entry.context.resting for entry in self._open.values()):
                    return None
                continue
            if message["type"] == "websocket.disconnect":
                if message["code"] == _RESTART and "reason" not in message:
                    self._cancel_charges(*self._open)
                raise WebSocketDisconnect(message["code"])
            return message.get("text") or ""

    async def _answer(self, message: messages.Request) -> _FrameResult:
        """Do what a message asks for; what it cannot have ends its context alone."""
        name = message.context
        try:
            match message:
                case messages.Start():
                    await self._start(message)
                case messages.Cancel():
                    await self._cancel(message)
                case messages.Played():
                    self._progress(name).note_played(message.seconds)
                case _:
                    await self._continue(message)
        except HuishengError as error:
            await self._fail(name, error)
            return _FrameResult.DENIED if isinstance(error, Denied) else _FrameResult.ANSWERED
        except WebSocketDisconnect:
            raise
        except Exception:
            logger.exception("a message could not be served")
            await self._fail(name, InternalError())
        return _FrameResult.ANSWERED

    async def _continue(self, message: messages.Text | messages.Flush | messages.Finish) -> None:
        name = message.context
        if name not in self._open and name in self._past and self._past[name].failed:
            return
        if isinstance(message, messages.Text):
            require(await self._identify(), "speak")
            if name not in self._open:
                await self._start(messages.Start(context=name))
        if name not in self._open:
            raise UnknownContext(name)
        context = self._open[name].context
        match message:
            case messages.Text():
                context.take(message.text)
            case messages.Flush():
                context.flush()
            case messages.Finish():
                context.finish()

    async def _start(self, start: messages.Start) -> None:
        if start.context in self._open:
            raise ContextInUse(start.context)
        if len(self._open) == self._settings.contexts:
            raise TooManyContexts(self._settings.contexts)
        client = await self._identify()
        require(client, "speak")
        components, size = self._components, messages.memory_of(start)
        if not components.contexts.take(size):
            raise Busy(_SOON)
        try:
            context = Context(
                start,
                client,
                components.synthesizer,
                components.speech,
                self._sender,
                self._settings.text_limit,
            )
            await self._sender.send(context.started_message())
            task = self._tasks.create_task(self._speak(context))
        except BaseException:
            components.contexts.give(size)
            raise
        task.add_done_callback(lambda _: components.contexts.give(size))
        self._past.pop(context.name, None)
        self._open[context.name] = _Open(context, task)

    async def _cancel(self, cancel: messages.Cancel) -> None:
        progress = self._progress(cancel.context)
        if cancel.played is not None:
            progress.note_played(cancel.played)
        await self._stop(cancel.context)
        self._remember(cancel.context, _Past(progress, failed=False))
        await self._sender.send(
            messages.Cancelled(
                context=cancel.context, sent_until=progress.sent_until, heard_until=progress.heard_until
            )
        )

    async def _speak(self, context: Context) -> None:
        """The task of a context."""
        try:
            await context.speak()
        except HuishengError as error:
            if not isinstance(error, (RequestError, RefusedError)):
                log_failure("a context broke off", error)
            self._leave(context, failed=True)
            await self._refuse(error, context.name)
        except WebSocketDisconnect:
            raise
        except Exception:
            logger.exception("a context broke off")
            self._leave(context, failed=True)
            await self._refuse(InternalError(), context.name)
        else:
            self._leave(context, failed=False)
            if context.charge:
                context.charge.complete()
            await self._sender.send(context.done_message())

    async def _fail(self, name: str, error: HuishengError) -> None:
        """A message could not be served. A context that goes on as it was is not over for it."""
        if not isinstance(error, (ContextInUse, UnknownContext)):
            if not isinstance(error, RequestError):
                self._cancel_charges(name)
            await self._stop(name)
            progress = self._past[name].progress if name in self._past else Progress()
            self._remember(name, _Past(progress, failed=True))
        await self._refuse(error, name)

    async def _stop(self, name: str) -> None:
        """End a context and wait until its engine is free."""
        entry = self._open.get(name)
        if entry is None:
            return
        entry.task.cancel()
        await asyncio.wait([entry.task])
        if name in self._open:
            self._leave(entry.context, failed=False)

    def _cancel_charges(self, *names: str) -> None:
        """Charge nothing for contexts that this server ends."""
        for name in names:
            charge = self._open[name].context.charge if name in self._open else None
            if charge:
                charge.cancel()

    def _leave(self, context: Context, *, failed: bool) -> None:
        del self._open[context.name]
        self._remember(context.name, _Past(context.progress, failed))

    def _remember(self, name: str, past: _Past) -> None:
        self._past[name] = past
        self._past.move_to_end(name)
        if len(self._past) > _REMEMBERED:
            self._past.popitem(last=False)

    def _progress(self, name: str) -> Progress:
        """The progress of a context, also of one that is over: people interrupt what was sent long ago.

        Raises:
            UnknownContext: there was none.
        """
        if name in self._open:
            return self._open[name].context.progress
        if name in self._past:
            return self._past[name].progress
        raise UnknownContext(name)

    async def _refuse(self, error: HuishengError, context: str | None = None) -> None:
        await self._sender.send(messages.Error.from_error(error, context))
