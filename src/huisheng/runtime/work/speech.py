"""What the server asks of a synthesizer: sound in one format as it is made, files that are kept, readings."""

from __future__ import annotations

from collections.abc import Generator, Iterable
from contextlib import ExitStack, closing
from dataclasses import dataclass, replace
from typing import Final, NamedTuple, TypeAlias

from huisheng.audio.encoding import FORMATS, AudioFormat, Coder, Coding, declare_length
from huisheng.audio.encoding.pcm import PcmEncoder
from huisheng.labels.aigc import make_label
from huisheng.runtime.audio_store.store import AudioDraft, AudioStore
from huisheng.runtime.budget import UNLIMITED, Budget, estimate_bytes, minimum_bytes
from huisheng.runtime.options import SynthesisOptions
from huisheng.runtime.synthesizer import ResolvedRequest, SpeechStream, Synthesizer
from huisheng.runtime.work.steps import Piece
from huisheng.types import AudioChunk, Passage, Samples, Timing
from huisheng.units import Hertz, Seconds


@dataclass(frozen=True, slots=True)
class SynthesisRequest:
    """A request whose options have been resolved.

    Attributes:
        text: what is said.
        options: how, as they were asked for.
        resolved: what the synthesizer made of both.
        audio_format: of the result.
        sample_rate: of the result; None for that of the speech.
        budget: what it may cost.
    """

    text: str
    options: SynthesisOptions
    resolved: ResolvedRequest
    audio_format: AudioFormat
    sample_rate: Hertz | None
    budget: Budget = UNLIMITED

    def synthesize(self, synthesizer: Synthesizer) -> SpeechStream:
        """The whole as a stream; raises as `Synthesizer.synthesize`."""
        return synthesizer.synthesize(self.text, self.options, resolved=self.resolved, budget=self.budget)


@dataclass(frozen=True, slots=True)
class SynthesisStarted:
    """Synthesis has begun. `sample_rate` is that of the PCM to come, `label` its AIGC label."""

    request: SynthesisRequest
    sample_rate: Hertz
    label: str


@dataclass(frozen=True, slots=True)
class SpeechPiece:
    """A piece of speech: 16-bit PCM; `timings` in seconds from the beginning of all audio."""

    pcm: bytes
    timings: tuple[Timing, ...]
    spoken_until: int


@dataclass(frozen=True, slots=True)
class SynthesisFinished:
    """The files are published: `names` by format, sample rate and length of each."""

    request: SynthesisRequest
    names: dict[AudioFormat, str]
    sample_rate: Hertz
    duration: Seconds


@dataclass(frozen=True, slots=True)
class PauseDue:
    """A part of a longer speech is over: so much silence belongs before the next."""

    seconds: Seconds


Event: TypeAlias = SynthesisStarted | SpeechPiece | SynthesisFinished

_EVENT: Final = 512
"""Bytes that an event takes beside its sound."""


def size_of(event: Event) -> int:
    """Bytes of memory that an event takes, nearly."""
    if not isinstance(event, SpeechPiece):
        return _EVENT
    return _EVENT + len(event.pcm) + _EVENT // 4 * len(event.timings)


class AudioPart(NamedTuple):
    """A piece of a file: its bytes, and how much sound went into the encoder for it."""

    data: bytes
    duration: Seconds


@dataclass(frozen=True, slots=True)
class EncodeSpeech:
    """A file as it is made, with an AIGC label where there is room; nothing is kept."""

    request: SynthesisRequest
    label: str

    def begin(self, synthesizer: Synthesizer) -> Generator[Piece[AudioPart]]:
        """Begin the work; see `Work.begin`."""
        request = self.request
        stream = request.synthesize(synthesizer)
        coding = Coding(request.audio_format, request.sample_rate or stream.sample_rate, self.label)
        return _code(stream.chunks, Coder(coding, stream.sample_rate), request.budget)


@dataclass(frozen=True, slots=True)
class RecordSpeech:
    """A synthesis whose files are kept: one `SynthesisStarted`, `SpeechPiece`s, one `SynthesisFinished`.

    Attributes:
        request: what is spoken.
        formats: of the files.
        store: that keeps them.
        producer: in their labels.
    """

    request: SynthesisRequest
    formats: tuple[AudioFormat, ...]
    store: AudioStore
    producer: str

    def begin(self, synthesizer: Synthesizer) -> Generator[Piece[Event]]:
        """Begin the work; see `Work.begin`.

        Raises:
            AudioTooLarge: the files cannot fit, also while it goes on, where they outgrow what was expected.
            AudioStoreFull: others have the room; likewise.
            StorageError: while it goes on, that a file cannot be written.
        """
        request = self.request
        return self._record(request.synthesize(synthesizer))

    def _record(self, stream: SpeechStream) -> Generator[Piece[Event]]:
        rate = self.request.sample_rate or stream.sample_rate
        with closing(stream.chunks) as chunks, ExitStack() as drafts:
            sizes = estimate_sizes(stream.length.expected, self.formats, rate)
            least = sum(minimum_bytes(stream.length.shortest, name, rate) for name in self.formats)
            self.request.budget.require_bytes(least)
            files = drafts.enter_context(self.store.drafts(*sizes))
            recordings: dict[AudioFormat, FileRecording] = {
                name: FileRecording(draft, Coding(name, rate, self._label()), stream.sample_rate)
                for name, draft in zip(self.formats, files, strict=True)
            }
            yield Piece(SynthesisStarted(self.request, stream.sample_rate, self._label()))
            duration = yield from _play(chunks, tuple(recordings.values()), self.request.budget)
            for recording in recordings.values():
                recording.finish()
        names: dict[AudioFormat, str] = {name: recording.name for name, recording in recordings.items()}
        yield Piece(SynthesisFinished(self.request, names, rate, duration))

    def _label(self) -> str:
        return make_label(self.producer).to_json()


