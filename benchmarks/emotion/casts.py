"""Who speaks the takes: the product's own voices, those of any package, or the teacher of a package's."""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, Protocol

import numpy as np
from benchmarks.emotion import measure
from benchmarks.emotion.takes import Cast, Take, frontend
from benchmarks.voice.opening import open_engine, package_folder
from benchmarks.voice.readers import PackageReader, TeacherReader, students

import huisheng
from huisheng.audio.loudness import amplitude
from huisheng.emotion.names import resolve
from huisheng.emotion.styles import shape
from huisheng.engines.kokoro import CAPABILITIES, KokoroEngine
from huisheng.runtime.speech import Speech
from huisheng.runtime.synthesizer import Synthesizer
from huisheng.voice.manifest import KOKORO, MANIFEST
from huisheng.voice.store import voices_folder

_CODE: Final = (
    "audio/*.py",
    "emotion/shaping.py",
    "engines/*.py",
    "runtime/synthesizer.py",
    "text/symbols/*.py",
    "text/symbols/data/*",
)
"""What the sound depends on besides the sentence as read and the shape of the emotion."""

_HEADROOM: Final = 10.0
"""dB by which all that a teacher says is softer, so that the loudest emotion has room."""


class _Reader(Protocol):
    """What is taken from the readers of `benchmarks.voice`."""

    @property
    def fingerprint(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Product:
    """The voices of the Kokoro engine, as the product speaks with them."""

    def speak(self, take: Take) -> Speech:
        """The sound of a take."""
        return _synthesizer().speak(
            take.text, voice=take.voice, emotion=take.emotion, intensity=take.intensity
        )

    def known_by(self, take: Take) -> tuple[str, ...]:
        """Code and model, voice, and shape of the emotion: a changed emotion is spoken again, no other."""
        emotion = shape(resolve(take.emotion, take.intensity), CAPABILITIES.name)
        return _machinery(), take.voice, emotion.model_dump_json()


@dataclass(frozen=True, slots=True)
class Students:
    """The voices of the package in a folder."""

    package: Path

    def speak(self, take: Take) -> Speech:
        """The sound of a take."""
        emotion = resolve(take.emotion, take.intensity).name
        return PackageReader(self.package, take.voice).read(take.text, emotion, take.intensity)

    def known_by(self, take: Take) -> tuple[str, ...]:
        """Content of the package, code, voice and emotion."""
        return _ledger_key(PackageReader(self.package, take.voice), take)


@dataclass(frozen=True, slots=True)
class Teachers:
    """The speakers of the recipe, as the teacher speaks them: what students of their names learned from."""

    def speak(self, take: Take) -> Speech:
        """The sound of a take, as much louder than neutral as the corpus has it; readers leave that out."""
        emotion = resolve(take.emotion, take.intensity)
        speech = TeacherReader(take.voice).read(take.text, emotion.name, take.intensity)
        gain = amplitude(shape(emotion, KOKORO).level - _HEADROOM)
        return replace(speech, samples=speech.samples * np.float32(gain))

    def known_by(self, take: Take) -> tuple[str, ...]:
        """The teacher's model, blend of the speaker, code, voice and emotion."""
        return _ledger_key(TeacherReader(take.voice), take)


def cast(package: str, voices: Sequence[str] = ()) -> tuple[Cast, tuple[str, ...]]:
    """Who speaks, and with which voices.

    Args:
        package: name of an installed package, or its folder.
        voices: ids; all that there are when empty.

    Raises:
        VoiceMissing: there is no package.
        VoicePackageError: it is damaged.
        UnknownVoice: it does not have one of the voices.
    """
    if package == KOKORO:
        return Product(), tuple(voices) or tuple(voice.id for voice in CAPABILITIES.voices)
    folder = package_folder(package)
    offered = tuple(voice.id for voice in open_engine(folder).capabilities.voices)
    return Students(folder), tuple(student.voice for student in students(folder, voices or offered))


def _ledger_key(reader: _Reader, take: Take) -> tuple[str, ...]:
    emotion = shape(resolve(take.emotion, take.intensity), KOKORO).model_dump_json()
    return reader.fingerprint, _measuring(), take.voice, take.emotion, repr(take.intensity), emotion


@functools.cache
def _measuring() -> str:
    """Digest of the code here and of that which measures."""
    code = (Path(file).read_bytes() for file in (__file__, measure.__file__))
    return hashlib.sha256(b"".join(code)).hexdigest()


@functools.cache
def _machinery() -> str:
    """Digest of the code and of the model."""
    digest = hashlib.sha256((voices_folder() / CAPABILITIES.name / MANIFEST).read_bytes())
    package = Path(huisheng.__file__).parent
    files = [path for pattern in _CODE for path in sorted(package.glob(pattern)) if path.is_file()]
    for path in (*files, Path(measure.__file__)):
        digest.update(path.read_bytes())
    return digest.hexdigest()


@functools.cache
def _synthesizer() -> Synthesizer:
    """One a process, with one thread: as many processes as cores are faster than threads."""
    return Synthesizer(KokoroEngine(threads=1), frontend())
