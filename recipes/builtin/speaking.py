"""Speaking the corpus, a file each utterance, written whole or not at all: it can be stopped and resumed."""

from __future__ import annotations

import os
from collections.abc import Generator, Sequence
from contextlib import closing
from functools import cache, partial
from pathlib import Path
from typing import Final

import numpy as np

from huisheng.engines.kokoro import KokoroModel
from huisheng.text.frontend import Frontend
from huisheng.voice.load import load_package
from recipes.builtin.planning import PlannedUtterance
from recipes.builtin.pools import map_in_processes
from recipes.builtin.speakers import recipes
from recipes.builtin.teacher import Recording, speak

_AT_ONCE: Final = 8
"""Utterances that a process takes at a time."""


def speak_all(plan: Sequence[PlannedUtterance], folder: Path, jobs: int) -> Generator[int]:
    """Speak what was not spoken yet; after each utterance the number that is done. Closing it stops.

    Args:
        plan: of the corpus.
        folder: of the recordings.
        jobs: processes, each on one core.
    """
    folder.mkdir(parents=True, exist_ok=True)
    left = [utterance for utterance in plan if not path(folder, utterance).exists()]
    done = len(plan) - len(left)
    yield done
    with closing(map_in_processes(partial(_speak_utterance, folder=folder), left, jobs, _AT_ONCE)) as spoken:
        for _ in spoken:
            done += 1
            yield done


def path(folder: Path, utterance: PlannedUtterance) -> Path:
    """Where the recording of an utterance lies; an empty file says that the teacher could not say it."""
    return folder / f"{utterance.id}.npz"


def load(folder: Path, utterance: PlannedUtterance) -> Recording | None:
    """A recording; None where the teacher could not say it, or has not yet."""
    file = path(folder, utterance)
    if not file.exists() or not file.stat().st_size:
        return None
    with np.load(file, allow_pickle=False) as arrays:
        return Recording(
            samples=arrays["samples"],
            letters=str(arrays["letters"]),
            frames=arrays["frames"],
            f0=arrays["f0"],
            energy=arrays["energy"],
        )


def _speak_utterance(utterance: PlannedUtterance, folder: Path) -> None:
    recipe = recipes()[utterance.speaker]
    sentence = next(_frontend().sentences(utterance.text))
    prosody = utterance.speed, utterance.pitch + recipe.pitch
    recording = speak(_teacher(), sentence, recipe.speaker, utterance.emotion_value, prosody)
    _write(path(folder, utterance), recording)


def _write(file: Path, recording: Recording | None) -> None:
    staged = file.with_suffix(f".{os.getpid()}.tmp")
    with staged.open("wb") as stream:
        if recording is not None:
            np.savez(
                stream,
                samples=recording.samples,
                letters=np.array(recording.letters),
                frames=recording.frames,
                f0=recording.f0,
                energy=recording.energy,
            )
    staged.replace(file)


@cache
def _teacher() -> KokoroModel:
    return KokoroModel(load_package("kokoro"), threads=1)


@cache
def _frontend() -> Frontend:
    return Frontend()
