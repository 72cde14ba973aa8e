"""`huisheng voices list|show|verify|remove|export`: the installed packages."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterator, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, cast

from huisheng.cli.commands import Action
from huisheng.cli.confirmation import confirm

if TYPE_CHECKING:
    from huisheng.voice.load import VoicePackage

MEGABYTE: Final = 1_000_000
FAILED: Final = 1

_OF_ENGINES: Final = frozenset({"sambert"})
"""Fields of the manifest that belong to one engine."""

_LABELS: Final = {
    "name": "名称 name",
    "version": "版本 version",
    "engine": "引擎 engine",
    "sample_rate": "采样率 sample rate (Hz)",
    "frame_samples": "每帧采样数 samples a frame",
    "symbols": "符号数 symbols",
    "speakers": "说话人 speakers",
    "emotions": "情感 emotions",
    "languages": "语言 languages",
    "licence": "许可证 licence",
    "origins": "来源 origins",
    "remarks": "说明 remarks",
    "proof": "导出误差 proof",
    "consent": "同意书 consent",
    "mel": "频谱 mel spectrogram",
    "vocoder": "声码器 vocoder",
    "schema_version": "格式版本 schema",
    "files": "文件 files",
}
"""Field of the manifest → how it is shown; one without a label is shown by its name."""


def _add_package(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("package", metavar="NAME")
    _add_json(parser)


def _add_checked(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("package", nargs="*", metavar="NAME", help="默认全部 all by default")


def _add_removed(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("package", nargs="+", metavar="NAME")
    parser.add_argument("--yes", action="store_true", help="跳过确认 do not ask")


def _add_target(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("package", metavar="NAME")
    parser.add_argument("target", nargs="?", type=Path, metavar="FILE.zip", help="默认 NAME.huisheng.zip")


def _add_json(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="JSON")


def _list(arguments: argparse.Namespace) -> int:
    """One package a line: name, engine, version, megabytes, licence; a damaged one with the reason. Those
    that were set aside are told on stderr.
    """
    from huisheng.voice.archive import printable
    from huisheng.voice.store import list_packages

    _tell_put_aside()
    rows = [_row(name) for name in list_packages()]
    if arguments.json:
        print(json.dumps(rows, ensure_ascii=False, indent=2))
        return 0
    for row in rows:
        if row["damaged"]:
            print(f"{row['name']}\t损坏 damaged\t{row['damaged']}")
        else:
            size = f"{row['bytes'] / MEGABYTE:.0f} MB"
            cells = (row["name"], row["engine"], row["version"], size, row["licence"])
            print("\t".join(printable(cell) for cell in cells))
    return 0


def _tell_put_aside() -> None:
    from huisheng.voice.archive import printable
    from huisheng.voice.load import damaged_package_error
    from huisheng.voice.store import list_damaged

    for name in list_damaged():
        error = damaged_package_error(printable(name))
        print(f"{error.message} {error.english}", file=sys.stderr)


def _row(name: str) -> dict[str, Any]:
    from huisheng.errors import SetupError

    try:
        package = _read(name)
    except SetupError as error:
        return {"name": name, "damaged": error.message}
    manifest = package.manifest.model_dump(include={"name", "engine", "version", "licence"})
    return manifest | {"bytes": _size(package), "directory": str(package.directory), "damaged": ""}


def _show(arguments: argparse.Namespace) -> int:
    """A field of the manifest a line, or the whole manifest as JSON."""
    from huisheng.voice.archive import printable

    package = _read(arguments.package)
    manifest = package.manifest.model_dump(mode="json")
    if arguments.json:
        whole = manifest | {"bytes": _size(package), "directory": str(package.directory)}
        print(json.dumps(whole, ensure_ascii=False, indent=2))
        return 0
    for field, value in _fields(manifest):
        print(f"{_LABELS.get(field, field)}\t{printable(_FORMATS.get(field, _plain)(value))}")
    print(f"位置 folder\t{package.directory}")
    return 0


def _fields(manifest: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Those that say something; what only one engine needs stands beside the others."""
    for field, value in manifest.items():
        if field in _OF_ENGINES and value:
            yield from _fields(value)
        elif value not in (None, "", [], {}):
            yield field, value


