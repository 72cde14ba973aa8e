"""Text in, speech out: the front-end, an engine and the sound path as one stream.

`speak` is the collected stream; there is no second way.
"""

from __future__ import annotations

import itertools
from collections.abc import Generator, Iterator
from contextlib import closing
from typing import Final, TypedDict, Unpack

from huisheng.audio.joining import silence
from huisheng.audio.loudness import Limiter
from huisheng.emotion.names import resolve
from huisheng.emotion.styles import shape
from huisheng.engines import make_engine
from huisheng.engines.protocol import Capabilities, Engine
from huisheng.errors import EmptyText, OutOfRange, UnknownEmotion, UnknownVoice
from huisheng.runtime.speech import Speech
from huisheng.text.frontend import Frontend
from huisheng.types import AudioChunk, Delivery, Mark, Samples, Sentence, Span, Timing, Utterance
from huisheng.units import Hertz, amplitude

RANGES: Final = {"speed": (0.5, 2.0), "pitch": (-12.0, 12.0), "volume": (-20.0, 20.0)}
"""What may be asked for: a ratio, semitones, decibels."""


class Manner(TypedDict, total=False):
    """How something is said, as a caller writes it.

    Attributes:
        voice: id or display name; empty for the default voice.
        emotion: name or alias.
        intensity: 0…2, 1 as designed.
        speed: 0.5…2.0.
        pitch: −12…+12 semitones.
        volume: −20…+20 dB.
    """

    voice: str
    emotion: str
    intensity: float
    speed: float
    pitch: float
    volume: float


class Synthesizer:
    """Speaks text with one engine. Safe to use from several threads.

    Args:
        engine: Kokoro when None.
        frontend: shared between synthesizers if given.
    """

    def __init__(self, engine: Engine | None = None, frontend: Frontend | None = None) -> None:
        self._engine = engine or make_engine()
        self._frontend = frontend or Frontend()

    @property
    def capabilities(self) -> Capabilities:
        """Of the engine."""
        return self._engine.capabilities

    @property
    def loaded(self) -> bool:
        """Whether the engine's model is in memory."""
        return self._engine.loaded

    def load(self) -> None:
        """Bring model and dictionaries into memory now rather than at the first request."""
        self._frontend.load()
        self._engine.load()

    def stream(self, text: str, **manner: Unpack[Manner]) -> Generator[AudioChunk]:
        """Speak piece by piece, each as soon as it is ready.

        What is wrong with the request is raised here, before the first piece. Closing the generator stops
        the work. Timings count from the first sample of their own chunk.

        Raises:
            EmptyText: nothing in the text can be spoken.
            InvalidText: the text holds lone surrogates.
            UnknownVoice, UnknownEmotion, OutOfRange: by their names.
        """
        delivery = self.delivery(**manner)
        sentences = (sentence for sentence in self._frontend.sentences(text) if _audible(sentence))
        first = next(sentences, None)
        if first is None:
            raise EmptyText
        return self._spoken(itertools.chain([first], sentences), delivery)

    def speak(self, text: str, **manner: Unpack[Manner]) -> Speech:
        """The whole text as one piece; raises as `stream` does."""
        return Speech.collect(text, self.stream(text, **manner))

    def delivery(self, **manner: Unpack[Manner]) -> Delivery:
        """Check what a caller asked for.

        Raises:
            UnknownVoice, UnknownEmotion, OutOfRange: by their names.
        """
        for name, (low, high) in RANGES.items():
            value = float(manner.get(name, Delivery.__dataclass_fields__[name].default))
            if not low <= value <= high:
                raise OutOfRange(name, value, low, high)
        emotion = resolve(manner.get("emotion", ""), manner.get("intensity", 1.0))
        if emotion.name not in self.capabilities.emotions:
            raise UnknownEmotion(emotion.name, self.capabilities.emotions)
        return Delivery(
            voice=self._voice(manner.get("voice", "")),
            emotion=emotion,
            speed=manner.get("speed", 1.0),
            pitch=manner.get("pitch", 0.0),
            volume=manner.get("volume", 0.0),
        )

    def _voice(self, wanted: str) -> str:
        if not wanted:
            return self.capabilities.voices[0].id
        for voice in self.capabilities.voices:
            if wanted in (voice.id, voice.name):
                return voice.id
        raise UnknownVoice(wanted, tuple(voice.id for voice in self.capabilities.voices))

    def _spoken(self, sentences: Iterator[Sentence], delivery: Delivery) -> Generator[AudioChunk]:
        output = _Output(self.capabilities.sample_rate, amplitude(delivery.volume))
        stretch = shape(delivery.emotion, self.capabilities.name).pause / delivery.speed
        pause = 0.0
        for sentence in sentences:
            yield from output.pause(pause)
            with closing(self._engine.synthesize(Utterance(sentence, delivery))) as chunks:
                for chunk in chunks:
                    yield output.process(chunk)
            pause = sentence.pause * stretch
        yield output.flush()


class _Output:
    """The sound path behind the engine: volume, limiter, and timings that stay true through its delay."""

    def __init__(self, sample_rate: Hertz, gain: float) -> None:
        self._rate = sample_rate
        self._gain = gain
        self._limiter = Limiter(sample_rate)
        self._taken = 0
        self._given = 0
        self._span = Span(0, 0)

    def process(self, chunk: AudioChunk) -> AudioChunk:
        self._span = chunk.span
        ahead = (self._taken - self._given) / self._rate
        self._taken += len(chunk.samples)
        samples = self._limiter.process(chunk.samples * self._gain)
        return self._piece(samples, tuple(timing.shifted(ahead) for timing in chunk.timings))

    def pause(self, seconds: float) -> Iterator[AudioChunk]:
        if seconds > 0.0:
            yield self.process(AudioChunk(silence(seconds, self._rate), self._rate, (), self._span))

    def flush(self) -> AudioChunk:
        return self._piece(self._limiter.flush(), ())

    def _piece(self, samples: Samples, timings: tuple[Timing, ...]) -> AudioChunk:
        self._given += len(samples)
        return AudioChunk(samples, self._rate, timings, self._span)


def _audible(sentence: Sentence) -> bool:
    return any(not isinstance(item, Mark) for item in sentence.items)
