"""A context: one text of a WebSocket, from its first piece to its last sound."""

from __future__ import annotations

import asyncio
import base64
import logging
import time
from collections.abc import Coroutine, Iterable
from contextlib import aclosing, suppress
from datetime import timedelta
from enum import Enum
from typing import Final, TypeAlias

from starlette.websockets import WebSocket, WebSocketDisconnect

from huisheng.audio.encoding import Coding
from huisheng.errors import EmptyText, TextTooLong
from huisheng.runtime.output import common_rate
from huisheng.runtime.synthesizer import Synthesizer
from huisheng.runtime.work.speech import PauseDue
from huisheng.server.doors import stream_messages as messages
from huisheng.server.doors.stream_track import EncodedSound, Progress, Track
from huisheng.server.errors import ContextInUse
from huisheng.server.guard.client import Client
from huisheng.server.speech.metering import Charge, MeteredRequest, break_off
from huisheng.server.speech.schemas import TimingLine, Warned
from huisheng.server.speech.service import RequestContext, SpeechService
from huisheng.types import Passage, distinct_notices
from huisheng.units import Seconds

logger = logging.getLogger("huisheng.server")

_ROUTE: Final = "/v1/audio/speech/stream"

_GONE: Final = 1006
"""Never sent: the code of a connection that ended without a close frame (RFC 6455, 7.1.5)."""


class MessageSender:
    """Sends messages whole, one after another.

    Args:
        websocket: accepted.
        stall: how long the client may leave a frame unread.
    """

    def __init__(self, websocket: WebSocket, stall: timedelta) -> None:
        self._websocket = websocket
        self._stall = stall.total_seconds()
        self._turn = asyncio.Lock()

    async def send(self, answer: messages.Answer, payload: bytes | None = None) -> None:
        """Send a message, and the binary frame that it announces right behind it.

        Raises:
            WebSocketDisconnect: the client is gone, or does not read.
        """
        async with self._turn:
            await _finish(self._write(answer.model_dump_json(exclude_none=_is_sparse(answer)), payload))

    async def close(self, code: int) -> None:
        """End the connection; one that is not read ends without a reason."""
        with suppress(TimeoutError, WebSocketDisconnect):
            async with self._turn, asyncio.timeout(self._stall):
                await self._websocket.close(code)

    async def _write(self, text: str, payload: bytes | None) -> None:
        try:
            async with asyncio.timeout(self._stall):
                await self._websocket.send_text(text)
                if payload is not None:
                    await self._websocket.send_bytes(payload)
        except TimeoutError as error:
            logger.warning("socket dropped: its client does not read")
            raise WebSocketDisconnect(_GONE) from error


def _is_sparse(answer: messages.Answer) -> bool:
    """Whether fields without a value are left out; where nothing was heard, null says so."""
    return not isinstance(answer, messages.Cancelled)


async def _finish(step: Coroutine[None, None, None]) -> None:
    """Run to the end even when the caller is cancelled: half a message would break the connection."""
    task = asyncio.ensure_future(step)
    try:
        await asyncio.shield(task)
    except asyncio.CancelledError:
        await task
        raise


class _Mark(Enum):
    """Marks between passages."""

    FLUSH = "flush"
    FINISH = "finish"


_Step: TypeAlias = Passage | _Mark


