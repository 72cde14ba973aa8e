"""`huisheng voices audition`: a listening test, on which voices and emotions are compared by ear."""

from __future__ import annotations

import argparse
import secrets
import sys
from collections.abc import Generator
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Final

from huisheng.cli import source
from huisheng.cli.commands import Action
from huisheng.cli.files import whole_file

if TYPE_CHECKING:
    from huisheng.listening.page import Look
    from huisheng.listening.speaking import Session, Take
    from huisheng.runtime.synthesizer import Synthesizer

FORMATS: Final = ("mp3", "opus", "wav", "flac")
"""Those that browsers play; the first is the smallest that all of them do."""

_SEEDS: Final = 1 << 32


def _add_arguments(parser: argparse.ArgumentParser) -> None:
    _add_choice(parser)
    source.add_markup(parser)
    parser.add_argument("--text", type=Path, metavar="FILE", help="每行一句（UTF-8） a sentence on each line")
    parser.add_argument(
        "--out", type=Path, default=Path("audition.html"), help="输出文件，默认 audition.html output file"
    )
    parser.add_argument("--blind", action="store_true", help="盲听：隐藏名称、打乱顺序、投票 hide the names")
    parser.add_argument("--seed", type=int, help="打乱顺序的种子，默认随机 seed of the shuffling")
    parser.add_argument("--lang", default="", choices=("zh", "en"), help="网页的语言，默认为浏览器的语言")
    parser.add_argument("--format", default=FORMATS[0], choices=FORMATS, help="音频的格式，默认 mp3")
    parser.add_argument("--producer", help="写入 AIGC 标识的服务提供者编码 code of the provider")
    parser.add_argument("--engine", default="", help="语音引擎，默认全部已安装的音色 speech engine")


def _add_choice(parser: argparse.ArgumentParser) -> None:
    """What is compared; each option may be written several times."""
    parser.add_argument(
        "--voice", action="append", default=[], help="音色，可指定多次；默认全部 a voice, may be repeated"
    )
    parser.add_argument(
        "--emotion",
        action="append",
        default=[],
        metavar="NAME[:INTENSITY]",
        help="情感与强度，可指定多次 an emotion, may be repeated",
    )
    parser.add_argument("--speed", type=float, action="append", default=[], help="语速 0.5–2，可指定多次")


def _write_page(arguments: argparse.Namespace) -> int:
    """Speak every sentence in every way, and print the page's name; interrupted, it leaves nothing behind."""
    from huisheng.engines import make_engine
    from huisheng.listening.page import page
    from huisheng.runtime.synthesizer import Synthesizer

    synthesizer = Synthesizer(make_engine(arguments.engine), lexicon=source.lexicon_file(arguments))
    session = _session(arguments, synthesizer)
    with whole_file(arguments.out) as file, closing(_takes(arguments, session, synthesizer)) as takes:
        file.write(page(session, tuple(_show_progress(takes, session)), _look(arguments)))
    print(arguments.out)
    return 0


def _session(arguments: argparse.Namespace, synthesizer: Synthesizer) -> Session:
    from huisheng.listening.candidates import Choice, candidates
    from huisheng.listening.sentences import read_sentences
    from huisheng.listening.speaking import Session

    sentences = read_sentences(arguments.text)
    choice = Choice(tuple(arguments.voice), tuple(arguments.emotion), tuple(arguments.speed))
    return Session(sentences, candidates(choice, synthesizer), arguments.markup)


def _takes(arguments: argparse.Namespace, session: Session, synthesizer: Synthesizer) -> Generator[Take]:
    from huisheng.labels.aigc import SELF_HOSTED, check_producer
    from huisheng.listening.speaking import speak_all

    producer: str = arguments.producer or SELF_HOSTED
    check_producer(producer)
    return speak_all(session, synthesizer, arguments.format, producer)


def _look(arguments: argparse.Namespace) -> Look:
    from huisheng.audio.encoding import formats
    from huisheng.listening.page import Look

    seed: int = secrets.randbelow(_SEEDS) if arguments.seed is None else arguments.seed
    return Look(formats.FORMATS[arguments.format].media_type, arguments.blind, seed, arguments.lang)


def _show_progress(takes: Generator[Take], session: Session) -> Generator[Take]:
    """The same takes, with a bar when stderr is a terminal and a line for each sentence elsewhere."""
    from tqdm import tqdm

    width, height = len(session.candidates), len(session.sentences)
    with tqdm(total=session.takes, unit="段", disable=None, file=sys.stderr) as bar:
        for number, take in enumerate(takes, start=1):
            bar.update()
            if bar.disable and number % width == 0:
                print(f"已合成 Spoken {number // width}/{height} 句", file=sys.stderr, flush=True)
            yield take


ACTIONS: Final = {"audition": Action(_add_arguments, _write_page)}
