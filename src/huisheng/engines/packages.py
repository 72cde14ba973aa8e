"""The packages in a folder that can speak, as they stand whenever somebody asks."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final, NamedTuple, TypeAlias

from pydantic import ValidationError

from huisheng import forking
from huisheng.engines.protocol import Engine
from huisheng.errors import HuishengError, VoicePackageError
from huisheng.types import VoiceInfo
from huisheng.voice.builtin import builtin_folder
from huisheng.voice.manifest import MANIFEST, Manifest
from huisheng.voice.publish import since
from huisheng.voice.store import list_packages, voices_folder

_TICK: Final = 1_000_000_000
"""Nanoseconds, more than between two times that a file system tells apart."""

logger = logging.getLogger("huisheng.engines")

Maker: TypeAlias = Callable[[Manifest, Path], Engine]
"""From a manifest and the folder of all packages to an engine of that package; nothing is loaded."""

Stamp: TypeAlias = tuple[int, int, int]
"""Inode, ctime in nanoseconds and size of a manifest: another stamp, another package."""


@dataclass(frozen=True, slots=True)
class Package:
    """A package that can speak.

    Attributes:
        name: of its folder.
        engine: name of the engine that reads it.
        make: a new engine of it, not loaded.
        voices: as that engine calls them.
        since: when its name was first installed, ns since the epoch; 0 where it never was.
    """

    name: str
    engine: str
    make: Callable[[], Engine]
    voices: tuple[VoiceInfo, ...]
    since: int = 0


class _Seen(NamedTuple):
    """A folder as it was read.

    Attributes:
        manifest: its address.
        stamp: of its manifest, and of the one that all depend on.
        package: None where it cannot speak.
    """

    manifest: Path

    stamp: tuple[Stamp | None, Stamp | None]
    package: Package | None


class Packages:
    """Folders of packages. A manifest is read again only where it is another than before.

    Args:
        families: name of an engine → what makes one of a package, in the order in which they are listed.
        only: name of the only package that is looked at; empty for all.
        folders: that hold packages, the first is listed first; when there are none that of the program,
            then the user's own.
        beside: a manifest that all of them depend on too; None where there is none.
    """

    def __init__(
        self, families: Mapping[str, Maker], only: str = "", *folders: Path, beside: Path | None = None
    ) -> None:
        self._families = families
        self._only = only
        self._folders = folders or (builtin_folder(), voices_folder())
        self._beside = beside
        self._lock = forking.make_lock()
        self._seen: dict[Path, _Seen] = {}
        self._speakers: tuple[Package, ...] = ()
        self._settled: tuple[int, ...] | None = None
        """Times of the folders when they were listed; None where they may change without another time."""

    def current(self) -> tuple[Package, ...]:
        """Those that can speak now; the others are logged.

        Folder by folder, family by family, the oldest of each first: one that is added is the last of its
        family, so that the default voice stays. Of two with one name the first folder's counts.

        Raises:
            StorageError: a folder cannot be read.
        """
        with self._lock:
            stamps = tuple(map(_stamp_of_folder, self._folders))
            if stamps != self._settled or any(
                self._mark(seen.manifest) != seen.stamp for seen in self._seen.values()
            ):
                self._list()
                self._settled = stamps if all(map(_is_settled, stamps)) else None
            return self._speakers

    def _list(self) -> None:
        found = {name: folder / name for folder in reversed(self._folders) for name in list_packages(folder)}
        asked = [path for name, path in found.items() if self._only in ("", name)]
        self._seen = {path: self._look(path) for path in asked}
        self._speakers = tuple(package for folder in self._folders for package in self._speaking(folder))

    def _speaking(self, folder: Path) -> list[Package]:
        """Those of one folder, in their order."""
        found = (seen.package for path, seen in self._seen.items() if path.parent == folder)
        return sorted(filter(None, found), key=self._place)

    def _place(self, package: Package) -> tuple[int, int]:
        return tuple(self._families).index(package.engine), package.since

    def _look(self, path: Path) -> _Seen:
        manifest = path / MANIFEST
        stamp = self._mark(manifest)
        seen = self._seen.get(path)
        return seen if seen and seen.stamp == stamp else _Seen(manifest, stamp, self._read(path))

    def _mark(self, manifest: Path) -> tuple[Stamp | None, Stamp | None]:
        return _stamp(manifest), self._beside and _stamp(self._beside)

    def _read(self, directory: Path) -> Package | None:
        try:
            manifest = _manifest(directory)
            family = self._families.get(manifest.engine)
            if family is None:
                return None
            make = partial(family, manifest, directory.parent)
            voices = make().capabilities.voices
            return Package(directory.name, manifest.engine, make, voices, since(directory))
        except HuishengError as error:
            logger.warning("%s", error.message)
            return None


def _stamp_of_folder(folder: Path) -> int:
    """When something was last added to it or taken away, ns since the epoch; 0 where it is not there."""
    try:
        return folder.stat().st_mtime_ns
    except OSError:
        return 0


def _is_settled(stamp: int) -> bool:
    """Whether a change from now on gives a folder another time: file systems count in ticks."""
    return time.time_ns() - stamp > _TICK


def _stamp(manifest: Path) -> Stamp | None:
    try:
        status = manifest.stat()
    except OSError:
        return None
    return status.st_ino, status.st_ctime_ns, status.st_size


def _manifest(directory: Path) -> Manifest:
    """What a package says of itself; its files are checked by whoever loads it."""
    try:
        manifest = Manifest.model_validate_json((directory / MANIFEST).read_bytes())
    except (OSError, ValidationError) as error:
        raise _passed_over(directory.name) from error
    if manifest.name != directory.name:
        raise _passed_over(directory.name)
    return manifest


def _passed_over(name: str) -> VoicePackageError:
    return VoicePackageError(
        f"已跳过语音包 {name}：清单无法识别，请运行 huisheng voices verify {name} 查看原因。",
        f"Voice package {name} is passed over: its manifest is damaged; "
        f"huisheng voices verify {name} says how.",
    )
