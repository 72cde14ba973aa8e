"""`huisheng voices train|consent`: a custom voice from recordings, with the speaker's consent."""

from __future__ import annotations

import argparse
import sys
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Final

from huisheng.cli.commands import Action
from huisheng.cli.train import NEEDED

if TYPE_CHECKING:
    from huisheng.text.frontend import Frontend
    from huisheng.training.recordings.intake import Intake
    from huisheng.tuning.custom import CustomVoiceRequest
    from huisheng.voice.consent import Statement

CONSENT: Final = "consent.toml"
"""Looked for among the recordings."""
LOCALES: Final = ("zh-CN", "en")

_STAGES: Final = {
    "checking": "检查录音 Checking recordings",
    "cutting": "切分录音 Cutting recordings",
    "aligning": "对齐文本 Aligning texts",
}
_LINES: Final = 10
"""Most lines of progress of a stage, besides the last."""


def _add_training(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("recordings", type=Path, metavar="RECORDINGS", help="录音与文本的文件夹 folder")
    parser.add_argument("--name", required=True, help="音色的显示名称，如 小明 name of the voice")
    parser.add_argument(
        "--id", default="", help="语音包的名称，默认为显示名称的拼音 id, by default in pinyin"
    )
    parser.add_argument(
        "--consent", type=Path, metavar="FILE", help=f"同意书，默认录音文件夹里的 {CONSENT} consent"
    )
    parser.add_argument(
        "--base", default="builtin", metavar="PACKAGE", help="作为基础模型的语音包，默认 builtin"
    )
    parser.add_argument(
        "--work", type=Path, metavar="DIR", help="中间结果的文件夹 folder for work in progress"
    )
    parser.add_argument("--steps", type=_positive, help="每次训练的步数，默认由录音长度决定 of each training")
    parser.add_argument("--gender", choices=("female", "male", "unknown"), default="unknown")
    parser.add_argument(
        "--encoder", type=Path, metavar="FILE", help="resemblyzer 的 pretrained.pt，用于计算相似度"
    )
    parser.add_argument("--device", choices=("auto", "cpu", "cuda"), default="auto")
    parser.add_argument(
        "--replace", action="store_true", help="替换同名的语音包 replace the package of that name"
    )


def _add_locale(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--locale", choices=LOCALES, default=LOCALES[0])


def _consent(arguments: argparse.Namespace) -> int:
    from huisheng.voice.consent import consent_template

    sys.stdout.write(consent_template(arguments.locale))
    return 0


def _train(arguments: argparse.Namespace) -> int:
    """Consent first, then everything else; the report and the package's name on stdout."""
    statement = _statement(arguments)
    _require_torch()
    from huisheng.text.frontend import Frontend
    from huisheng.training.distributed import join_process_group
    from huisheng.tuning.custom import ProgressCallbacks, make_voice
    from huisheng.tuning.report import as_text

    frontend = Frontend()
    request = _request(arguments, statement, frontend)
    try:
        with join_process_group(arguments.device) as context:
            voice = make_voice(request, frontend, context, ProgressCallbacks(_print_progress, _print_intake))
    except KeyboardInterrupt:
        print("已保存，用同样的命令可以继续。 Saved; the same command goes on from here.", file=sys.stderr)
        raise
    name = voice.package.manifest.name
    print(f"语音包 {name} 已就绪：{voice.package.directory}", file=sys.stderr)
    print(f'试听 try it：huisheng speak --voice {name} "你好"', file=sys.stderr, flush=True)
    print(as_text(voice.report), end="")
    return 0


def _statement(arguments: argparse.Namespace) -> Statement:
    """
    Raises:
        ConsentError: there is none, or it does not reach so far.
    """
    from huisheng.errors import ConsentError
    from huisheng.voice.consent import read_consent

    path: Path = arguments.consent or arguments.recordings / CONSENT
    if not path.is_file():
        raise ConsentError(
            "consent_missing",
            f"没有同意书，请运行 huisheng voices consent > {CONSENT}，由说话人填写后放入录音文件夹，"
            "或用 --consent 给出",
            f"there is none; run huisheng voices consent > {CONSENT}, let the speaker fill it in, and put it "
            "among the recordings or give it with --consent",
        )
    return read_consent(path, datetime.now(UTC).date())


def _require_torch() -> None:
    """
    Raises:
        SetupError: the packages that training needs are not there.
    """
    from huisheng.errors import SetupError

    if not all(map(find_spec, NEEDED)):
        raise SetupError(
            "训练需要额外的依赖，请运行 pip install 'huisheng[train]'。",
            "Training needs more packages: pip install 'huisheng[train]'.",
        )


def _request(arguments: argparse.Namespace, statement: Statement, frontend: Frontend) -> CustomVoiceRequest:
    from huisheng.tuning.custom import CustomVoiceRequest
    from huisheng.tuning.naming import make_person
    from huisheng.voice.store import home

    person = make_person(arguments.name, arguments.id, arguments.gender, frontend)
    return CustomVoiceRequest(
        recordings=arguments.recordings,
        work=arguments.work or home() / "tuning" / person.id,
        statement=statement,
        person=person,
        base=arguments.base,
        steps=arguments.steps,
        encoder=arguments.encoder,
        replace=arguments.replace,
    )


def _print_intake(intake: Intake) -> None:
    """Print the findings in the recordings to stderr."""
    from huisheng.training.recordings import report

    sys.stderr.write(report.as_text(intake))
    sys.stderr.flush()


def _print_progress(stage: str, done: int, total: int) -> None:
    if done == total or done % max(1, total // _LINES) == 0:
        print(f"{_STAGES[stage]} {done}/{total}", file=sys.stderr, flush=True)


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("应为正整数 expected a positive number")
    return number


ACTIONS: Final = {"train": Action(_add_training, _train), "consent": Action(_add_locale, _consent)}
