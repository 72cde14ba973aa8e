"""Questions that are all different, and the proof that an answer is that to its own question.

A synthesis is the same wherever it is made, so its sound is the fingerprint of text, voice and options.
"""

from __future__ import annotations

import base64
import io
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from random import Random
from typing import Any, Final, TypeAlias
from urllib.parse import urlencode

import httpx
import numpy as np
import soundfile
from numpy.typing import NDArray

from huisheng.audio.encoding.pcm import quantize
from huisheng.runtime.synthesizer import Synthesizer

PcmSamples: TypeAlias = NDArray[np.int16]
"""(N,) samples of an answer."""

_TOLERANCE: Final = 32
"""A thousandth of full scale, in steps of 1/32 768."""

_CLAUSES: Final = (
    "天亮以前下了一场小雨",
    "他把信放进抽屉里",
    "请在下午三点半以前回电话",
    "这本书一共有208页",
    "山上的桃花还没有开",
    "我们银行的行长明天出差",
    "孩子们在操场上放风筝",
    "今年的产量增长了12.5%",
    "她笑着摇了摇头",
    "列车即将进站",
)
_ENDS: Final = ("。", "！", "？", "，真的。")


@dataclass(frozen=True)
class Question:
    """What is asked for, in the fields of a request."""

    text: str
    voice: str
    emotion: str
    intensity: float
    speed: float
    pitch: float
    volume: float


def question(number: int, voices: Sequence[str], emotions: Sequence[str], longest: int = 3) -> Question:
    """The question of this number, always the same: no two share their text.

    Args:
        number: from 0.
        voices: to choose from.
        emotions: to choose from.
        longest: clauses at most.
    """
    dice = Random(number)
    clauses = [dice.choice(_CLAUSES) + dice.choice(_ENDS) for _ in range(dice.randint(1, longest))]
    return Question(
        text=f"第{number}号，" + "".join(clauses),
        voice=dice.choice(voices),
        emotion=dice.choice(emotions),
        intensity=dice.choice([0.5, 1.0, 1.5]),
        speed=dice.choice([0.8, 1.0, 1.3, 2.0]),
        pitch=dice.choice([-2.0, 0.0, 3.0]),
        volume=dice.choice([-6.0, 0.0]),
    )


class Truth:
    """What a voice says, without any server.

    Args:
        synthesizer: the bare one.
        emotions: that are asked for.
    """

    def __init__(self, synthesizer: Synthesizer, emotions: Sequence[str]) -> None:
        self._synthesizer = synthesizer
        self._emotions = emotions
        voices = synthesizer.capabilities.voices
        self._voices = tuple(voice.id for voice in voices)
        self.rate = int(voices[0].sample_rate)
        """Sample rate of all voices, in Hz."""

    def question(self, number: int, longest: int = 3) -> Question:
        """The question of this number."""
        return question(number, self._voices, self._emotions, longest)

    def samples(self, asked: Question) -> PcmSamples:
        """(N,) the right answer."""
        fields = asdict(asked)
        speech = self._synthesizer.speak(fields.pop("text"), **fields)
        return quantize(speech.samples)

    def is_answer(self, asked: Question, heard: PcmSamples) -> bool:
        """Whether an answer is that to its own question."""
        said = self.samples(asked)
        return len(heard) == len(said) and int(np.abs(heard.astype(int) - said).max(initial=0)) <= _TOLERANCE


class LeftError(Exception):
    """The client has heard enough."""


Door: TypeAlias = Callable[[httpx.AsyncClient, Question, int, float], Awaitable[PcmSamples]]
"""Asks a question at a rate in Hz, and leaves after so many bytes; brings the whole answer otherwise."""


async def by_openai(client: httpx.AsyncClient, asked: Question, rate: int, enough: float) -> PcmSamples:
    """Bare samples as they are made."""
    fields = _foreign(asked) | {"response_format": "pcm", "sample_rate": rate}
    return _samples(b"".join([part async for part in _parts(client, "/v1/audio/speech", fields, enough)]))


async def by_events(client: httpx.AsyncClient, asked: Question, rate: int, enough: float) -> PcmSamples:
    """Samples in server-sent events."""
    fields = _foreign(asked) | {"response_format": "pcm", "sample_rate": rate, "stream_format": "sse"}
    told = b"".join([part async for part in _parts(client, "/v1/audio/speech", fields, enough)])
    events = [json.loads(line.removeprefix(b"data: ")) for line in told.splitlines() if line]
    assert events[-1]["type"] == "speech.audio.done", events[-1]
    return _samples(b"".join(base64.b64decode(event["audio"]) for event in events[:-1]))


async def by_lines(client: httpx.AsyncClient, asked: Question, rate: int, enough: float) -> PcmSamples:
    """Samples in lines of JSON, whose last one names the voice."""
    told = b"".join([part async for part in _parts(client, "/api/speech/stream", asdict(asked), enough)])
    start, *events, done = map(json.loads, told.splitlines())
    assert done["type"] == "done", done
    assert (start["sample_rate"], done["voice"]) == (rate, asked.voice)
    return _samples(b"".join(base64.b64decode(event["audio"]) for event in events))


async def by_file(
    client: httpx.AsyncClient, asked: Question, rate: int, enough: float, *, kind: str = "wav"
) -> PcmSamples:
    """A file that is fetched afterwards."""
    fields = asdict(asked) | {"format": kind}
    made = [part async for part in _parts(client, "/api/tts", fields, enough)]
    result = json.loads(b"".join(made))
    assert (result["voice"], result["sample_rate"]) == (asked.voice, rate)
    return _sound((await client.get(result["audio_url"])).raise_for_status().content)


async def by_form(client: httpx.AsyncClient, asked: Question, rate: int, enough: float) -> PcmSamples:
    """A file as the answer to a form."""
    body = urlencode(asdict(asked)).encode()
    parts = _parts(client, "/tts", body, enough, kind="application/x-www-form-urlencoded")
    return _sound(b"".join([part async for part in parts]))


DOORS: Final[tuple[Door, ...]] = (
    by_openai,
    by_events,
    by_lines,
    by_file,
    partial(by_file, kind="flac"),
    by_form,
)
"""Every way to get sound without loss."""


async def _parts(
    client: httpx.AsyncClient,
    path: str,
    fields: dict[str, Any] | bytes,
    enough: float,
    kind: str = "application/json",
) -> AsyncIterator[bytes]:
    """The body of a good answer as it comes; leaving breaks the connection off."""
    content = fields if isinstance(fields, bytes) else json.dumps(fields).encode()
    got = 0
    async with client.stream("POST", path, content=content, headers={"content-type": kind}) as answer:
        answer.raise_for_status()
        async for part in answer.aiter_raw():
            got += len(part)
            if got > enough:
                raise LeftError
            yield part


def _foreign(asked: Question) -> dict[str, Any]:
    fields = asdict(asked)
    return fields | {"input": fields.pop("text")}


def _samples(pcm: bytes) -> PcmSamples:
    return np.frombuffer(pcm, dtype="<i2")


def _sound(file: bytes) -> PcmSamples:
    samples, _ = soundfile.read(io.BytesIO(file), dtype="int16")
    return np.asarray(samples, dtype=np.int16)
