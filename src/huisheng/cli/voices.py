"""`huisheng voices`: what can be spoken with, and the packages that it takes."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from huisheng.voice.load import VoicePackage

KOKORO: Final = "kokoro"
MEGABYTE: Final = 1_000_000


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> argparse.ArgumentParser:
    """Declare `voices`, and `voices pull|list|verify`."""
    parser = commands.add_parser("voices", help="音色与语音包 voices and their packages")
    actions = parser.add_subparsers(dest="action", metavar="ACTION", title="操作 actions")
    pull = actions.add_parser("pull", help="下载并安装语音包 download and install a package")
    pull.add_argument("package", choices=(KOKORO,))
    actions.add_parser("list", help="列出已安装的语音包 list installed packages")
    verify = actions.add_parser("verify", help="校验已安装的语音包 check installed packages")
    verify.add_argument("package", nargs="*", help="默认全部 all by default")
    return parser


def run(arguments: argparse.Namespace) -> int:
    """Do the action; without one, print the voices."""
    if arguments.action == "pull":
        return _pull(arguments.package)
    if arguments.action == "list":
        return _list()
    if arguments.action == "verify":
        return _verify(tuple(arguments.package))
    return _print_voices()


def _print_voices() -> int:
    """One voice a line: id, name, gender, description."""
    from huisheng.engines import make_engine

    for voice in make_engine().capabilities.voices:
        print(f"{voice.id}\t{voice.name}\t{voice.gender}\t{voice.description}")
    return 0


def _pull(name: str) -> int:
    """Install a package, unless a sound one is there."""
    from huisheng.errors import VoiceMissing, VoicePackageError
    from huisheng.voice.load import load_package

    try:
        package = load_package(name)
    except VoiceMissing:
        package = _install()
    except VoicePackageError as error:
        _tell(error.message)
        package = _install()
    _tell(f"语音包 {name} 已就绪：{package.directory}")
    return 0


def _install() -> VoicePackage:
    from huisheng.cli.progress import Bars
    from huisheng.export import kokoro

    with Bars(sys.stderr) as bars:
        return kokoro.install(bars.progress, _tell)


def _list() -> int:
    """One package a line: name, version, megabytes, licence, folder."""
    from huisheng.voice.load import load_package
    from huisheng.voice.store import installed

    for name in installed():
        package = load_package(name)
        manifest = package.manifest
        size = sum(file.size for file in manifest.files.values()) / MEGABYTE
        print(f"{name}\t{manifest.version}\t{size:.0f} MB\t{manifest.licence}\t{package.directory}")
    return 0


def _verify(names: tuple[str, ...]) -> int:
    """Check every byte of the packages; the first that is wrong ends it with an error."""
    from huisheng.voice.load import load_package
    from huisheng.voice.store import installed

    for name in names or installed() or (KOKORO,):
        load_package(name)
        print(f"{name}\t完好 sound")
    return 0


def _tell(sentence: str) -> None:
    print(sentence, file=sys.stderr, flush=True)