class Context:
    """One text: takes its pieces, synthesizes them in order, and knows how far it has got.

    Args:
        start: the client's message.
        client: that sent it.
        synthesizer: cuts the text into passages.
        speech: synthesizes them.
        sender: of the socket.
        text_limit: characters of the text.

    Raises:
        RequestError: it cannot be served.
    """

    def __init__(
        self,
        start: messages.Start,
        client: Client,
        synthesizer: Synthesizer,
        speech: SpeechService,
        sender: MessageSender,
        text_limit: int,
    ) -> None:
        self.name = start.context
        self.progress = Progress()
        self._client = client
        self._metered = MeteredRequest(_ROUTE)
        self._request = speech.resolve(start.request(), RequestContext(client))
        self._rate = common_rate([self._request.resolved.voice])
        self._coding = Coding(
            self._request.audio_format, self._request.sample_rate or self._rate, speech.label()
        )
        self._notices = self._request.resolved.notices
        self._track = Track(self._coding, self._rate, self._request.resolved.options.volume)
        known = synthesizer.without(client.hidden_voices)
        self._arriving = known.arriving(self._request.options.markup, eager=start.eager)
        self._speech = speech
        self._sender = sender
        self._text_limit = text_limit
        self._binary = start.audio == "binary"
        self._idle = start.idle
        self._timer: asyncio.TimerHandle | None = None
        self._first_sent: float | None = None
        """When the first piece went out; monotonic."""
        self._steps = asyncio.Queue[_Step]()
        self.finished = False
        """Whether no more text may come."""
        self.resting = False
        """Whether all that has come has been spoken."""

    @property
    def charge(self) -> Charge | None:
        """What it is charged; None while nothing is."""
        return self._metered.charge

    def started_message(self) -> messages.ContextStarted:
        """The first message to the client."""
        coding = self._coding
        return messages.ContextStarted(
            context=self.name,
            sample_rate=coding.sample_rate,
            format=coding.audio_format,
            aigc=coding.label,
            warnings=Warned.of(self._request.resolved.notices),
        )

    def take(self, piece: str) -> None:
        """Take the next piece of the text.

        Raises:
            ContextInUse: the text was said to be complete.
            TextTooLong: there is too much of it.
        """
        self._check_unfinished()
        length = self._arriving.length + len(piece)
        if length > self._text_limit:
            raise TextTooLong(length, self._text_limit)
        self._queue(self._arriving.take(piece))
        self._stop_timer()
        self._timer = asyncio.get_running_loop().call_later(self._idle, self._settle)

    def flush(self) -> None:
        """Speak the text so far.

        Raises:
            ContextInUse: the text was said to be complete.
        """
        self._check_unfinished()
        self._end(_Mark.FLUSH)

    def finish(self) -> None:
        """The text is complete. A second call does nothing."""
        if not self.finished:
            self.finished = True
            self._end(_Mark.FINISH)

    async def speak(self) -> None:
        """Speak until the text is complete and spoken.

        Raises:
            HuishengError: it cannot be spoken, or that failed.
            WebSocketDisconnect: the client is gone.
        """
        try:
            while (step := await self._next()) is not _Mark.FINISH:
                if isinstance(step, Passage):
                    await self._say(step)
                else:
                    await self._send(await asyncio.to_thread(self._track.flush_pause))
                    await self._sender.send(messages.Flushed(context=self.name))
            await self._send(await asyncio.to_thread(self._track.finish))
        except (asyncio.CancelledError, WebSocketDisconnect):
            if self.charge:
                self.charge.abandon()
            raise
        except BaseException as error:
            break_off(self.charge, error)
            raise
        finally:
            self._stop_timer()

    def done_message(self) -> messages.Done:
        """The last message to the client."""
        duration, charge = round(self._track.duration, 3), self.charge
        return messages.Done(
            context=self.name,
            characters=self._arriving.length,
            duration=duration,
            warnings=Warned.of(self._notices),
            charged=charge.charged if charge else None,
            remaining=charge.remaining if charge else None,
        )

    async def _next(self) -> _Step:
        self.resting = self._steps.empty()
        step = await self._steps.get()
        self.resting = False
        return step

    async def _say(self, passage: Passage) -> None:
        notices = self._speech.notices(passage.text, self._request)
        self._notices = distinct_notices((*self._notices, *notices))
        request_context = RequestContext(self._client, ahead=self._ahead(), metered=self._metered)
        parts = self._speech.listen(self._request, passage, self._rate, request_context, self._track.duration)
        async with aclosing(parts):
            try:
                async for part in parts:
                    if isinstance(part, PauseDue):
                        self._track.add_pause(part.seconds)
                    else:
                        await self._send(await asyncio.to_thread(self._track.add, part, passage.start))
            except EmptyText:
                return  # a line of dashes, say: in the whole text it would be passed over as well

    def _ahead(self) -> Seconds | None:
        """Seconds of sound that a listener from the first piece on has yet to hear; None before it."""
        if self._first_sent is None:
            return None
        return Seconds(max(0.0, self._first_sent + self._track.duration - time.monotonic()))

    async def _send(self, sound: EncodedSound | None) -> None:
        if sound is None:
            return
        self._first_sent = self._first_sent or time.monotonic()
        self.progress.note_sent(sound)
        if self.charge:
            self.charge.note_sound()
        plain = None if self._binary else base64.b64encode(sound.encoded).decode("ascii")
        message = messages.AudioMessage(
            context=self.name,
            audio=plain,
            bytes=len(sound.encoded) if self._binary else None,
            timings=tuple(map(TimingLine.of, sound.timings)),
            spoken_until=sound.spoken_until,
        )
        await self._sender.send(message, sound.encoded if self._binary else None)

    def _settle(self) -> None:
        self._queue(self._arriving.settle())

    def _end(self, mark: _Mark) -> None:
        self._stop_timer()
        self._queue(self._arriving.flush())
        self._steps.put_nowait(mark)

    def _queue(self, passages: Iterable[Passage]) -> None:
        for passage in passages:
            self._steps.put_nowait(passage)

    def _stop_timer(self) -> None:
        if self._timer:
            self._timer.cancel()

    def _check_unfinished(self) -> None:
        if self.finished:
            raise ContextInUse(self.name)
