"""Engines: one model family each, behind one Protocol."""

from __future__ import annotations

from typing import Final

from huisheng.engines.families import FAMILIES, SAMBERT, EngineFamily, Families
from huisheng.engines.packages import Packages
from huisheng.engines.protocol import Engine, EngineOptions
from huisheng.engines.registry import KEPT, EngineRegistry
from huisheng.engines.vocoder_override import VocoderOverride
from huisheng.errors import UnknownEngine
from huisheng.voice.builtin import BUILTIN

__all__ = [
    "FAMILIES",
    "INSTALLED",
    "SAMBERT",
    "EngineFamily",
    "EngineOptions",
    "Families",
    "make_engine",
    "names",
]

INSTALLED: Final = "installed"
"""The default: every voice that is installed, of whatever engine; the built-in one speaks first."""


def make_engine(
    name: str = "", kept: int = KEPT, vocoder: str = "", threads: int = 0, batch: int = 1
) -> Engine:
    """A new engine; no model is loaded yet.

    Args:
        name: empty or `installed` for all voices; a family, `kokoro` or `sambert` or one of another
            distribution, for all of its voices; `sambert:PACKAGE` for those of one package.
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
    override = VocoderOverride(vocoder) if vocoder else None
    options = EngineOptions(threads, batch, override)
    family = None if name in ("", INSTALLED) else Families().get(name.partition(":")[0])
    if family and family.alone and ":" not in name:
        if override:
            raise override.useless()
        return family.alone(options)
    packages = _packages(name, options)
    if override and all(package.warning for package in packages.current()):
        raise override.useless()
    leader = BUILTIN if name in ("", INSTALLED) else ""
    return EngineRegistry(name or INSTALLED, packages, leader, kept)


def _packages(name: str, options: EngineOptions) -> Packages:
    """The packages that an engine of this name speaks for.

    Raises:
        UnknownEngine: there is no such engine, or no such package.
    """
    families = Families()
    if name in ("", INSTALLED):
        return Packages(families, options=options)
    family, colon, package = name.partition(":")
    known = families.get(family)
    if known is None or known.alone or known.read is None:
        raise UnknownEngine(name, names())
    packages = Packages({family: known}, package, options=options)
    if colon and not packages.current():
        raise UnknownEngine(name, names())
    return packages


def names() -> tuple[str, ...]:
    """What `make_engine` knows now."""
    families = Families()
    many = {name: family for name, family in families.items() if family.read and not family.alone}
    packages = Packages(many).current()
    return (INSTALLED, *families, *(f"{package.engine}:{package.name}" for package in packages))
