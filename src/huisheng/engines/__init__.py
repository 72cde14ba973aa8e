"""Engines: one model family each, behind one Protocol."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final

from huisheng.engines.installed import KEPT, InstalledEngines
from huisheng.engines.packages import Maker, Packages
from huisheng.engines.protocol import Engine
from huisheng.errors import UnknownEngine
from huisheng.voice.load import load_package
from huisheng.voice.manifest import Manifest

INSTALLED: Final = "installed"
"""The default: every voice that is installed, of whatever engine."""
KOKORO: Final = "kokoro"
SAMBERT: Final = "sambert"


def _kokoro() -> Engine:
    from huisheng.engines.kokoro import KokoroEngine  # noqa: PLC0415  an engine not asked for costs nothing

    return KokoroEngine()


def _of_kokoro(_: Manifest, __: Path) -> Engine:
    return ENGINES[KOKORO]()


def _of_sambert(manifest: Manifest, folder: Path) -> Engine:
    from huisheng.engines.sambert import SambertEngine  # noqa: PLC0415  as above

    return SambertEngine(manifest, lambda: load_package(manifest.name, folder))


ENGINES: Final[dict[str, Callable[[], Engine]]] = {KOKORO: _kokoro}
"""Those that need no package to say what they can do."""

FAMILIES: Final[Mapping[str, Maker]] = MappingProxyType({KOKORO: _of_kokoro, SAMBERT: _of_sambert})
"""What reads a package, by the engine that its manifest names; the first family has the default voice."""


def make_engine(name: str = "", kept: int = KEPT) -> Engine:
    """A new engine; no model is loaded yet.

    Args:
        name: empty or `installed` for all voices; `kokoro`; `sambert` for all packages of that engine, or
            `sambert:PACKAGE` for one of them.
        kept: models in memory at once, where there are several.

    Raises:
        UnknownEngine: there is none of this name.
    """
    if name in ENGINES:
        return ENGINES[name]()
    if name in ("", INSTALLED):
        return InstalledEngines(INSTALLED, Packages(FAMILIES), absent=ENGINES[KOKORO], kept=kept)
    family, colon, package = name.partition(":")
    if family != SAMBERT:
        raise UnknownEngine(name, names())
    packages = Packages({SAMBERT: FAMILIES[SAMBERT]}, package)
    if colon and not packages.current():
        raise UnknownEngine(name, names())
    return InstalledEngines(name, packages, kept=kept)


def names() -> tuple[str, ...]:
    """What `make_engine` knows now."""
    imported = Packages({SAMBERT: FAMILIES[SAMBERT]}).current()
    return (INSTALLED, *ENGINES, SAMBERT, *(f"{SAMBERT}:{package.name}" for package in imported))
