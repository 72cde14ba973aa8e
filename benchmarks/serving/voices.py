"""The voices that are measured, each in a folder for data of its own that is gone afterwards."""

from __future__ import annotations

import importlib.util
import os
import shutil
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final, Literal, TypeAlias

from benchmarks.serving.servers import NoServer

from huisheng.runtime.synthesizer import Synthesizer
from huisheng.voice.store import HOME_VARIABLE, voices_folder

Voice: TypeAlias = Literal["builtin", "sambert", "kokoro"]

BUILTIN: Final[Voice] = "builtin"
VOICES: Final[tuple[Voice, ...]] = (BUILTIN, "sambert", "kokoro")
"""Our own; one that is as large as the published 16 kHz voices; Kokoro."""

_KOKORO: Final = "kokoro"


@contextmanager
def install_voice(voice: Voice) -> Generator[str]:
    """The id of the voice, while this process and its children find it in their folder for data.

    Raises:
        NoServer: the voice cannot be had here.
        HuishengError: it cannot be made.
    """
    theirs = voices_folder()
    with TemporaryDirectory() as folder, _home(Path(folder)):
        if voice == BUILTIN:
            yield Synthesizer().capabilities.find("").id
        elif voice == _KOKORO:
            _copy(theirs / _KOKORO)
            yield next(each.id for each in Synthesizer().capabilities.voices if each.engine == _KOKORO)
        else:
            yield _install_random_voice()


@contextmanager
def _home(folder: Path) -> Generator[None]:
    before = os.environ.get(HOME_VARIABLE)
    os.environ[HOME_VARIABLE] = str(folder)
    try:
        yield
    finally:
        del os.environ[HOME_VARIABLE]
        if before is not None:
            os.environ[HOME_VARIABLE] = before


def _copy(package: Path) -> None:
    """
    Raises:
        NoServer: there is no such package.
    """
    if not package.is_dir():
        raise NoServer("huisheng voices pull kokoro")
    shutil.copytree(package, voices_folder() / package.name)


def _install_random_voice() -> str:
    """
    Raises:
        NoServer: PyTorch is not installed.
        HuishengError: the voice cannot be converted.
    """
    if importlib.util.find_spec("torch") is None:
        raise NoServer("make dev (PyTorch)")
    from benchmarks.sambert.voice import drawn_voice  # noqa: PLC0415  it needs PyTorch

    with drawn_voice() as drawn:
        shutil.copytree(drawn.package.directory, voices_folder() / drawn.package.manifest.name)
        return drawn.package.manifest.name
