"""Engines: one model family each, behind one Protocol."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Final

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


def _kokoro() -> Engine:
    from huisheng.engines.kokoro import KokoroEngine  # noqa: PLC0415  an engine not asked for costs nothing

    return KokoroEngine()


def _of_kokoro(manifest: Manifest, __: Path) -> Engine:
    from huisheng.engines.kokoro import KokoroEngine  # noqa: PLC0415  as above

    return KokoroEngine(digest=package_digest(manifest))


def _of_sambert(manifest: Manifest, folder: Path, lender: Lender | None = None) -> Engine:
    from huisheng.engines.sambert import SambertEngine  # noqa: PLC0415  as above

    package = partial(load_package, manifest.name, folder)
    if lender is None:
        return SambertEngine(manifest, package)
    return SambertEngine(manifest, package, vocoder=lender.package, vocoder_digest=lender.digest())


def _borrowing(lender: Lender, make: Maker, manifest: Manifest, folder: Path) -> Engine:
    reason = lender.objection(manifest)
    if reason is None:
        return _of_sambert(manifest, folder, lender)
    return lender.unaltered(make(manifest, folder), manifest, reason)


ENGINES: Final[dict[str, Callable[[], Engine]]] = {KOKORO: _kokoro}
"""Those that need no package to say what they can do."""

FAMILIES: Final[Mapping[str, Maker]] = MappingProxyType({KOKORO: _of_kokoro, SAMBERT: _of_sambert})
"""What reads a package, by the engine that its manifest names, in the order in which they are listed."""


def make_engine(name: str = "", kept: int = KEPT, vocoder: str = "") -> Engine:
    """A new engine; no model is loaded yet.

    Args:
        name: empty or `installed` for all voices; `kokoro`; `sambert` for all packages of that engine, or
            `sambert:PACKAGE` for one of them.
        kept: models in memory at once, where there are several.
        vocoder: package whose vocoder is used by the voices that it fits; empty for their own.

    Raises:
        UnknownEngine: there is none of this name.
        VoiceMissing: there is no such vocoder.
        VoicePackageError: its package is damaged.
        SetupError: the vocoder fits no voice.
    """
    if vocoder:
        return _with_vocoder(name, kept, Lender(vocoder))
    return _made(name, kept, FAMILIES)


def _with_vocoder(name: str, kept: int, lender: Lender) -> Engine:
    if name in ENGINES:
        raise lender.useless()
    families = {engine: partial(_borrowing, lender, make) for engine, make in FAMILIES.items()}
    made = _made(name, kept, families, lender.manifest)
    lender.require_use(Packages(families, name.partition(":")[2]))
    return made


def _made(name: str, kept: int, families: Mapping[str, Maker], beside: Path | None = None) -> Engine:
    if name in ENGINES:
        return ENGINES[name]()
    if name in ("", INSTALLED):
        return InstalledEngines(INSTALLED, Packages(families, beside=beside), BUILTIN, kept)
    family, colon, package = name.partition(":")
    if family != SAMBERT:
        raise UnknownEngine(name, names())
    packages = Packages({SAMBERT: families[SAMBERT]}, package, beside=beside)
    if colon and not packages.current():
        raise UnknownEngine(name, names())
    return InstalledEngines(name, packages, kept=kept)


def names() -> tuple[str, ...]:
    """What `make_engine` knows now."""
    imported = Packages({SAMBERT: FAMILIES[SAMBERT]}).current()
    return (INSTALLED, *ENGINES, SAMBERT, *(f"{SAMBERT}:{package.name}" for package in imported))
