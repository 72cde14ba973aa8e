"""Speaking everything once: what was spoken is kept until it has been measured and heard.

A take is known by all that its sound depends on: reader, sentence as read, emotion. So a voice that was
trained again is spoken again and the teacher is not, and an interrupted run goes on where it stopped.
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any, Final, NamedTuple, cast

import numpy as np
import soundfile
from benchmarks.voice.readers import Reader, frontend
from benchmarks.voice.work import in_order

from huisheng.errors import EmptyText, EngineError, UnpronounceableSymbol
from huisheng.runtime.speech import Speech
from huisheng.types import EmotionName, Samples, Span, Timing
from huisheng.units import Hertz, Seconds

RESULTS: Final = Path("build/voice")

_UNSAID: Final = Speech("", np.zeros(24_000, dtype=np.float32), Hertz(24_000), ())
"""A second of silence stands for what a voice cannot say: all of it is missing then."""


class Take(NamedTuple):
    """One text, read once."""

    reader: Reader
    text: str
    emotion: EmotionName = "neutral"
    intensity: float = 1.0

    @property
    def title(self) -> str:
        """The text as it is spoken, numbers written out: what an ear should hear."""
        return "".join(sentence.spoken for sentence in frontend().sentences(self.text))


@cache
def key(take: Take) -> str:
    """What the sound of a take depends on, in one digest."""
    reading = repr(list(frontend().sentences(take.text)))
    parts = (take.reader.fingerprint, take.reader.voice, take.emotion, repr(take.intensity), reading)
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def clip(take: Take) -> Path:
    """Where the sound of a take is kept; when each character is heard stands beside it."""
    return RESULTS / "clips" / f"{key(take)}.wav"


def record_all(takes: Iterable[Take], jobs: int) -> Iterator[Take]:
    """Speak what is not kept yet, each take once; after each, the take."""
    (RESULTS / "clips").mkdir(parents=True, exist_ok=True)
    missing: list[Take] = []
    for take in {key(take): take for take in takes}.values():
        if _times(clip(take)).exists():
            yield take
        else:
            missing.append(take)
    placed = [(take, clip(take)) for take in missing]  # another process may find the code changed meanwhile
    for take, _ in zip(missing, in_order(_record, placed, jobs), strict=True):
        yield take


def read_recording(path: Path) -> Speech:
    """What is kept in a clip, without its text."""
    samples, rate = cast("Any", soundfile).read(path, dtype="float32")
    times: list[list[float]] = json.loads(_times(path).read_text(encoding="ascii"))
    timings = (
        Timing(Span(int(first), int(last)), Seconds(start), Seconds(end)) for first, last, start, end in times
    )
    return Speech("", cast("Samples", samples), Hertz(rate), tuple(timings))


def forget(take: Take) -> None:
    """Keep nothing of a take."""
    _times(clip(take)).unlink(missing_ok=True)
    clip(take).unlink(missing_ok=True)


def _record(placed: tuple[Take, Path]) -> None:
    take, path = placed
    speech = _say(take)
    speech.save(path.with_suffix(".part.wav")).replace(path)
    times = [[*timing.span, timing.start, timing.end] for timing in speech.timings]
    _times(path).write_text(json.dumps(times), encoding="ascii")  # last: it tells that all is there


def _say(take: Take) -> Speech:
    try:
        return take.reader.read(take.text, take.emotion, take.intensity)
    except (EmptyText, EngineError, UnpronounceableSymbol) as error:
        print(f"{take.reader.voice} 说不出“{take.text}”：{error.message}", file=sys.stderr)
        return _UNSAID


def _times(path: Path) -> Path:
    """Where it stands when each character of a clip is heard."""
    return path.with_suffix(".json")
