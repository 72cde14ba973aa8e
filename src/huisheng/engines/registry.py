"""Everything that is installed, as one engine: an utterance goes to the engine of its voice.

The folders of packages are looked at when `capabilities` is asked for, once in a request, so an import needs
no restart; what is spoken goes by what was seen then. A package that cannot be used keeps no other from
speaking.
"""

from __future__ import annotations

import logging
from collections import OrderedDict
from collections.abc import Callable, Collection, Generator, Hashable, Mapping, Sequence, Set
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from functools import partial
from typing import Final

from huisheng import forking
from huisheng.engines.mixing import format_mixture, shares
from huisheng.engines.packages import Package, Packages
from huisheng.engines.protocol import Capabilities, Engine
from huisheng.errors import HuishengError, SetupError, VoiceMissing, VoicePackageError
from huisheng.types import AudioChunk, Utterance, VoiceInfo
from huisheng.voice.load import load_package, of_another_version

logger = logging.getLogger("huisheng.engines")

KEPT: Final = 4
"""Models in memory at once."""


@dataclass(frozen=True, slots=True)
class RegistrySnapshot:
    """What there is at one moment.

    Attributes:
        packages: in the order of their voices.
        capabilities: their voices, under the ids and names that they are offered by.
        routes: id of a voice → its package, and its id there.
    """

    packages: tuple[Package, ...]
    capabilities: Capabilities
    routes: Mapping[str, tuple[Package, str]]

    def route(self, voice: str) -> tuple[Package, str]:
        """The package of a voice, and the voice as its engine calls it. A mixture has one package.

        Raises:
            UnknownVoice: it is not installed.
        """
        if voice in self.routes:
            return self.routes[voice]
        parts = shares(self.capabilities.find(voice).id)
        routes = [self.routes[part] for part in parts]
        return routes[0][0], format_mixture(
            dict(zip((own for _, own in routes), parts.values(), strict=True))
        )


class EngineRegistry:
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
        self._models = ModelLRU(kept)
        self._lock = forking.make_lock()
        self._snapshot: RegistrySnapshot | None = None

    @property
    def capabilities(self) -> Capabilities:
        """Every voice that is installed now.

        Raises:
            StorageError: the folder of packages cannot be read.
        """
        return self.snapshot().capabilities

    @property
    def loaded(self) -> bool:
        """Whether a model is in memory."""
        return self._models.loaded

    @property
    def forkable(self) -> bool:
        """Whether the engine of the default voice is, which is the one that `load` loads."""
        package, _ = self.snapshot().route("")
        return package.make().forkable

    def load(self) -> None:
        """Bring the model of the default voice into memory.

        Where its package turns out to be damaged and is set aside, that is the next one's.

        Raises:
            VoiceMissing: nothing is installed, or not the package that the default voice is of.
            VoicePackageError: its package is damaged, and stays where it is or was the only one.
        """
        package, _ = self.snapshot().route("")
        try:
            with self._models.use(package.make, partial(_make, package)) as engine:
                engine.load()
        except (VoiceMissing, VoicePackageError) as error:
            left = self.snapshot().packages
            if package in left or not left:
                raise
            logger.warning("%s", error.message)
            self.load()

    def synthesize(self, utterance: Utterance) -> Generator[AudioChunk]:
        """Speak with the engine of the voice, as `capabilities` last saw it; an unknown one is looked for.

        Raises:
            UnknownVoice: the voice is not installed, or not any more.
            VoicePackageError: its package is damaged.
            EngineError: its engine failed.
        """
        options, seen = utterance.options, self._snapshot
        package, voice = (seen and seen.routes.get(options.voice)) or self._route(options.voice)
        if voice != options.voice:
            utterance = replace(utterance, options=replace(options, voice=voice))
        with self._models.use(package.make, partial(_make, package)) as engine:
            yield from engine.synthesize(utterance)

    def snapshot(self) -> RegistrySnapshot:
        """What there is now: the folders are looked at, and manifests that are new are read.

        Raises:
            StorageError: the folder of packages cannot be read.
        """
        with self._lock:
            packages = self._packages.current()
            if self._snapshot is None or packages != self._snapshot.packages:
                self._snapshot = make_snapshot(self._name, packages, self._obstacle(packages))
                self._models.keep({package.make for package in packages})
            return self._snapshot

    def _route(self, voice: str) -> tuple[Package, str]:
        """The package of a voice and its id there, by the last look if it was there, else by a new one."""
        if voice and self._snapshot:
            with suppress(HuishengError):
                return self._snapshot.route(voice)
        return self.snapshot().route(voice)

    def _obstacle(self, packages: Sequence[Package]) -> SetupError | None:
        """Why the package that the default voice is of cannot speak; None where it can."""
        if self._leader in ("", *(package.name for package in packages)):
            return None
        try:
            load_package(self._leader)
        except SetupError as error:
            return error
        return of_another_version(self._leader)


