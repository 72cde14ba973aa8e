"""From recordings to a corpus that is ready to be learned."""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from contextlib import closing
from functools import cache, partial
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from huisheng.audio.loudness import active_level, amplitude
from huisheng.audio.spectrogram import log_mel
from huisheng.emotion.names import NAMES
from huisheng.emotion.styles import shape
from huisheng.engines.kokoro_voices import SAMPLE_RATE
from huisheng.errors import UnpronounceableSymbol
from huisheng.text.frontend import Frontend
from huisheng.text.symbols import kokoro
from huisheng.text.symbols.sambert import category, encode, inventory, transcribe, with_marked_breaks
from huisheng.training.corpus import Arrays, Corpus, CorpusUtterance, CorpusWriter, mel_energy
from huisheng.types import Samples
from recipes.builtin import speaking
from recipes.builtin.alignment import align
from recipes.builtin.planning import PlannedUtterance
from recipes.builtin.pools import map_in_processes
from recipes.builtin.speakers import recipes
from recipes.builtin.teacher import FULL_SCALE, Recording

LEVEL: Final = -26.0
"""dB of full scale that neutral speech has, pauses not counted; the loudest emotion is 10 dB above."""

HOP: Final = 300
HELD_OUT: Final = 0.015
"""Share of the utterances that are kept for evaluation."""

EARLY: Final = 2
"""Frames of the teacher by which a letter is heard before its time: vowels behind unvoiced initials begin
50 ms early in the median, for every speaker (docs/experiments.md)."""

AUDIBLE: Final = 0.01
"""Share of the loudest sample, −40 dB, from which on a frame is audible."""

_SCALE: Final = 8.0
"""A mel of 0…1 becomes one of −4…4."""
_ASKED: Final = 20
"""Every so many utterances one is looked at for the mean of all."""

_AT_ONCE: Final = 16
"""Utterances that a process takes at a time."""

_MEASURED: Final = 60
"""Neutral recordings of a speaker from which its level is taken."""


def describe(energy: tuple[float, float]) -> Corpus:
    """The corpus, with the mean and deviation of its energy."""
    symbols = with_marked_breaks(inventory("PinYin"))
    return Corpus(
        sample_rate=SAMPLE_RATE,
        hop=HOP,
        window=1200,
        fft=2048,
        mels=100,
        lowest=0.0,
        highest=12_000.0,
        language=symbols.language,
        phones=symbols.phones,
        tones=symbols.tones,
        syllable_flags=symbols.syllable_flags,
        word_segments=symbols.word_segments,
        emotions=tuple(category(name) for name in NAMES),
        speakers=tuple(recipes()),
        energy=energy,
    )


def prepare(plan: Sequence[PlannedUtterance], recordings: Path, folder: Path, jobs: int) -> Generator[int]:
    """Write the corpus; after each utterance the number that is done. What was spoken so far counts.

    Args:
        plan: of the corpus.
        recordings: folder of what was spoken.
        folder: of the corpus.
        jobs: processes.
    """
    writer = CorpusWriter(folder)
    spoken = [planned for planned in plan if speaking.load(recordings, planned) is not None]
    gains = {name: _gain(spoken, recordings, name) for name in recipes()}
    utterances: list[CorpusUtterance] = []
    work = partial(_prepare, recordings=recordings, folder=folder, gains=gains)
    with closing(map_in_processes(work, spoken, jobs, _AT_ONCE)) as prepared:
        for done, utterance in enumerate(prepared, start=1):
            if utterance is not None:
                utterances.append(utterance)
            yield done
    writer.finish(describe(_energy(writer, utterances)), utterances)