def _plain(value: Any) -> str:  # noqa: ANN401 (whatever JSON holds)
    if isinstance(value, dict):
        entries = cast("dict[str, Any]", value)
        return "，".join(f"{key} {_plain(inner)}" for key, inner in entries.items())
    if isinstance(value, list):
        return "、".join(_plain(inner) for inner in cast("list[Any]", value))
    return str(value)


def _origins(origins: list[dict[str, Any]]) -> str:
    return "、".join(f"{origin['name']}（{origin['licence']}）" for origin in origins)


def _files(files: dict[str, dict[str, Any]]) -> str:
    return "、".join(f"{name} {file['size'] / MEGABYTE:.1f} MB" for name, file in files.items())


_FORMATS: Final[Mapping[str, Callable[[Any], str]]] = {
    "symbols": lambda symbols: str(len(symbols)),
    "origins": _origins,
    "files": _files,
}


def _verify(arguments: argparse.Namespace) -> int:
    """Check every byte of the packages; print those that are damaged, and set the user's own aside."""
    from huisheng.errors import SetupError
    from huisheng.voice.builtin import BUILTIN
    from huisheng.voice.load import load_package
    from huisheng.voice.store import list_packages

    status = 0
    for name in arguments.package or dict.fromkeys((BUILTIN, *list_packages())):
        try:
            _require(name)
            load_package(name)
            print(f"{name}\t完好 sound")
        except SetupError as error:
            print(f"错误：{error.message}\nerror: {error.english}", file=sys.stderr)
            status = FAILED
    return status


def _remove(arguments: argparse.Namespace) -> int:
    """Remove packages, sound or not, when the user means it; none when one of them is not there."""
    from huisheng.voice.store import package_folders, remove_package

    names = tuple(dict.fromkeys(arguments.package))
    for name in names:
        package_folders(name)
    together = "、".join(names)
    if not arguments.yes and not confirm(f"删除 {together}", "Remove"):
        return FAILED
    for name in names:
        remove_package(name)
        print(name)
    return 0


def _export(arguments: argparse.Namespace) -> int:
    """Write a package as one file and print its name."""
    from huisheng.voice.archive import SUFFIX, pack

    package = _read(arguments.package)
    name = f"{package.manifest.name}{SUFFIX}"
    target: Path = arguments.target or Path(name)
    target = target / name if target.is_dir() else target
    pack(package, target)
    print(target)
    return 0


def _read(name: str) -> VoicePackage:
    """
    Raises:
        VoiceMissing: there is no such package; which there are.
        VoicePackageError: it is damaged.
    """
    from huisheng.voice.load import read_package
    from huisheng.voice.store import folder_of

    _require(name)
    return read_package(folder_of(name))


def _require(name: str) -> None:
    """
    Raises:
        VoiceMissing: there is no package of this name, nor one that could be fetched by it.
    """
    from huisheng.errors import VoiceMissing
    from huisheng.voice.builtin import BUILTIN
    from huisheng.voice.manifest import KOKORO
    from huisheng.voice.store import list_packages

    known = tuple(dict.fromkeys((BUILTIN, *list_packages())))
    if name in (*known, KOKORO):
        return
    nearest = "".join(get_close_matches(name, known, 1)) or _package_of(name)
    meant, english = (f"，是否想写 {nearest}？", f"; did you mean {nearest}?") if nearest else ("。", ".")
    raise VoiceMissing(
        f"没有名为 {name} 的语音包{meant}已安装：{'、'.join(known)}，详见 huisheng voices list。",
        f"There is no voice package {name}{english} Installed: {', '.join(known)}; see huisheng voices list.",
    )


def _package_of(voice: str) -> str:
    """The package that a voice is of; empty where there is no such voice."""
    from huisheng.engines import Families
    from huisheng.engines.packages import Packages

    for package in Packages(Families()).current():
        if any(voice in (known.id, known.name) for known in package.voices):
            return package.name
    return ""


def _size(package: VoicePackage) -> int:
    """Bytes of its files."""
    return sum(file.size for file in package.manifest.files.values())


ACTIONS: Final = {
    "list": Action(_add_json, _list),
    "show": Action(_add_package, _show),
    "verify": Action(_add_checked, _verify),
    "remove": Action(_add_removed, _remove),
    "export": Action(_add_target, _export),
}
