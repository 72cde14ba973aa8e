"""`huisheng voices import-vocoder`: installs the result of `huisheng train vocoder` as a package."""

from __future__ import annotations

import argparse
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from huisheng.cli.commands import Action
from huisheng.cli.voices_new import introduce
from huisheng.errors import SetupError, VoicePackageError

UNSTATED: Final = "LicenseRef-unstated"
"""The licence of weights whose maker does not state one."""

_REMARKS: Final = "Trained by huisheng train vocoder."


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("training", type=Path, metavar="DIR", help="huisheng train vocoder 的 --out")
    parser.add_argument(
        "--corpus", type=Path, required=True, metavar="CORPUS", help="训练用的语料 corpus of the training"
    )
    parser.add_argument("--name", required=True, help="语音包的名称 name of the package")
    parser.add_argument("--licence", default=UNSTATED, metavar="SPDX", help="权重的许可证 of the weights")
    parser.add_argument(
        "--replace", action="store_true", help="替换同名的语音包 replace the package of that name"
    )


def _import_vocoder(arguments: argparse.Namespace) -> int:
    """Install it and print its name."""
    if find_spec("torch") is None:
        raise SetupError(
            "安装声码器需要 PyTorch，请运行 pip install 'huisheng[train]'。",
            "Installing a vocoder needs PyTorch: pip install 'huisheng[train]'.",
        )
    from huisheng.export.contract import contract_of
    from huisheng.export.vocoder import VocoderCard, export_vocoder
    from huisheng.training.checkpoints import BEST
    from huisheng.training.corpus import CorpusReader
    from huisheng.training.results import best_vocoder
    from huisheng.voice.load import read_package
    from huisheng.voice.manifest import Origin
    from huisheng.voice.store import digest

    training: Path = arguments.training
    _require_name(arguments.name, replaces=arguments.replace)
    corpus = CorpusReader(arguments.corpus).corpus
    generator = best_vocoder(training, corpus)
    origin = Origin(name=BEST, sha256=digest(training / BEST), licence=arguments.licence)
    card = VocoderCard(arguments.name, contract_of(corpus), arguments.licence, (origin,), _REMARKS)
    introduce([read_package(export_vocoder(generator, card))])
    return 0


def _require_name(name: str, *, replaces: bool) -> None:
    """
    Raises:
        VoicePackageError: no package may be called so, or one is already.
    """
    from huisheng.export.conversion import package_name
    from huisheng.voice.store import list_packages

    if name != package_name(name):
        example = package_name(name)
        raise VoicePackageError(
            f"语音包的名称不能是“{name}”，请用小写字母开头，只含小写字母、数字、- 和 _，例如 {example}。",
            f"A package cannot be called {name!r}: begin with a small letter, then letters, digits, - and _, "
            f"for example {example}.",
        )
    if name in list_packages() and not replaces:
        raise VoicePackageError(
            f"已有名为 {name} 的语音包，要替换它请加 --replace。",
            f"A package {name} is already installed; replace it with --replace.",
        )


ACTIONS: Final = {"import-vocoder": Action(_add_arguments, _import_vocoder)}
