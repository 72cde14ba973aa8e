"""The events of a synthesis as a response that can be cached, and the same events again, with new files."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from typing import TypedDict, cast

from huisheng.audio.encoding import FORMATS, AudioFormat
from huisheng.runtime.audio_store.store import AudioStore
from huisheng.runtime.cache.responses import CachedResponse
from huisheng.runtime.work.speech import (
    Event,
    SpeechPiece,
    SynthesisFinished,
    SynthesisRequest,
    SynthesisStarted,
)
from huisheng.runtime.work.steps import Piece
from huisheng.types import Span, Timing
from huisheng.units import Hertz, Seconds


class _Head(TypedDict):
    """Metadata of a cached response.

    Attributes:
        rates: sample rates of the PCM and of the files, in Hz.
        duration: seconds.
        label: AIGC label of the PCM.
        spoken: for each piece of PCM the characters spoken by its end, and its timings.
        formats: of the files, whose bytes follow the PCM.
    """

    rates: tuple[int, int]
    duration: float
    label: str
    spoken: list[tuple[int, list[tuple[int, int, float, float]]]]
    formats: list[AudioFormat]


def make_response(events: Sequence[Event], store: AudioStore) -> CachedResponse:
    """A response from all events of a synthesis, with the bytes of its files.

    Raises:
        AudioNotFound: a file is gone already.
    """
    started = cast("SynthesisStarted", events[0])
    finished = cast("SynthesisFinished", events[-1])
    spoken = [event for event in events if isinstance(event, SpeechPiece)]
    head = _Head(
        rates=(started.sample_rate, finished.sample_rate),
        duration=finished.duration,
        label=started.label,
        spoken=[(event.spoken_until, [_row(timing) for timing in event.timings]) for event in spoken],
        formats=list(finished.names),
    )
    files = (_read_file(store, name) for name in finished.names.values())
    return CachedResponse(cast("dict[str, object]", head), (*(event.pcm for event in spoken), *files))


def _read_file(store: AudioStore, name: str) -> bytes:
    with store.find(name) as audio:
        return audio.path.read_bytes()


def replay_speech(response: CachedResponse) -> Iterator[SpeechPiece]:
    """The pieces of speech of a cached response."""
    head = cast("_Head", response.head)
    for pcm, (until, rows) in zip(response.pieces, head["spoken"], strict=False):
        yield SpeechPiece(pcm, tuple(_timing(*row) for row in rows), until)


def rewrite_files(
    response: CachedResponse, request: SynthesisRequest, store: AudioStore
) -> Generator[Piece[SynthesisStarted | SynthesisFinished]]:
    """Write the files again, under new names: `SynthesisStarted` when they are written, `SynthesisFinished`
    when they are published.

    Raises:
        AudioTooLarge: they cannot fit any more.
        AudioStoreFull: others have the room, for now.
        StorageError: a file cannot be written.
    """
    head = cast("_Head", response.head)
    formats, contents = head["formats"], response.pieces[len(head["spoken"]) :]
    sizes = ((FORMATS[name].suffix, len(data)) for name, data in zip(formats, contents, strict=True))
    with store.drafts(*sizes) as drafts:
        for draft, data in zip(drafts, contents, strict=True):
            draft.write(data)
        yield Piece(SynthesisStarted(request, Hertz(head["rates"][0]), head["label"]))
        for draft in drafts:
            draft.publish()
    names: dict[AudioFormat, str] = {name: draft.name for name, draft in zip(formats, drafts, strict=True)}
    yield Piece(SynthesisFinished(request, names, Hertz(head["rates"][1]), Seconds(head["duration"])))


def _row(timing: Timing) -> tuple[int, int, float, float]:
    return timing.span.start, timing.span.end, timing.start, timing.end


def _timing(start: int, end: int, begins: float, ends: float) -> Timing:
    return Timing(Span(start, end), Seconds(begins), Seconds(ends))