def estimate_sizes(
    seconds: float, formats: Iterable[AudioFormat], sample_rate: Hertz
) -> tuple[tuple[str, int], ...]:
    """Suffix and bytes of each file of an answer, about.

    Args:
        seconds: of speech.
        formats: of the files.
        sample_rate: of the files.
    """
    return tuple((FORMATS[name].suffix, estimate_bytes(seconds, name, sample_rate)) for name in formats)


@dataclass(frozen=True, slots=True)
class SpeakPassage:
    """A part of a longer speech, before volume and limiter: its chunks, then one `PauseDue`.

    Attributes:
        request: of the whole; its text, format and rate are not looked at.
        passage: what is spoken.
        sample_rate: of the chunks.
        spent: length of the parts before it.
    """

    request: SynthesisRequest
    passage: Passage
    sample_rate: Hertz
    spent: Seconds = Seconds(0.0)

    def begin(self, synthesizer: Synthesizer) -> Generator[Piece[AudioChunk | PauseDue]]:
        """Begin the work; see `Work.begin`."""
        passage = self.passage
        stream = synthesizer.synthesize_part(
            passage.text,
            self.request.options,
            continued=passage.continued,
            sample_rate=self.sample_rate,
            budget=replace(self.request.budget, spent=self.spent),
            resolved=self.request.resolved,
        )
        return _recite(stream.chunks)


class FileRecording:
    """One file in the making; `name` finds it once it is finished.

    Args:
        draft: where it is written.
        coding: of the file.
        source: rate of the samples that come.
    """

    def __init__(self, draft: AudioDraft, coding: Coding, source: Hertz) -> None:
        self.name = draft.name
        self._draft = draft
        self._coding = coding
        self._coder = Coder(coding, source)

    @property
    def size(self) -> int:
        """Bytes that were written so far."""
        return self._draft.length

    def add(self, samples: Samples) -> None:
        """Take (N,) samples, the next of the stream."""
        self._draft.write(self._coder.encode(samples))

    def finish(self) -> None:
        """Write the rest, put the length into the header, publish."""
        self._draft.write(self._coder.flush())
        declare_length(self._draft.file, self._coding, self._coder.frames)
        self._draft.publish()


def _play(
    chunks: Generator[AudioChunk, None, Seconds], recordings: tuple[FileRecording, ...], budget: Budget
) -> Generator[Piece[Event], None, Seconds]:
    """Pass chunks on and into the recordings; returns the length of all.

    Raises:
        AudioTooLarge: the recordings together are more than the budget allows.
    """
    encoder = PcmEncoder()
    elapsed = 0.0
    for chunk in chunks:
        for recording in recordings:
            recording.add(chunk.samples)
        budget.require_bytes(sum(recording.size for recording in recordings))
        timings = tuple(timing.shifted(elapsed) for timing in chunk.timings)
        yield Piece(SpeechPiece(encoder.encode(chunk.samples), timings, chunk.span.end), chunk.duration)
        elapsed += chunk.duration
    return Seconds(elapsed)


def _code(
    chunks: Generator[AudioChunk, None, Seconds], coder: Coder, budget: Budget
) -> Generator[Piece[AudioPart]]:
    size = 0
    with closing(chunks):
        for chunk in chunks:
            part = coder.encode(chunk.samples)
            size += len(part)
            budget.require_bytes(size)
            yield Piece(AudioPart(part, chunk.duration), chunk.duration)
        yield Piece(AudioPart(coder.flush(), Seconds(0.0)))


def _recite(chunks: Generator[AudioChunk, None, Seconds]) -> Generator[Piece[AudioChunk | PauseDue]]:
    pause = Seconds(0.0)
    with closing(chunks):
        while True:
            try:
                chunk = next(chunks)
            except StopIteration as end:
                pause = end.value
                break
            yield Piece(chunk, chunk.duration)
    yield Piece(PauseDue(pause))
