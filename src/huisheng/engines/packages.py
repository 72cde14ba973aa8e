"""The packages in a folder that can speak, as they stand at the moment."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Final, NamedTuple

from pydantic import ValidationError

from huisheng import forking
from huisheng.engines.families import EngineFamily
from huisheng.engines.protocol import DEFAULT_OPTIONS, Engine, EngineOptions
from huisheng.errors import HuishengError, VoicePackageError
from huisheng.types import VoiceInfo
from huisheng.voice.builtin import builtin_folder
from huisheng.voice.manifest import MANIFEST, VOCODER, Manifest, parse_manifest
from huisheng.voice.store import list_packages, voices_folder

_TICK: Final = 1_000_000_000
"""Nanoseconds, more than between two times that a file system tells apart."""

logger = logging.getLogger("huisheng.engines")


@dataclass(frozen=True, slots=True)
class Package:
    """A package that can speak.

    Attributes:
        name: of its folder.
        engine: name of the engine that reads it.
        make: a new engine of it, not loaded.
        voices: as that engine calls them.
        since: when its name was first installed, ns since the epoch; 0 where it never was.
        warning: what is told when its model is loaded; empty where nothing is done otherwise than asked.
    """

    name: str
    engine: str
    make: Callable[[], Engine]
    voices: tuple[VoiceInfo, ...]
    since: int = 0
    warning: str = ""


class Stamp(NamedTuple):
    """A file or folder at one moment: another stamp, another content.

    Attributes:
        inode: its number.
        changed, modified: ns since the epoch; a folder is modified when something is added or taken away.
        size: bytes.
    """

    inode: int
    changed: int
    modified: int
    size: int


class _Entry(NamedTuple):
    """A folder as it was read.

    Attributes:
        manifest: its address.
        stamp: of its manifest.
        package: None where it cannot speak.
    """

    manifest: Path
    stamp: Stamp | None
    package: Package | None


class Packages:
    """Folders of packages. A manifest is read again only where it is another than before.

    Args:
        families: engine families by name, in the order in which they are listed.
        only: name of the only package that is looked at; empty for all.
        folders: that hold packages, the first is listed first; when there are none that of the program,
            then the user's own.
        options: how their engines are made; where they name a vocoder, all depend on its manifest too.
    """

    def __init__(
        self,
        families: Mapping[str, EngineFamily],
        only: str = "",
        *folders: Path,
        options: EngineOptions = DEFAULT_OPTIONS,
    ) -> None:
        self._families = families
        self._only = only
        self._folders = folders or (builtin_folder(), voices_folder())
        self._options = options
        self._lock = forking.make_lock()
        self._entries: dict[Path, _Entry] = {}
        self._packages: tuple[Package, ...] = ()
        self._vocoder: Stamp | None = None
        """Stamp of the vocoder's manifest when the packages were read."""
        self._settled: tuple[Stamp | None, ...] | None = None
        """Stamps of the folders when they were listed; None where they may change without another one."""

    def current(self) -> tuple[Package, ...]:
        """Those that can speak now; the others are logged.

        Folder by folder, family by family, the oldest of each first: one that is added is the last of its
        family, so that the default voice stays. Of two with one name the first folder's counts.

        Raises:
            StorageError: a folder cannot be read.
        """
        vocoder = self._options.vocoder
        with self._lock:
            folders = tuple([_stamp(folder) for folder in self._folders])
            stamp = vocoder and _stamp(vocoder.manifest)
            if stamp != self._vocoder:
                self._entries, self._vocoder, self._settled = {}, stamp, None
            changed = [entry for entry in self._entries.values() if _stamp(entry.manifest) != entry.stamp]
            if changed or folders != self._settled:
                self._list()
                self._settled = folders if all(map(_is_settled, folders)) else None
            return self._packages

    def _list(self) -> None:
        known = {name: folder / name for folder in reversed(self._folders) for name in list_packages(folder)}
        paths = [path for name, path in known.items() if self._only in ("", name)]
        self._entries = {path: self._look(path) for path in paths}
        self._packages = tuple(package for folder in self._folders for package in self._sort(folder))

    def _sort(self, folder: Path) -> list[Package]:
        """The packages of one folder that can speak, in their order."""
        packages = (entry.package for path, entry in self._entries.items() if path.parent == folder)
        return sorted(filter(None, packages), key=self._rank)

    def _rank(self, package: Package) -> tuple[int, int]:
        families = enumerate(self._families)  # in order, and no further than needed
        return next(rank for rank, name in families if name == package.engine), package.since

    def _look(self, path: Path) -> _Entry:
        manifest = path / MANIFEST
        stamp, entry = _stamp(manifest), self._entries.get(path)
        return entry if entry and entry.stamp == stamp else _Entry(manifest, stamp, self._read(path, stamp))

    def _read(self, directory: Path, stamp: Stamp | None) -> Package | None:
        try:
            manifest = _manifest(directory)
            family = None if manifest.engine == VOCODER else self._families.get(manifest.engine)
            if family is None or family.read is None:
                return None
            warning, options = "", self._options
            if options.vocoder and (warning := options.vocoder.warning(manifest)):
                options = replace(options, vocoder=None)
            make = partial(family.read, manifest, directory.parent, options)
            voices = make().capabilities.voices
            since = stamp.modified if stamp else 0  # `publish` sets the time of a manifest
            return Package(directory.name, manifest.engine, make, voices, since, warning)
        except HuishengError as error:
            logger.warning("%s", error.message)
            return None


def _is_settled(folder: Stamp | None) -> bool:
    """Whether a change from now on gives a folder another time: file systems count in ticks."""
    return folder is None or time.time_ns() - folder.modified > _TICK


def _stamp(path: Path) -> Stamp | None:
    """What tells a file or folder from another one of its name; None where there is none."""
    try:
        status = path.stat()
    except OSError:
        return None
    return Stamp(status.st_ino, status.st_ctime_ns, status.st_mtime_ns, status.st_size)


def _manifest(directory: Path) -> Manifest:
    """What a package says of itself; its files are checked when they are loaded."""
    try:
        manifest = parse_manifest((directory / MANIFEST).read_bytes())
    except (OSError, ValidationError) as error:
        raise _unreadable(directory.name) from error
    if manifest.name != directory.name:
        raise _unreadable(directory.name)
    return manifest


def _unreadable(name: str) -> VoicePackageError:
    return VoicePackageError(
        f"已跳过语音包 {name}：清单无法识别，请运行 huisheng voices verify {name} 查看原因。",
        f"Voice package {name} is passed over: its manifest is damaged; "
        f"huisheng voices verify {name} says how.",
    )
