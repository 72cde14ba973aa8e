"""Speaking the corpus, one file an order, each written whole or not at all: it can be stopped and resumed."""

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
from recipes.builtin.orders import Order
from recipes.builtin.pools import map_in_processes
from recipes.builtin.speakers import recipes
from recipes.builtin.teacher import Recording, speak

_AT_ONCE: Final = 8
"""Orders that a process takes at a time."""


def speak_all(orders: Sequence[Order], folder: Path, jobs: int) -> Generator[int]:
    """Speak what was not spoken yet; after each order the number of those that are done. Closing it stops.

    Args:
        orders: the plan.
        folder: of the recordings.
        jobs: processes, each on one core.
    """
    folder.mkdir(parents=True, exist_ok=True)
    left = [order for order in orders if not path(folder, order).exists()]
    done = len(orders) - len(left)
    yield done
    with closing(map_in_processes(partial(_speak_order, folder=folder), left, jobs, _AT_ONCE)) as spoken:
        for _ in spoken:
            done += 1
            yield done


def path(folder: Path, order: Order) -> Path:
    """Where the recording of an order lies; an empty file says that the teacher could not say it."""
    return folder / f"{order.id}.npz"


def load(folder: Path, order: Order) -> Recording | None:
    """A recording; None where the teacher could not say it, or has not yet."""
    file = path(folder, order)
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


def _speak_order(order: Order, folder: Path) -> None:
    recipe = recipes()[order.speaker]
    sentence = next(_frontend().sentences(order.text))
    prosody = order.speed, order.pitch + recipe.pitch
    recording = speak(_teacher(), sentence, recipe.speaker, order.emotion_value, prosody)
    _write(path(folder, order), recording)


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
