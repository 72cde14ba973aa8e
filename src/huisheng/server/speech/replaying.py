"""The course of a synthesis as a value that can be kept, and the same course again, with new files."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypedDict, cast

from huisheng.audio.encoding import FORMATS, AudioFormat
from huisheng.runtime.cache.takes import Take
from huisheng.server.speech.repository import AudioStore
from huisheng.server.speech.work import Event, Finished, Order, Spoken, Started
from huisheng.types import Span, Timing
from huisheng.units import Hertz, Seconds


class _Head(TypedDict):
    """What is told beside the bytes.

    Attributes:
        rates: of the PCM, and of the files.
        duration: seconds.
        label: AIGC label of the PCM.
        spoken: for each piece of PCM what has been said when it ends, and its timings.
        formats: of the files, whose bytes follow the PCM.
    """

    rates: tuple[int, int]
    duration: float
    label: str
    spoken: list[tuple[int, list[tuple[int, int, float, float]]]]
    formats: list[AudioFormat]


def taken(events: Sequence[Event], store: AudioStore) -> Take:
    """A course that is complete, and the bytes of its files.

    Raises:
        AudioNotFound: a file is gone already.
    """
    started = cast("Started", events[0])
    finished = cast("Finished", events[-1])
    spoken = [event for event in events if isinstance(event, Spoken)]
    head = _Head(
        rates=(started.sample_rate, finished.sample_rate),
        duration=finished.duration,
        label=started.label,
        spoken=[(event.spoken_until, [_row(timing) for timing in event.timings]) for event in spoken],
        formats=list(finished.names),
    )
    files = (store.find(name).path.read_bytes() for name in finished.names.values())
    return Take(cast("dict[str, object]", head), (*(event.pcm for event in spoken), *files))


def replayed(take: Take, order: Order, store: AudioStore) -> Iterator[Event]:
    """The same course again; its files are written anew, under names of their own.

    Raises:
        StorageError: a file cannot be written.
    """
    head = cast("_Head", take.head)
    sounds, files = take.pieces[: len(head["spoken"])], take.pieces[len(head["spoken"]) :]
    yield Started(order, Hertz(head["rates"][0]), head["label"])
    for pcm, (until, rows) in zip(sounds, head["spoken"], strict=True):
        yield Spoken(pcm, tuple(_timing(*row) for row in rows), until)
    names: dict[AudioFormat, str] = {
        name: _published(store, name, data) for name, data in zip(head["formats"], files, strict=True)
    }
    yield Finished(order, names, Hertz(head["rates"][1]), Seconds(head["duration"]))


def _published(store: AudioStore, name: AudioFormat, data: bytes) -> str:
    with store.draft(FORMATS[name].suffix) as draft:
        draft.file.write(data)
        draft.publish()
        return draft.name


def _row(timing: Timing) -> tuple[int, int, float, float]:
    return timing.span.start, timing.span.end, timing.start, timing.end


def _timing(start: int, end: int, begins: float, ends: float) -> Timing:
    return Timing(Span(start, end), Seconds(begins), Seconds(ends))
