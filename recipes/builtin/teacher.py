"""Kokoro as a teacher: a sentence becomes samples, and with them what the student learns of time and pitch.

The model tells how long every letter lasts and gives F0 and energy for every 12.5 ms, so nothing has to be
aligned or tracked. Unlike the engine, a whole sentence is spoken in one call: its melody spans all clauses.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from huisheng.emotion.styles import shape
from huisheng.engines.clauses import Clause
from huisheng.engines.kokoro import LONGEST, KokoroModel, Task
from huisheng.engines.kokoro_voices import KokoroSpeaker
from huisheng.text.symbols.kokoro import Role
from huisheng.types import Emotion, Samples, Sentence

FULL_SCALE: Final = 32_767.0


@dataclass(frozen=True, slots=True, eq=False)
class Recording:
    """One sentence, spoken. A has L letters.

    Attributes:
        samples: (N,) int16 at 24 kHz, with the silences around the speech.
        letters: (L,) the teacher's alphabet, as one string.
        frames: (L + 2,) int16 of 25 ms that each letter and the two silences around them last.
        f0: (2T,) Hz for every 12.5 ms, T the sum of the frames; what is unvoiced is near 0 or below.
        energy: (2T,) the model's own measure of effort.
    """

    samples: NDArray[np.int16]
    letters: str
    frames: NDArray[np.int16]
    f0: NDArray[np.float32]
    energy: NDArray[np.float32]


def speak(
    model: KokoroModel,
    sentence: Sentence,
    speaker: KokoroSpeaker,
    emotion: Emotion,
    prosody: tuple[float, float],
) -> Recording | None:
    """Synthesize a sentence.

    Args:
        model: the teacher.
        sentence: what is said.
        speaker: of the teacher.
        emotion: with its intensity.
        prosody: speed as a ratio, and semitones that the voice is raised by.

    Returns:
        None where the teacher cannot say it: too long, nothing to say, or louder than full scale.
    """
    clause = Clause(sentence.items, sentence.span, 0.0, last=True)
    symbols = model.spell(clause)
    if not any(symbol.role is Role.SPOKEN for symbol in symbols) or len(symbols) > LONGEST:
        return None
    task = Task(clause, symbols, speaker, shape(emotion, "kokoro"), *prosody)
    melody = model.melody(task)
    samples: Samples = model.sound(task, melody)
    if np.abs(samples).max() > 1.0:
        return None
    return Recording(
        samples=np.rint(samples * FULL_SCALE).astype(np.int16),
        letters="".join(symbol.text for symbol in symbols),
        frames=melody.frames.astype(np.int16),
        f0=melody.f0.astype(np.float32),
        energy=melody.energy.astype(np.float32),
    )
