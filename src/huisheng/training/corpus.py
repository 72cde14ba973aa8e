"""A corpus that is ready for training: what recipes write, and what trainers read.

corpus.json        what all utterances share
utterances.jsonl   one utterance a line
arrays/ID.npz      its numbers
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Final
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from huisheng.audio.spectrogram import SpectrogramSettings
from huisheng.errors import CorpusError
from huisheng.text.symbols.sambert import Inventory
from huisheng.units import Hertz

_DESCRIPTION: Final = "corpus.json"
_UTTERANCES: Final = "utterances.jsonl"
_ARRAYS: Final = "arrays"

_DAMAGES: Final = (OSError, EOFError, BadZipFile, KeyError, TypeError, ValueError)
"""Exceptions when a file of arrays is missing, cut off, changed or something else."""


class _Strict(BaseModel):
    """Frozen; unknown keys are refused, so that a mistake fails at load."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Corpus(_Strict):
    """What all utterances share.

    Attributes:
        sample_rate: Hz.
        hop, window, fft: samples, of the spectrogram.
        mels: M.
        lowest, highest: Hz.
        language: of the symbols.
        phones, tones, syllable_flags, word_segments, emotions: in the order of their ids.
        speakers: in the order of their ids.
        energy: mean and deviation of `mel_energy` where something is voiced.
    """

    sample_rate: int
    hop: int
    window: int
    fft: int
    mels: int
    lowest: float
    highest: float
    language: str
    phones: tuple[str, ...]
    tones: tuple[str, ...]
    syllable_flags: tuple[str, ...]
    word_segments: tuple[str, ...]
    emotions: Annotated[tuple[str, ...], Field(min_length=1)]
    speakers: Annotated[tuple[str, ...], Field(min_length=1)]
    energy: tuple[float, Annotated[float, Field(gt=0.0)]]

    @property
    def spectrogram(self) -> SpectrogramSettings:
        """How samples become frames."""
        return SpectrogramSettings(
            Hertz(self.sample_rate),
            self.hop,
            self.window,
            self.fft,
            self.mels,
            self.lowest,
            self.highest,
            offset=self.hop // 2,
        )

    @property
    def inventory(self) -> Inventory:
        """What symbols may be."""
        return Inventory(
            self.language,
            self.phones,
            self.tones,
            self.syllable_flags,
            self.word_segments,
            self.emotions,
            has_mask=False,
        )


class CorpusUtterance(_Strict):
    """One utterance without its numbers.

    Attributes:
        id: name of its file.
        text: as written.
        speaker, emotion: ids.
        intensity: of the emotion, 0…2.
        speed: ratio at which it was spoken, 1 by default.
        shift: semitones that its pitch was raised by, 0 by default.
        frames: T.
        held_out: whether it is kept for evaluation.
    """

    id: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,64}$")]
    text: str
    speaker: Annotated[int, Field(ge=0)]
    emotion: Annotated[int, Field(ge=0)]
    intensity: Annotated[float, Field(ge=0.0, le=2.0)]
    speed: Annotated[float, Field(gt=0.0)]
    shift: float
    frames: Annotated[int, Field(gt=0)]
    held_out: bool


@dataclass(frozen=True, slots=True, eq=False)
class Arrays:
    """The numbers of one utterance of L symbols, T frames and N = T · hop samples.

    Attributes:
        symbols: (L, 4) int16 ids.
        durations: (L,) int16 frames; their sum is T.
        f0: (T,) Hz; below `LEAST_F0` unvoiced.
        energy: (T,) `mel_energy`, not normalised.
        mel: (T, M) float16, −4…4.
        samples: (N,) int16.
        turns: cycles of the fundamental before the first frame.
    """

    symbols: NDArray[np.int16]
    durations: NDArray[np.int16]
    f0: NDArray[np.float32]
    energy: NDArray[np.float32]
    mel: NDArray[np.float16]
    samples: NDArray[np.int16]
    turns: float

    @property
    def voicing(self) -> NDArray[np.bool_]:
        """Whether a frame is voiced, of shape (T,)."""
        return self.f0 > LEAST_F0


LEAST_F0: Final = 10.0
"""Hz. Teachers and trackers give less for what is unvoiced."""

FULL_SCALE: Final = 32_767.0
"""Largest value of an int16 sample."""


def mel_energy(mel: NDArray[np.floating]) -> NDArray[np.float32]:
    """(T, M) log mel, −4…4 → (T,) its mean over the bands."""
    return mel.mean(axis=1, dtype=np.float32)


class CorpusReader:
    """A corpus on disk.

    Args:
        folder: of the corpus.

    Raises:
        CorpusError: it is none, or is damaged.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        try:
            self.corpus = Corpus.model_validate_json((folder / _DESCRIPTION).read_bytes())
            lines = (folder / _UTTERANCES).read_text(encoding="utf-8").splitlines()
            self.utterances = tuple(CorpusUtterance.model_validate_json(line) for line in lines)
        except (OSError, ValidationError, UnicodeDecodeError) as error:
            raise CorpusError(str(folder)) from error

    def arrays(self, utterance: CorpusUtterance) -> Arrays:
        """The numbers of an utterance.

        Raises:
            CorpusError: its file is missing or damaged.
        """
        return _read(self._folder / _ARRAYS / f"{utterance.id}.npz")


class CorpusWriter:
    """Writes a corpus; utterances first, each as a whole or not at all, what they share at the end.

    Args:
        folder: of the corpus; made if there is none.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        (folder / _ARRAYS).mkdir(parents=True, exist_ok=True)

    def __contains__(self, name: str) -> bool:
        return self._path(name).exists()

    def get(self, name: str) -> Arrays:
        """The numbers of the utterance with this id, as they were written.

        Raises:
            CorpusError: they were not, or are damaged.
        """
        return _read(self._path(name))

    def put(self, name: str, arrays: Arrays) -> None:
        """Write the numbers of the utterance with this id."""
        staged = self._path(name).with_suffix(".tmp")
        with staged.open("wb") as stream:
            np.savez(stream, **{key: getattr(arrays, key) for key in (*_NAMES, "turns")})
        staged.replace(self._path(name))

    def finish(self, corpus: Corpus, utterances: Sequence[CorpusUtterance]) -> None:
        """Write what they share, and which there are."""
        lines = "".join(utterance.model_dump_json() + "\n" for utterance in utterances)
        (self._folder / _UTTERANCES).write_text(lines, encoding="utf-8")
        (self._folder / _DESCRIPTION).write_text(corpus.model_dump_json(indent=1), encoding="utf-8")

    def _path(self, name: str) -> Path:
        return self._folder / _ARRAYS / f"{name}.npz"


_NAMES: Final = ("symbols", "durations", "f0", "energy", "mel", "samples")


def _read(path: Path) -> Arrays:
    """What `CorpusWriter.put` wrote.

    Raises:
        CorpusError: it is missing or damaged.
    """
    try:
        with path.open("rb") as stream, np.load(stream, allow_pickle=False) as file:
            return Arrays(**{name: file[name] for name in _NAMES}, turns=float(file["turns"]))
    except _DAMAGES as error:
        raise CorpusError(str(path)) from error