def _prepare(
    planned: PlannedUtterance, recordings: Path, folder: Path, gains: Mapping[str, float]
) -> CorpusUtterance | None:
    """The corpus's utterance for one of the plan; None where student and teacher do not spell the same."""
    recording = speaking.load(recordings, planned)
    arrays = None if recording is None else _arrays(planned, recording, gains[planned.speaker])
    if arrays is None:
        return None
    CorpusWriter(folder).put(planned.id, arrays)
    return CorpusUtterance(
        id=planned.id,
        text=planned.text,
        speaker=list(recipes()).index(planned.speaker),
        emotion=NAMES.index(planned.emotion),
        intensity=planned.intensity,
        speed=planned.speed,
        shift=planned.pitch,
        frames=len(arrays.f0),
        held_out=int(planned.id[-4:], 16) < HELD_OUT * 0x10000,
    )


def _arrays(planned: PlannedUtterance, recording: Recording, gain: float) -> Arrays | None:
    settings = describe((0.0, 1.0))
    items = next(_frontend().sentences(planned.text)).items
    letters = kokoro.transcribe(items)
    if "".join(letter.text for letter in letters) != recording.letters or not recording.samples.any():
        return None
    try:
        symbols = transcribe(items, settings.inventory)
        start, durations = align(
            items, letters, _shift_letters(recording), symbols, _audible_frames(recording)
        )
    except (UnpronounceableSymbol, ValueError):
        return None
    kept = slice(start, start + int(durations.sum()))
    louder = gain + shape(planned.emotion_value, "kokoro").level
    samples = recording.samples * np.float32(amplitude(louder) / FULL_SCALE)
    if np.abs(samples).max() > 1.0:
        return None
    spoken = samples[kept.start * HOP : kept.stop * HOP]
    mel = (_SCALE * (log_mel(spoken, settings.spectrogram) - 0.5)).astype(np.float16)
    return Arrays(
        symbols=encode(symbols, settings.inventory).astype(np.int16),
        durations=durations.astype(np.int16),
        f0=recording.f0[kept],
        energy=mel_energy(mel),
        mel=mel,
        samples=np.rint(spoken * FULL_SCALE).astype(np.int16),
        turns=float(np.cumsum(recording.f0[:start].astype(np.float64))[-1:].sum() * HOP / SAMPLE_RATE),
    )


def _shift_letters(recording: Recording) -> NDArray[np.int16]:
    """(L + 2,) frames of the teacher as they are heard: all letters `EARLY` frames before their time."""
    frames = recording.frames.copy()
    early = min(EARLY, int(frames[0]))
    frames[0] -= early
    frames[-1] += early
    return frames


def _audible_frames(recording: Recording) -> tuple[int, int]:
    """The first and the last frame with a sound in it."""
    size = np.abs(recording.samples.astype(np.int32)).reshape(-1, HOP).max(axis=1)
    loud = np.flatnonzero(size > AUDIBLE * size.max())
    return int(loud[0]), int(loud[-1])


def _gain(plan: Sequence[PlannedUtterance], recordings: Path, speaker: str) -> float:
    """Decibels that bring the neutral speech of a speaker to `LEVEL`."""
    neutral = (planned for planned in plan if (planned.speaker, planned.emotion) == (speaker, "neutral"))
    found = (
        speaking.load(recordings, planned) for planned, _ in zip(neutral, range(_MEASURED), strict=False)
    )
    levels = [active_level(_samples(recording), SAMPLE_RATE) for recording in found if recording]
    return LEVEL - float(np.median(levels)) if levels else 0.0


def _energy(writer: CorpusWriter, utterances: Sequence[CorpusUtterance]) -> tuple[float, float]:
    """Mean and deviation of the energy of voiced frames."""
    found = (writer.get(utterance.id) for utterance in utterances[::_ASKED])
    joined: NDArray[np.float32] = np.concatenate([arrays.energy[arrays.voicing] for arrays in found])
    return float(joined.mean()), float(joined.std())


def _samples(recording: Recording) -> Samples:
    return recording.samples.astype(np.float32) / np.float32(FULL_SCALE)


@cache
def _frontend() -> Frontend:
    return Frontend()
