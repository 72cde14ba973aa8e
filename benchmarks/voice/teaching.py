"""The teacher behind the Protocol of engines: every sentence whole, as the corpus was spoken.

So teacher and student are read the same sentences, with the same pauses between them and the same limiter
behind.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from functools import cache
from itertools import accumulate
from typing import Final

import numpy as np
from recipes.builtin.alignment import LEAD, PER_LETTER, TAIL
from recipes.builtin.features import AUDIBLE
from recipes.builtin.speakers import recipes

from huisheng.audio.joining import silence
from huisheng.emotion.styles import shape
from huisheng.engines import kokoro
from huisheng.engines.clauses import Clause, clauses
from huisheng.engines.kokoro import FRAME, LONGEST, KokoroModel, Task
from huisheng.engines.kokoro_voices import SAMPLE_RATE, SPEAKERS, KokoroSpeaker
from huisheng.engines.protocol import Capabilities
from huisheng.errors import UnknownVoice
from huisheng.text.symbols.kokoro import Role
from huisheng.types import AudioChunk, ResolvedOptions, Samples, Timing, Utterance
from huisheng.units import Seconds
from huisheng.voice.load import load_package

WHOLE: Final = (1 << 30,)
"""Spoken items after which a sentence may be cut: never, but where the model has no room."""


class TeacherEngine:
    """One speaker of the teacher.

    Args:
        name: a speaker of the recipe, or one of the sources that speakers are blended of.

    Raises:
        UnknownVoice: neither.
    """

    def __init__(self, name: str) -> None:
        self._speaker, self._pitch = resolve_speaker(name)
        self._capabilities = Capabilities("kokoro", (self._speaker.info,))

    @property
    def capabilities(self) -> Capabilities:
        """One voice."""
        return self._capabilities

    @property
    def loaded(self) -> bool:
        """Whether the model, which all speakers share, is in memory."""
        return bool(_model.cache_info().currsize)

    @property
    def forkable(self) -> bool:
        """Its graphs keep threads."""
        return False

    def load(self) -> None:
        """Read and verify the model.

        Raises:
            VoiceMissing, VoicePackageError: by their names.
        """
        _model()

    def synthesize(self, utterance: Utterance) -> Generator[AudioChunk]:
        """One chunk a sentence; more where it is too long for the model."""
        for clause in clauses(utterance.sentence, kokoro._weigh, LONGEST, WHOLE):
            yield from self._synthesize_clause(clause, utterance.options)

    def _synthesize_clause(self, clause: Clause, options: ResolvedOptions) -> Iterator[AudioChunk]:
        """With as much silence around the speech as the student learned to leave."""
        model, emotion = _model(), shape(options.emotion, self._capabilities.name)
        pitch = options.pitch + self._pitch
        task = Task(clause, model.spell(clause), self._speaker, emotion, options.speed, pitch)
        samples, frames = model.speak(task)
        ends = list(accumulate(int(count) for count in frames))
        spoken = [place for place, symbol in enumerate(task.symbols) if symbol.role is Role.SPOKEN]
        first, last = ends[spoken[0]], ends[spoken[-1] + 1]
        start = max(0, first * FRAME - LEAD * FRAME // PER_LETTER)
        stop = min(last * FRAME, silent_from(samples)) + TAIL * FRAME // PER_LETTER
        timings = _timings(task, ends, start, stop)
        yield AudioChunk(samples[start:stop], SAMPLE_RATE, timings, clause.span)
        if clause.pause:
            pause = silence(clause.pause * emotion.pause / options.speed, SAMPLE_RATE)
            yield AudioChunk(pause, SAMPLE_RATE, (), clause.span)


def sources() -> tuple[str, ...]:
    """Every voice of the teacher that a timbre is blended of."""
    return tuple(dict.fromkeys(name for recipe in recipes().values() for name in recipe.timbre))


def silent_from(samples: Samples) -> int:
    """The sample behind the last that is heard. The last letter of a sentence goes on for most of a second
    after it, which the corpus leaves out; a judge of quality likes such silence, so no reader may have more.
    """
    loud = np.flatnonzero(np.abs(samples) > AUDIBLE * np.abs(samples).max())
    return int(loud[-1]) + 1 if len(loud) else len(samples)


def _timings(task: Task, ends: list[int], start: int, stop: int) -> tuple[Timing, ...]:
    """When each item is heard between two samples; letter `place` begins at frame `ends[place]`."""
    heard: dict[int, tuple[int, int]] = {}
    for place, symbol in enumerate(task.symbols):
        if symbol.role is Role.SPOKEN:
            begin, _ = heard.get(symbol.item, (ends[place], 0))
            heard[symbol.item] = begin, ends[place + 1]
    seconds = {
        item: [Seconds((min(bound * FRAME, stop) - start) / SAMPLE_RATE) for bound in bounds]
        for item, bounds in heard.items()
    }
    return tuple(Timing(task.clause.items[item].span, *bounds) for item, bounds in seconds.items())


def resolve_speaker(name: str) -> tuple[KokoroSpeaker, float]:
    """A speaker or a source, and the semitones that it is raised by.

    Raises:
        UnknownVoice: there is neither.
    """
    known = recipes()
    if name in known:
        return known[name].speaker, known[name].pitch
    if name not in sources():
        raise UnknownVoice(name, (*known, *sources()))
    return KokoroSpeaker(SPEAKERS[0].info, ((name, 1.0),), ((name, 1.0),), 0.0), 0.0


@cache
def _model() -> KokoroModel:
    """One a process, with one thread: as many processes as cores are faster than threads."""
    return KokoroModel(load_package("kokoro"), threads=1)
