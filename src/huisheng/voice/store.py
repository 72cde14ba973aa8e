"""Where voice packages live, and how the file system's refusals become ours."""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import platformdirs

from huisheng.errors import StorageError, VoiceMissing, VoicePackageError
from huisheng.voice.builtin import BUILTIN, builtin_folder

HOME_VARIABLE: Final = "HUISHENG_HOME"

_FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT})
_FORBIDDEN: Final = frozenset({errno.EACCES, errno.EPERM, errno.EROFS})


def home() -> Path:
    """Our folder for data: `HUISHENG_HOME`, else the system's place for a user's data."""
    chosen = os.environ.get(HOME_VARIABLE)
    if chosen:
        return Path(chosen).expanduser()
    return platformdirs.user_data_path("huisheng", appauthor=False)


def voices_folder() -> Path:
    """One folder a package, named like it."""
    return home() / "voices"


def downloads_folder() -> Path:
    """Verified downloads that a later run can take up."""
    return home() / "downloads"


def folder_of(name: str) -> Path:
    """Where the package of a name lies, or would lie."""
    return (builtin_folder() if name == BUILTIN else voices_folder()) / name


def list_packages(folder: Path | None = None) -> tuple[str, ...]:
    """Names of the packages in a folder, sound or not; when None the built-in one, then the user's own.

    Raises:
        StorageError: it cannot be read.
    """
    if folder is None:
        return tuple(dict.fromkeys((*list_packages(builtin_folder()), *list_packages(voices_folder()))))
    with storage(folder):
        try:
            entries = os.scandir(folder)
        except (FileNotFoundError, NotADirectoryError):
            return ()
        with entries:
            return tuple(sorted(entry.name for entry in entries if _is_package(entry)))


def _is_package(entry: os.DirEntry[str]) -> bool:
    """Whether an entry is a folder in use. A link that leads nowhere is none, and no error."""
    is_folder = Path(entry.path).is_dir() if entry.is_symlink() else entry.is_dir()
    return is_folder and not entry.name.startswith(".")


def aside_name(name: str) -> str:
    """What the folder of a package that must not be used is called, out of `list_packages`."""
    return f".{name}.aside"


def list_damaged(folder: Path | None = None) -> tuple[str, ...]:
    """Names of the packages in a folder that were set aside as damaged and have no successor yet.

    Raises:
        StorageError: it cannot be read.
    """
    root = folder or voices_folder()
    usable = list_packages(root)
    with storage(root):
        found = [
            path.name.removeprefix(".").removesuffix(".aside") for path in root.glob(aside_name("[!.]*"))
        ]
    return tuple(sorted(name for name in found if name not in usable))


def package_folders(name: str, folder: Path | None = None) -> tuple[Path, ...]:
    """Where a package lies, sound or not, and where one of its name that was set aside does.

    Args:
        name: of the package.
        folder: that holds packages; the user's own when None.

    Raises:
        VoiceMissing: there is neither.
        VoicePackageError: it comes with the program.
        StorageError: it cannot be read.
    """
    if folder is None and name == BUILTIN:
        raise VoicePackageError(
            f"语音包 {name} 是程序自带的，不能删除。",
            f"Voice package {name} comes with the program and cannot be removed.",
        )
    root = folder or voices_folder()
    names = () if name.startswith(".") else (name, aside_name(name))
    with storage(root):
        found = tuple(path for path in root.iterdir() if path.name in names) if root.is_dir() else ()
    if not found:
        raise VoiceMissing(
            f"没有安装语音包 {name}，已安装的见 huisheng voices list。",
            f"Voice package {name} is not installed; see huisheng voices list.",
        )
    return found


def remove_package(name: str, folder: Path | None = None) -> None:
    """Remove a package and what was set aside under its name; each disappears in one step.

    Args:
        name: of the package, sound or not.
        folder: that holds packages; the user's own when None.

    Raises:
        VoiceMissing: there is none.
        VoicePackageError: it comes with the program.
        StorageError: the folder cannot be written.
    """
    found = package_folders(name, folder)
    with storage(found[0].parent):
        # Named like a staging folder, which `publish.staging` sweeps away if we are killed before the end.
        grave = Path(tempfile.mkdtemp(prefix=".staging-", dir=found[0].parent))
        for path in found:
            path.rename(grave / path.name)
        shutil.rmtree(grave)


def digest(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def require_space(folder: Path, needed: int) -> None:
    """Make sure that a folder can take so many bytes; it is made when it is not there.

    Raises:
        StorageError: it cannot.
    """
    with storage(folder):
        folder.mkdir(parents=True, exist_ok=True)
        free = shutil.disk_usage(folder).free
    if free < needed:
        raise disk_full(folder)


@contextmanager
def storage(path: Path) -> Generator[None]:
    """Work on `path`: what the operating system refuses inside the block becomes a `StorageError`.

    Raises:
        StorageError: no space, no right to write, or another failure of the disk.
    """
    try:
        yield
    except OSError as error:
        raise _refusal(error, path) from error


def disk_full(path: Path) -> StorageError:
    """The error for a disk that has no room for more."""
    return StorageError(
        f"磁盘空间不足，无法写入 {path}，请腾出空间后重试，或用 {HOME_VARIABLE} 指定另一个文件夹。",
        f"The disk is full at {path}; free some space, or choose another folder with {HOME_VARIABLE}.",
    )


def _refusal(error: OSError, path: Path) -> StorageError:
    if error.errno in _FULL:
        return disk_full(path)
    if error.errno in _FORBIDDEN:
        return StorageError(
            f"没有权限写入 {path}，请修改权限，或用 {HOME_VARIABLE} 指定另一个文件夹。",
            f"No right to write {path}; change it, or choose another folder with {HOME_VARIABLE}.",
        )
    reason = error.strerror or type(error).__name__
    return StorageError(f"读写 {path} 失败：{reason}。", f"Reading or writing {path} failed: {reason}.")
