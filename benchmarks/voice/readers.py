"""Who reads a text aloud: a speaker of the teacher, or a voice of a package."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final, Protocol

from benchmarks.voice import teaching
from benchmarks.voice.opening import SILENT, open_engine
from benchmarks.voice.teaching import TeacherEngine

import huisheng
from huisheng.errors import UnknownVoice
from huisheng.runtime.speech import Speech
from huisheng.runtime.synthesizer import Synthesizer
from huisheng.text.frontend import Frontend
from huisheng.types import EmotionName
from huisheng.voice.manifest import KOKORO, MANIFEST
from huisheng.voice.store import voices_folder

_ENGINES: Final = ("engines/**/*.py", "text/symbols/*.py", "text/symbols/data/*")
_TEACHERS: Final = ("engines/clauses.py", "engines/graphs.py", "engines/kokoro*.py", "text/symbols/kokoro.py")
_SHARED: Final = (
    *("audio/joining.py", "audio/loudness.py", "emotion/*", "emotion/data/*"),
    *("runtime/output.py", "runtime/synthesizer.py"),
)
"""Code that the sound depends on, besides the sentence as read."""


class Reader(Protocol):
    """One voice. A value: it can be compared, and handed to another process."""

    @property
    def voice(self) -> str:
        """What it is called."""
        ...

    @property
    def fingerprint(self) -> str:
        """Digest of everything that its sound depends on, besides what is read and in which emotion."""
        ...

    def read(self, text: str, emotion: EmotionName, intensity: float) -> Speech:
        """Speak a text.

        Raises:
            EmptyText: nothing in the text can be spoken.
            UnknownVoice, UnknownEmotion: by their names.
            SetupError: the model is not installed, or damaged.
        """
        ...


@dataclass(frozen=True, slots=True)
class TeacherReader:
    """A speaker of the teacher, or one of the sources of its timbres."""

    voice: str

    @property
    def fingerprint(self) -> str:
        """Digest of model, blend and code."""
        return _teachers_fingerprint(self.voice)

    def read(self, text: str, emotion: EmotionName = "neutral", intensity: float = 1.0) -> Speech:
        """Speak a text, each sentence whole."""
        return _teacher(self.voice).speak(text, emotion=emotion, intensity=intensity)


@dataclass(frozen=True, slots=True)
class PackageReader:
    """A voice of the package in a folder."""

    package: Path
    voice: str

    @property
    def fingerprint(self) -> str:
        """Digest of package and code."""
        return _packages_fingerprint(self.package)

    def read(self, text: str, emotion: EmotionName = "neutral", intensity: float = 1.0) -> Speech:
        """Speak a text as the product does."""
        return _package(self.package).speak(text, voice=self.voice, emotion=emotion, intensity=intensity)


def students(package: Path, speakers: Sequence[str]) -> tuple[PackageReader, ...]:
    """Speakers of a package, by their ids.

    Raises:
        VoiceMissing: there is no package.
        VoicePackageError: it is damaged.
        UnknownVoice: it does not have one of them.
    """
    offered = tuple(voice.id for voice in open_engine(package).capabilities.voices)
    for speaker in speakers:
        if speaker not in offered:
            raise UnknownVoice(speaker, offered)
    return tuple(PackageReader(package, speaker) for speaker in speakers)


@cache
def frontend() -> Frontend:
    """One a process."""
    return Frontend()


@cache
def _teacher(voice: str) -> Synthesizer:
    return Synthesizer(TeacherEngine(voice), frontend())


@cache
def _package(folder: Path) -> Synthesizer:
    """On one thread: as many processes as cores are faster than threads."""
    return Synthesizer(open_engine(folder, threads=1), frontend())


@cache
def _teachers_fingerprint(voice: str) -> str:
    blend = repr(teaching.resolve_speaker(voice)).encode()
    return _digest(
        [_manifest(voices_folder() / KOKORO), blend, *_code(_TEACHERS), Path(teaching.__file__).read_bytes()]
    )


@cache
def _packages_fingerprint(folder: Path) -> str:
    return _digest([b"" if folder == SILENT else _manifest(folder), *_code(_ENGINES)])


def _manifest(folder: Path) -> bytes:
    """It holds the digest of every file of the package."""
    return (folder / MANIFEST).read_bytes()


def _code(patterns: Iterable[str]) -> list[bytes]:
    root = Path(huisheng.__file__).parent
    files = (path for pattern in (*patterns, *_SHARED) for path in sorted(root.glob(pattern)))
    return [path.read_bytes() for path in files if path.is_file()]


def _digest(parts: Iterable[bytes]) -> str:
    return hashlib.sha256(b"".join(hashlib.sha256(part).digest() for part in parts)).hexdigest()
