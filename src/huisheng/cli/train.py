"""`huisheng train acoustic|vocoder`: train a model on a corpus that is ready."""

from __future__ import annotations

import argparse
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Final

from huisheng.errors import SetupError

if TYPE_CHECKING:
    from huisheng.training.settings import TrainingSettings

NEEDED: Final = ("torch", "tensorboard")
"""What the extra `train` brings."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what can be trained, and how."""
    models = parser.add_subparsers(required=True, dest="model", metavar="MODEL", title="模型 models")
    for name, described in (("acoustic", "声学模型 acoustic model"), ("vocoder", "声码器 vocoder")):
        _add_arguments(models.add_parser(name, help=described))


def run(arguments: argparse.Namespace) -> int:
    """Train; a training that was interrupted goes on where it stopped."""
    if not all(map(find_spec, NEEDED)):
        raise SetupError(
            "训练需要额外的依赖，请运行 pip install 'huisheng[train]'。",
            "Training needs more packages: pip install 'huisheng[train]'.",
        )
    from huisheng.training.distributed import join_process_group
    from huisheng.training.train import TrainingJob, train_acoustic, train_vocoder

    train = {"acoustic": train_acoustic, "vocoder": train_vocoder}[arguments.model]
    job = TrainingJob(
        arguments.corpus, arguments.out, _settings(arguments), arguments.start, arguments.judged
    )
    try:
        with join_process_group(arguments.device) as context:
            best = train(job, context)
    except KeyboardInterrupt:
        print("已保存，用同样的命令可以继续。 Saved; the same command goes on from here.", file=sys.stderr)
        raise
    print(f"{best:.4f}")
    return 0


def _settings(arguments: argparse.Namespace) -> TrainingSettings:
    from huisheng.training.settings import TrainingSettings

    return TrainingSettings(
        steps=arguments.steps,
        peak_rate=arguments.rate,
        accumulation=arguments.accumulate,
        seed=arguments.seed,
        evaluate_every=arguments.evaluate,
        save_every=arguments.save,
        patience=arguments.patience,
        mixed_precision=not arguments.full_precision,
    )


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("corpus", type=Path, metavar="CORPUS", help="语料文件夹 folder of the corpus")
    parser.add_argument(
        "--out", type=Path, required=True, metavar="DIR", help="权重、日志和续训状态 weights, log and state"
    )
    parser.add_argument(
        "--start",
        type=Path,
        metavar="DIR",
        help="从另一次训练的最优权重开始 begin with another's best weights",
    )
    parser.add_argument("--judged", action="store_true", help="加入判别器（对抗训练） with discriminators")
    parser.add_argument("--steps", type=_positive, default=8_000, help="步数 default %(default)s")
    parser.add_argument("--rate", type=float, default=1.2e-3, help="学习率峰值 default %(default)s")
    parser.add_argument(
        "--accumulate", type=_positive, default=1, help="每步累积的批数 batches a step, default %(default)s"
    )
    parser.add_argument(
        "--evaluate",
        type=_positive,
        default=500,
        help="评测间隔（步） steps between two, default %(default)s",
    )
    parser.add_argument(
        "--save", type=_positive, default=250, help="保存间隔（步） steps between two, default %(default)s"
    )
    parser.add_argument(
        "--patience", type=_positive, default=20, help="连续多少次评测没有改善时停止 default %(default)s"
    )
    parser.add_argument("--seed", type=int, default=1, help="随机种子 default %(default)s")
    parser.add_argument(
        "--device", choices=("auto", "cpu", "cuda"), default="auto", help="default %(default)s"
    )
    parser.add_argument("--full-precision", action="store_true", help="全程 float32 without bfloat16")


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("应为正整数 expected a positive number")
    return number
