"""`huisheng voices pull|import|import-package`: install packages."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from huisheng.cli.commands import Action

if TYPE_CHECKING:
    from huisheng.voice.load import VoicePackage

KOKORO: Final = "kokoro"
HUB: Final = "modelscope:"
EXTRAS: Final = {"hub": ("modelscope_hub",), "train": ("torch", "yaml")}
"""Extra of ours → what comes with it, of what a model from the hub needs."""
EXAMPLE: Final = "你好"


class PullTarget(NamedTuple):
    """The argument of `pull`: Kokoro, or a model of the hub at a revision; the revision may be empty."""

    model: str
    revision: str = ""


def _add_target(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "target", type=_parse_target, metavar="PACKAGE", help=f"{KOKORO}，或 {HUB}<所有者>/<模型>[@<版本>]"
    )
    _add_choices(parser)
    parser.set_defaults(refuse=parser.error)


def _add_model(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("source", type=Path, metavar="DIR|ZIP", help="模型文件夹或 zip")
    _add_choices(parser)


def _add_package(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("source", type=Path, metavar="FILE.zip", help="voices export 的结果")
    _add_replace(parser)


def _add_choices(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--voice",
        nargs="+",
        action="extend",
        default=[],
        metavar="NAME",
        help="只导入这些音色，默认全部 voices to import, all by default",
    )
    parser.add_argument("--name", default="", help="语音包的名称 name of the package")
    _add_replace(parser)


def _add_replace(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--replace", action="store_true", help="替换同名的语音包 replace the package of that name"
    )


def _parse_target(text: str) -> PullTarget:
    from huisheng.export.hub import MODEL_ID, REVISION

    if text == KOKORO:
        return PullTarget(KOKORO)
    model, at, revision = text.removeprefix(HUB).partition("@")
    if text.startswith(HUB) and MODEL_ID.fullmatch(model) and (not at or REVISION.fullmatch(revision)):
        return PullTarget(model, revision)
    raise argparse.ArgumentTypeError(
        f"应为 {KOKORO} 或 {HUB}<所有者>/<模型>[@<版本>] expected {KOKORO} or {HUB}owner/model[@revision]"
    )


def _pull(arguments: argparse.Namespace) -> int:
    target: PullTarget = arguments.target
    if target.model != KOKORO:
        return _pull_from_hub(target, arguments)
    if arguments.voice or arguments.name:
        arguments.refuse(f"--voice 和 --name 只用于 {HUB}… for models of the hub only")
    introduce([_install_kokoro() if arguments.replace else _kokoro()])
    return 0


def _kokoro() -> VoicePackage:
    """The installed package, or a new one where it is missing or damaged."""
    from huisheng.errors import VoiceMissing, VoicePackageError
    from huisheng.voice.load import load_package

    try:
        return load_package(KOKORO)
    except VoiceMissing:
        return _install_kokoro()
    except VoicePackageError as error:
        _tell(error.message)
        return _install_kokoro()


def _install_kokoro() -> VoicePackage:
    from huisheng.cli.progress import ProgressBars
    from huisheng.export import kokoro

    with ProgressBars(sys.stderr) as bars:
        return kokoro.install(bars.progress, _tell)


def _pull_from_hub(target: PullTarget, arguments: argparse.Namespace) -> int:
    from huisheng.cli.progress import ProgressBars
    from huisheng.errors import SetupError

    if extras := _missing_extras():
        raise SetupError(
            f"下载并导入魔搭的模型需要额外的依赖，请运行 pip install 'huisheng[{extras}]'。",
            f"Models from ModelScope need more packages: pip install 'huisheng[{extras}]'.",
        )
    from huisheng.export import hub, sambert

    with ProgressBars(sys.stderr) as bars:
        folder = hub.pull(target.model, target.revision, bars.progress, _tell)
    packages = sambert.install(folder, _tell, arguments.voice, arguments.name, arguments.replace)
    introduce(packages)
    _tell(f"下载的文件在 {folder}，不再需要时可以删除。 The download may be deleted now.")
    return 0


def _missing_extras() -> str:
    """Names of the missing extras, with commas between them."""
    from importlib.util import find_spec

    missing = [extra for extra, modules in EXTRAS.items() if not all(map(find_spec, modules))]
    return ",".join(missing)


def _import(arguments: argparse.Namespace) -> int:
    source: Path = arguments.source
    _refuse_package(source)
    from huisheng.export import sambert  # only now: a package needs none of its extra

    introduce(sambert.install(source, _tell, arguments.voice, arguments.name, arguments.replace))
    return 0


def _refuse_package(source: Path) -> None:
    """
    Raises:
        ModelError: it is a package of ours, not a model.
    """
    from huisheng.errors import ModelError
    from huisheng.export.received import is_package

    if source.exists() and is_package(source):
        raise ModelError(
            source.name,
            f"它已经是语音包，请运行 huisheng voices import-package {source}",
            f"it is a voice package already; run huisheng voices import-package {source}",
        )


def _import_package(arguments: argparse.Namespace) -> int:
    from huisheng.export.received import import_package

    introduce([import_package(arguments.source, replace=arguments.replace)])
    return 0


def introduce(packages: Sequence[VoicePackage]) -> None:
    """Each package by name on stdout; where it lies, its licence and how to hear it on stderr."""
    from huisheng.voice.archive import printable
    from huisheng.voice.manifest import VOCODER

    for package in packages:
        manifest = package.manifest
        print(manifest.name)
        licence = printable(manifest.licence)
        _tell(f"语音包 {manifest.name} 已就绪：{package.directory}（许可证 licence：{licence}）")
        voices = _voices(manifest.name)
        if manifest.engine == VOCODER:
            _tell(f'试听 try it：huisheng speak --vocoder {manifest.name} "{EXAMPLE}"')
        elif voices:
            _tell(f'试听 try it：huisheng speak --voice {voices[0]} "{EXAMPLE}"')
        else:
            _tell(f"这个版本没有引擎 {manifest.engine}，请升级绘声。 Upgrade huisheng to hear it.")


def _voices(package: str) -> list[str]:
    """Ids that the voices of a package are offered by."""
    from huisheng.engines import Families
    from huisheng.engines.packages import Packages
    from huisheng.engines.registry import make_snapshot

    routes = make_snapshot("", Packages(Families()).current()).routes
    return [voice for voice, (found, _) in routes.items() if found.name == package]


def _tell(sentence: str) -> None:
    print(sentence, file=sys.stderr, flush=True)


ACTIONS: Final = {
    "pull": Action(_add_target, _pull),
    "import": Action(_add_model, _import),
    "import-package": Action(_add_package, _import_package),
}
