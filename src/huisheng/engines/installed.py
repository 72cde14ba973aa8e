"""Everything that is installed, as one engine: an utterance goes to the engine of its voice.

The folder of packages is looked at whenever somebody asks what there is, so an import needs no restart. A
package that cannot be used keeps no other from speaking.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Generator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from huisheng import forking
from huisheng.engines.mixing import shares, written
from huisheng.engines.packages import Package, Packages
from huisheng.engines.protocol import Capabilities
from huisheng.engines.residents import Residents
from huisheng.errors import SetupError, VoiceMissing, VoicePackageError
from huisheng.types import AudioChunk, Utterance, VoiceInfo
from huisheng.voice.load import load_package, of_another_version

logger = logging.getLogger("huisheng.engines")

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
        leader: package that the default voice is of, and no other's; that of the first package when empty.
        kept: models in memory at once.
    """

    def __init__(self, name: str, packages: Packages, leader: str = "", kept: int = KEPT) -> None:
        self._name = name
        self._packages = packages
        self._leader = leader
        self._residents = Residents(kept)
        self._lock = forking.make_lock()
        self._roll: Roll | None = None

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

    @property
    def forkable(self) -> bool:
        """As the engine of the default voice, which is the one that `load` loads."""
        package, _ = self._route("")
        return package.make().forkable

    def load(self) -> None:
        """Bring the model of the default voice into memory.

        Where its package turns out to be damaged and is set aside, that is the next one's.

        Raises:
            VoiceMissing: nothing is installed, or not the package that the default voice is of.
            VoicePackageError: its package is damaged, and stays where it is or was the only one.
        """
        package, _ = self._route("")
        try:
            with self._residents.use(package, package.make) as engine:
                engine.load()
        except (VoiceMissing, VoicePackageError) as error:
            left = self._current().packages
            if package in left or not left:
                raise
            logger.warning("%s", error.message)
            self.load()

    def synthesize(self, utterance: Utterance) -> Generator[AudioChunk]:
        """Speak with the engine of the voice.

        Raises:
            UnknownVoice: the voice is not installed, or not any more.
            VoicePackageError: its package is damaged.
            EngineError: its engine failed.
        """
        package, voice = self._route(utterance.options.voice)
        own = replace(utterance, options=replace(utterance.options, voice=voice))
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
            packages = self._packages.current()
            if self._roll is None or packages != self._roll.packages:
                self._roll = roll(self._name, packages, self._obstacle(packages))
                self._residents.keep(frozenset(packages))
            return self._roll

    def _obstacle(self, packages: Sequence[Package]) -> SetupError | None:
        """Why the package that the default voice is of cannot speak; None where it can."""
        if self._leader in ("", *(package.name for package in packages)):
            return None
        try:
            load_package(self._leader)
        except SetupError as error:
            return error
        return of_another_version(self._leader)


def roll(name: str, packages: Sequence[Package], obstacle: SetupError | None = None) -> Roll:
    """The voices of packages. One whose id or name is taken is told apart by its package.

    Voices that have names of their own choose first, then those that are called after their package and a
    speaker, each in the order of the packages.

    Args:
        name: of the whole.
        packages: in their order.
        obstacle: to the default voice.
    """
    voices = [(package, voice) for package in packages for voice in package.voices]
    choosing = sorted(voices, key=lambda one: _derived(one[1], one[0].name))
    told: dict[tuple[str, str], VoiceInfo] = {}
    for package, voice in choosing:
        told[package.name, voice.id] = _told_apart(voice, package.name, told.values())
    offered = tuple(told[package.name, voice.id] for package, voice in voices)
    routes = {info.id: (package, voice.id) for info, (package, voice) in zip(offered, voices, strict=True)}
    return Roll(tuple(packages), Capabilities(name, offered, obstacle), routes)


def _derived(voice: VoiceInfo, package: str) -> bool:
    """Whether an id was made of the package's name, and may be that of another package."""
    return voice.id.startswith(f"{package}-")


def _told_apart(voice: VoiceInfo, package: str, offered: Collection[VoiceInfo]) -> VoiceInfo:
    if any(voice.id == other.id for other in offered):
        voice = replace(voice, id=f"{package}:{voice.id}")
    if any(voice.name == other.name for other in offered):
        voice = replace(voice, name=f"{voice.name}（{package}）", name_en=f"{voice.name_en} ({package})")
    return voice
