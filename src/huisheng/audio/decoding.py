"""Recordings in from files, block by block, whatever a file claims about itself."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import BinaryIO, Final, TypeAlias

import numpy as np
import soundfile
from numpy.typing import NDArray

from huisheng.audio.libsndfile import defer_interrupts
from huisheng.errors import UnreadableAudio
from huisheng.units import Hertz

Channels: TypeAlias = NDArray[np.float32]
"""(N, C) samples of C channels, nominally −1…+1."""

SUFFIXES: Final = (".wav", ".flac", ".ogg", ".opus", ".mp3")
"""Suffixes of files that can be read, those without loss first."""

MOST_CHANNELS: Final = 8
HIGHEST_RATE: Final = Hertz(384_000)
"""Nobody records with more; a damaged header claims it."""

_BLOCK: Final = 1 << 16
"""Values read at once, of all channels together."""

_UNBOUNDED: Final = frozenset({"FLOAT", "DOUBLE"})
"""libsndfile's subtypes in which full scale is no limit."""


class AudioDecoder:
    """One open file.

    Attributes:
        sample_rate: of its samples.
        channels: C.
        bounded: whether its samples were cut off at ±1 when it was written.
    """

    def __init__(self, file: soundfile.SoundFile, name: str) -> None:
        self._file = file
        self._name = name
        self.sample_rate = Hertz(file.samplerate)
        self.channels = file.channels
        self.bounded = file.subtype not in _UNBOUNDED

    def blocks(self) -> Iterator[Channels]:
        """What follows in the file, as (N, C) float32; as much as there is, not as much as a header promises.

        Raises:
            UnreadableAudio: damage, or values that are no numbers.
        """
        with _readable(self._name):
            while len(block := self._next()):
                if not np.isfinite(block).all():
                    raise UnreadableAudio(self._name, "含有非数值样本", "some of its samples are no numbers")
                yield block

    def _next(self) -> Channels:
        with defer_interrupts():
            read = self._file.read(_BLOCK // self.channels, dtype="float32", always_2d=True)
        return np.asarray(read, dtype=np.float32)


@contextmanager
def decoding(path: Path) -> Generator[AudioDecoder]:
    """Open a recording; it is closed at the end.

    Args:
        path: of a plain file; the caller sees to it that it is no pipe, which would never answer.

    Raises:
        UnreadableAudio: it is no sound, or claims what no recording has.
    """
    name = "".join(letter if letter.isprintable() else "?" for letter in path.name)
    with ExitStack() as opened:
        with _readable(name):
            # Open already, because libsndfile takes no path that is not UTF-8.
            file = _open(opened.enter_context(path.open("rb")))
        opened.callback(_close, file)
        if file.channels > MOST_CHANNELS:
            raise UnreadableAudio(name, f"有 {file.channels} 个声道", f"it has {file.channels} channels")
        if not 0 < file.samplerate <= HIGHEST_RATE:
            raise UnreadableAudio(name, f"采样率为 {file.samplerate}", f"its rate is {file.samplerate} Hz")
        yield AudioDecoder(file, name)


def _open(file: BinaryIO) -> soundfile.SoundFile:
    with defer_interrupts():
        return soundfile.SoundFile(file)


def _close(file: soundfile.SoundFile) -> None:
    with defer_interrupts():
        file.close()


@contextmanager
def _readable(name: str) -> Generator[None]:
    """What libsndfile or the disk refuses inside the block becomes ours."""
    try:
        yield
    except (soundfile.SoundFileError, OSError, ValueError) as error:
        raise UnreadableAudio(name, "文件损坏或格式不支持", "it is damaged or of another format") from error