def make_snapshot(
    name: str, packages: Sequence[Package], obstacle: SetupError | None = None
) -> RegistrySnapshot:
    """The voices of packages. One whose id or name is taken is told apart by its package.

    Voices that have names of their own choose first, then those that are called after their package and a
    speaker, each in the order of the packages.

    Args:
        name: of the whole.
        packages: in their order.
        obstacle: to the default voice.
    """
    voices = [(package, voice) for package in packages for voice in package.voices]
    choosing = sorted(voices, key=lambda one: _is_derived(one[1], one[0].name))
    distinct: dict[tuple[str, str], VoiceInfo] = {}
    for package, voice in choosing:
        distinct[package.name, voice.id] = _distinguish(voice, package.name, distinct.values())
    offered = tuple(distinct[package.name, voice.id] for package, voice in voices)
    routes = {info.id: (package, voice.id) for info, (package, voice) in zip(offered, voices, strict=True)}
    return RegistrySnapshot(tuple(packages), Capabilities(name, offered, obstacle), routes)


def _make(package: Package) -> Engine:
    """A new engine of a package, which is about to be loaded."""
    if package.warning:
        logger.warning("%s", package.warning)
    return package.make()


def _is_derived(voice: VoiceInfo, package: str) -> bool:
    """Whether an id was made of the package's name, and may be that of another package."""
    return voice.id.startswith(f"{package}-")


def _distinguish(voice: VoiceInfo, package: str, offered: Collection[VoiceInfo]) -> VoiceInfo:
    if any(voice.id == other.id for other in offered):
        voice = replace(voice, id=f"{package}:{voice.id}")
    if any(voice.name == other.name for other in offered):
        voice = replace(voice, name=f"{voice.name}（{package}）", name_en=f"{voice.name_en} ({package})")
    return voice


@dataclass(slots=True)
class _LoadedEngine:
    """An engine, and how many callers use it now."""

    engine: Engine
    users: int = 0


class ModelLRU:
    """Engines that may hold their models in memory, the least recently used of which leave first.

    There are `most` of them, and more only while more are in use. The one that has been unused longest leaves
    first; one that is in use stays.

    Args:
        most: at least 1.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._lock = forking.make_lock()
        self._engines: OrderedDict[Hashable, _LoadedEngine] = OrderedDict()
        """The longest unused first."""

    @property
    def loaded(self) -> bool:
        """Whether a model is in memory."""
        with self._lock:
            return any(entry.engine.loaded for entry in self._engines.values())

    @contextmanager
    def use(self, key: Hashable, make: Callable[[], Engine]) -> Generator[Engine]:
        """The engine of this key for the length of the block; made anew where it is not here."""
        with self._lock:
            if key not in self._engines:
                self._engines[key] = _LoadedEngine(make())
            entry = self._engines[key]
            entry.users += 1
            self._engines.move_to_end(key)
            if len(self._engines) > self._most:
                self._shrink()
        try:
            yield entry.engine
        finally:
            with self._lock:
                entry.users -= 1
                if len(self._engines) > self._most:
                    self._shrink()

    def keep(self, keys: Set[Hashable]) -> None:
        """Let engines of other keys go; one in use goes when its users are done."""
        with self._lock:
            for key in self._engines.keys() - keys:
                del self._engines[key]

    def _shrink(self) -> None:
        idle = [key for key, entry in self._engines.items() if not entry.users]
        for key in idle[: len(self._engines) - self._most]:
            del self._engines[key]
