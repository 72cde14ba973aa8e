"""Engines: one model family each, behind one Protocol."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Final, NamedTuple

from huisheng.engines.digests import package_digest
from huisheng.engines.installed import KEPT, InstalledEngines
from huisheng.engines.packages import Maker, Packages
from huisheng.engines.protocol import Engine
from huisheng.engines.vocoders import Lender
from huisheng.errors import UnknownEngine
from huisheng.voice.builtin import BUILTIN
from huisheng.voice.load import load_package
from huisheng.voice.manifest import Manifest

INSTALLED: Final = "installed"
"""The default: every voice that is installed, of whatever engine; the built-in one speaks first."""
KOKORO: Final = "kokoro"
SAMBERT: Final = "sambert"


class _Makers(NamedTuple):
    """What engines are made by.

    Attributes:
        alone: those that need no package to say what they can do, by name.
        families: what reads a package, by the engine that its manifest names.
        beside: manifest of a package that voices of others are spoken with.
    """

    alone: Mapping[str, Callable[[], Engine]]
    families: Mapping[str, Maker]
    beside: Path | None = None


def _kokoro(threads: int = 0) -> Engine:
    from huisheng.engines.kokoro import KokoroEngine  # noqa: PLC0415  an engine not asked for costs nothing

    return KokoroEngine(threads)


def _of_kokoro(manifest: Manifest, __: Path, *, threads: int = 0) -> Engine:
    from huisheng.engines.kokoro import KokoroEngine  # noqa: PLC0415  as above

    return KokoroEngine(threads, digest=package_digest(manifest))


def _of_sambert(
    manifest: Manifest, folder: Path, lender: Lender | None = None, *, threads: int = 0, batch: int = 1
) -> Engine:
    from huisheng.engines.sambert import SambertEngine  # noqa: PLC0415  as above

    package = partial(load_package, manifest.name, folder)
    if lender is None:
        return SambertEngine(manifest, package, threads, batch=batch)
    return SambertEngine(manifest, package, threads, lender.package, lender.digest(), batch)


def _borrowing(
    lender: Lender, make: Maker, manifest: Manifest, folder: Path, *, threads: int = 0, batch: int = 1
) -> Engine:
    reason = lender.objection(manifest)
    if reason is None:
        return _of_sambert(manifest, folder, lender, threads=threads, batch=batch)
    return lender.unaltered(make(manifest, folder), manifest, reason)


ENGINES: Final[dict[str, Callable[[], Engine]]] = {KOKORO: _kokoro}
"""Those that need no package to say what they can do."""

FAMILIES: Final[Mapping[str, Maker]] = MappingProxyType({KOKORO: _of_kokoro, SAMBERT: _of_sambert})
"""What reads a package, by the engine that its manifest names, in the order in which they are listed."""


def make_engine(
    name: str = "", kept: int = KEPT, vocoder: str = "", threads: int = 0, batch: int = 1
) -> Engine:
    """A new engine; no model is loaded yet.

    Args:
        name: empty or `installed` for all voices; `kokoro`; `sambert` for all packages of that engine, or
            `sambert:PACKAGE` for one of them.
        kept: models in memory at once, where there are several.
        vocoder: package whose vocoder is used by the voices that it fits; empty for their own.
        threads: that may work on one utterance; 0 for what suits each engine.
        batch: utterances of one voice whose steps are made together, where it makes frame after frame.

    Raises:
        UnknownEngine: there is none of this name.
        VoiceMissing: there is no such vocoder.
        VoicePackageError: its package is damaged.
        SetupError: the vocoder fits no voice.
    """
    makers = _makers(threads, batch)
    if not vocoder:
        return _made(name, kept, makers)
    lender = Lender(vocoder)
    if name in makers.alone:
        raise lender.useless()
    families = {
        engine: partial(_borrowing, lender, make, threads=threads, batch=batch)
        for engine, make in makers.families.items()
    }
    made = _made(name, kept, _Makers(makers.alone, families, lender.manifest))
    lender.require_use(Packages(families, name.partition(":")[2]))
    return made


def _makers(threads: int, batch: int) -> _Makers:
    if not threads and batch == 1:
        return _Makers(ENGINES, FAMILIES)
    families: dict[str, Maker] = {
        KOKORO: partial(_of_kokoro, threads=threads),
        SAMBERT: partial(_of_sambert, threads=threads, batch=batch),
    }
    return _Makers({KOKORO: partial(_kokoro, threads)}, families)


def _made(name: str, kept: int, makers: _Makers) -> Engine:
    if name in makers.alone:
        return makers.alone[name]()
    if name in ("", INSTALLED):
        packages = Packages(makers.families, beside=makers.beside)
        return InstalledEngines(INSTALLED, packages, BUILTIN, kept)
    family, colon, package = name.partition(":")
    if family != SAMBERT:
        raise UnknownEngine(name, names())
    packages = Packages({SAMBERT: makers.families[SAMBERT]}, package, beside=makers.beside)
    if colon and not packages.current():
        raise UnknownEngine(name, names())
    return InstalledEngines(name, packages, kept=kept)


def names() -> tuple[str, ...]:
    """What `make_engine` knows now."""
    imported = Packages({SAMBERT: FAMILIES[SAMBERT]}).current()
    return (INSTALLED, *ENGINES, SAMBERT, *(f"{SAMBERT}:{package.name}" for package in imported))
