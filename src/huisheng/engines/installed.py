"""Everything that is installed, as one engine: an utterance goes to the engine of its voice.

The folder of packages is looked at whenever somebody asks what there is, so an import needs no restart. A
package that cannot be used keeps no other from speaking.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from huisheng.engines.mixing import shares, written
from huisheng.engines.packages import Package, Packages
from huisheng.engines.protocol import Capabilities, Engine
from huisheng.engines.residents import Residents
from huisheng.types import AudioChunk, Utterance, VoiceInfo

KEPT: Final = 4
"""Models in memory at once."""


@dataclass(frozen=True, slots=True)
class Roll:
    """What there is at one moment.

    Attributes:
        packages: in the order of their voices.
        capabilities: their voices, under the ids and names that they are offered by.
        routes: id of a voice → its package, and its id there.
    """

    packages: tuple[Package, ...]
    capabilities: Capabilities
    routes: Mapping[str, tuple[Package, str]]


class InstalledEngines:
    """The engines of all packages. Each loads its model when it is first spoken with.

    Args:
        name: of the whole.
        packages: what is installed.
        absent: makes the engine that is offered where no package is installed; None offers nothing.
        kept: models in memory at once.
    """

    def __init__(
        self,
        name: str,
        packages: Packages,
        absent: Callable[[], Engine] | None = None,
        kept: int = KEPT,
    ) -> None:
        self._packages = packages
        self._absent = () if absent is None else (Package("", "", absent, absent().capabilities.voices),)
        self._residents = Residents(kept)
        self._lock = threading.Lock()
        self._roll = roll(name, ())

    @property
    def capabilities(self) -> Capabilities:
        """Every voice that is installed now.

        Raises:
            StorageError: the folder of packages cannot be read.
        """
        return self._current().capabilities

    @property
    def loaded(self) -> bool:
        """Whether a model is in memory."""
        return self._residents.loaded

    def load(self) -> None:
        """Bring the model of the default voice into memory.

        Raises:
            VoiceMissing: nothing is installed.
            VoicePackageError: its package is damaged.
        """
        package, _ = self._route("")
        with self._residents.use(package, package.make) as engine:
            engine.load()

    def synthesize(self, utterance: Utterance) -> Generator[AudioChunk]:
        """Speak with the engine of the voice.

        Raises:
            UnknownVoice: the voice is not installed, or not any more.
            VoicePackageError: its package is damaged.
            EngineError: its engine failed.
        """
        package, voice = self._route(utterance.delivery.voice)
        own = replace(utterance, delivery=replace(utterance.delivery, voice=voice))
        with self._residents.use(package, package.make) as engine:
            yield from engine.synthesize(own)

    def _route(self, voice: str) -> tuple[Package, str]:
        """The package of a voice, and the voice as its engine calls it. A mixture has one package."""
        current = self._current()
        parts = shares(current.capabilities.find(voice).id)
        routes = [current.routes[part] for part in parts]
        return routes[0][0], written(dict(zip((own for _, own in routes), parts.values(), strict=True)))

    def _current(self) -> Roll:
        """The roll as it stands now."""
        with self._lock:
            packages = self._packages.current() or self._absent
            if packages != self._roll.packages:
                self._roll = roll(self._roll.capabilities.name, packages)
                self._residents.keep(frozenset(packages))
            return self._roll


def roll(name: str, packages: Sequence[Package]) -> Roll:
    """The voices of packages. One whose id or name an earlier one has is told apart by its package."""
    offered: dict[str, VoiceInfo] = {}
    routes: dict[str, tuple[Package, str]] = {}
    for package in packages:
        for voice in package.voices:
            told = _told_apart(voice, package.name, offered)
            offered[told.id] = told
            routes[told.id] = (package, voice.id)
    return Roll(tuple(packages), Capabilities(name, tuple(offered.values())), routes)


def _told_apart(voice: VoiceInfo, package: str, offered: Mapping[str, VoiceInfo]) -> VoiceInfo:
    if voice.id in offered:
        voice = replace(voice, id=f"{package}:{voice.id}")
    if any(voice.name == other.name for other in offered.values()):
        voice = replace(voice, name=f"{voice.name}（{package}）", name_en=f"{voice.name_en} ({package})")
    return voice
