"""The package that is looked at, and its engine. Imports little: a start that is timed must not wait."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from huisheng.engines.protocol import Engine
from huisheng.testing import SilentEngine
from huisheng.voice.load import read_package
from huisheng.voice.manifest import KOKORO
from huisheng.voice.store import folder_of

SILENT: Final = Path("silent")
"""A package that needs no folder, for tests."""

THREADS: Final = 2
"""That work on one utterance in the product."""


def package_folder(package: str) -> Path:
    """The folder of a package: one that is written as a path, or else an installed one."""
    return Path(package) if Path(package) == SILENT or "/" in package else folder_of(package)


def open_engine(package: Path, threads: int = THREADS) -> Engine:
    """The engine of one package, not loaded yet.

    Args:
        package: folder.
        threads: that may work on one utterance.

    Raises:
        VoiceMissing: there is none.
        VoicePackageError: it is damaged.
    """
    if package == SILENT:
        return SilentEngine()
    found = read_package(package)
    if found.manifest.engine == KOKORO:
        from huisheng.engines.kokoro import KokoroEngine  # noqa: PLC0415  only where it is spoken with

        return KokoroEngine(threads, lambda: found)
    from huisheng.engines.families import two_stage_engine  # noqa: PLC0415  as above
    from huisheng.engines.protocol import EngineOptions  # noqa: PLC0415  as above

    return two_stage_engine(found.manifest, lambda: found, EngineOptions(threads))
