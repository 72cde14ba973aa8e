"""A corpus of a few utterances of noise, written as recipes write theirs."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np

from huisheng.text.symbols.sambert import inventory, with_marked_breaks
from huisheng.training.corpus import Arrays, Corpus, CorpusUtterance, CorpusWriter, mel_energy

HOP: Final = 300
MELS: Final = 20
COUNT: Final = 12


def description() -> Corpus:
    symbols = with_marked_breaks(inventory("PinYin"))
    return Corpus(
        sample_rate=24_000,
        hop=HOP,
        window=1200,
        fft=2048,
        mels=MELS,
        lowest=0.0,
        highest=12_000.0,
        language=symbols.language,
        phones=symbols.phones,
        tones=symbols.tones,
        syllable_flags=symbols.syllable_flags,
        word_segments=symbols.word_segments,
        emotions=("emotion_neutral", "emotion_happy"),
        speakers=("a", "b"),
        energy=(-1.0, 0.5),
    )


def utterance(number: int, frames: int) -> CorpusUtterance:
    return CorpusUtterance(
        id=f"u{number}",
        text="你好。",
        speaker=number % 2,
        emotion=number % 2,
        intensity=1.0,
        speed=1.25 if number == 1 else 1.0,
        shift=3.0 if number == 1 else 0.0,
        frames=frames,
        held_out=number >= COUNT - 3,
    )


def arrays(number: int) -> Arrays:
    random = np.random.default_rng(number)
    durations = random.integers(1, 9, size=5 + number)
    frames = int(durations.sum())
    f0 = np.where(random.random(frames) < 0.7, random.uniform(100.0, 300.0, frames), 4.0)
    mel = random.uniform(-3.0, 2.0, (frames, MELS)).astype(np.float16)
    return Arrays(
        symbols=random.integers(0, 5, (len(durations), 4)).astype(np.int16),
        durations=durations.astype(np.int16),
        f0=f0.astype(np.float32),
        energy=mel_energy(mel),
        mel=mel,
        samples=random.integers(-9000, 9000, frames * HOP).astype(np.int16),
        turns=0.25 * number,
    )


def write(folder: Path) -> Path:
    """The folder of a corpus of `COUNT` utterances; the last three are held out."""
    writer = CorpusWriter(folder)
    rows: list[CorpusUtterance] = []
    for number in range(COUNT):
        numbers = arrays(number)
        writer.put(f"u{number}", numbers)
        rows.append(utterance(number, len(numbers.f0)))
    writer.finish(description(), rows)
    return folder
