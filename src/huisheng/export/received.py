"""Imports a voice package from elsewhere: unpacks it, checks every byte, and only then publishes it."""

from __future__ import annotations

import shutil
from pathlib import Path, PurePosixPath
from typing import Final

from pydantic import ValidationError

from huisheng.errors import UnsafeArchive, VoicePackageError
from huisheng.export.safety import check_file
from huisheng.voice.archive import PACKAGE, list_paths, unpack
from huisheng.voice.load import VoicePackage
from huisheng.voice.manifest import MANIFEST, Description, FileDigest, Manifest
from huisheng.voice.publish import publish, staging
from huisheng.voice.store import digest, list_packages, require_space, storage

_LARGEST_MANIFEST: Final = 16 << 20
"""Bytes; those of our voices have some thousands."""


def import_package(source: Path, folder: Path | None = None, replace: bool = False) -> VoicePackage:
    """Install a packed or unpacked voice package under the name in its manifest.

    Args:
        source: a zip as `pack` writes it, or a folder with a manifest.
        folder: that holds packages; the user's own when None.
        replace: whether it may take the place of one that has its name.

    Returns:
        The package, read back and verified where it now lies.

    Raises:
        UnsafeArchive: it is damaged, not a voice package, or holds something that could do harm.
        VoicePackageError: its name is taken.
        StorageError: no space, or no right to write.
    """
    if not is_package(source):
        raise _not_a_package(source)
    with staging(folder) as received, staging(folder) as staged:
        root = source if source.is_dir() else _unpack(source, received)
        manifest = _read_manifest(root, source)
        if manifest.name in list_packages(folder) and not replace:
            raise _name_taken(manifest.name)
        require_space(staged, sum(file.size for file in manifest.files.values()))
        for name, expected in manifest.files.items():
            _take(root / name, staged / name, expected, source)
            check_file(staged / name)
        return publish(staged, _description(manifest))


def is_package(source: Path) -> bool:
    """Whether a folder, or a zip with at most one folder around its files, has the manifest of a package.

    Raises:
        UnsafeArchive: it is no sound zip.
        StorageError: it cannot be read.
    """
    with storage(source):
        if source.is_dir():
            return (source / MANIFEST).is_file()
    paths = [PurePosixPath(path) for path in list_paths(source)]
    return any(path.name == MANIFEST and len(path.parts) <= 2 for path in paths)


def _not_a_package(source: Path) -> UnsafeArchive:
    return UnsafeArchive(
        source.name,
        f"没有 {MANIFEST}，不是语音包；SAM-BERT 模型请用 huisheng voices import 导入",
        f"it has no {MANIFEST}; a model of SAM-BERT is taken in by huisheng voices import",
    )


def _unpack(archive: Path, into: Path) -> Path:
    """The folder of an archive that holds the manifest: the archive itself, or the only folder in it."""
    unpack(archive, into, PACKAGE)
    inside = list(into.iterdir())
    return inside[0] if len(inside) == 1 and inside[0].is_dir() else into


def _read_manifest(root: Path, source: Path) -> Manifest:
    path = root / MANIFEST
    with storage(path):
        if not path.is_file():
            raise _not_a_package(source)
        if path.stat().st_size > _LARGEST_MANIFEST:
            raise UnsafeArchive(source.name, f"{MANIFEST} 过大", f"its {MANIFEST} is too large")
        content = path.read_bytes()
    try:
        return Manifest.model_validate_json(content)
    except ValidationError as error:
        raise UnsafeArchive(
            source.name, f"{MANIFEST} 无法识别", f"its {MANIFEST} is damaged or of another schema"
        ) from error


def _take(path: Path, target: Path, expected: FileDigest, source: Path) -> None:
    """Copy a file of the manifest, and check the copy."""
    with storage(target):
        if path.is_symlink() or not path.is_file():
            raise UnsafeArchive(source.name, f"缺少文件 {path.name}", f"{path.name} is missing")
        shutil.copyfile(path, target)
        if target.stat().st_size != expected.size or digest(target) != expected.sha256:
            raise UnsafeArchive(source.name, f"文件 {path.name} 已损坏", f"{path.name} is damaged")


def _description(manifest: Manifest) -> Description:
    """The description for `publish`, which measures the files itself."""
    return Description(**{name: getattr(manifest, name) for name in Description.model_fields})


def _name_taken(name: str) -> VoicePackageError:
    return VoicePackageError(
        f"已有名为 {name} 的语音包，要替换它请加 --replace。",
        f"A voice package {name} is already installed; replace it with --replace.",
    )
