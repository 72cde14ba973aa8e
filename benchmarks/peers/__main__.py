"""Run the comparison and print what it found."""

from __future__ import annotations

import argparse
import shlex
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from benchmarks.arguments import count
from benchmarks.environment import PEERS, NoEnvironment
from benchmarks.peers import __doc__ as question
from benchmarks.peers.comparison import NoSpeaker, Outcome, compare, package_speaker, piper_speaker
from benchmarks.peers.report import CHINESE, ENGLISH, FIRST, SECTION, WHOLE, json_line, section
from benchmarks.sections import circumstances, with_section
from benchmarks.serving.servers import NoServer, write_random_voice
from benchmarks.speed.texts import read_texts

from huisheng.errors import HuishengError
from huisheng.voice.builtin import BUILTIN
from huisheng.voice.load import load_package
from huisheng.voice.manifest import KOKORO


def main(arguments: Sequence[str]) -> int:
    """0, or 1 when one of them cannot be had."""
    options = _parser().parse_args(arguments)
    where = circumstances(shlex.join(["python", "-m", "benchmarks.peers", *arguments]))
    try:
        outcomes = measure(options.rounds)
    except HuishengError as error:
        print(f"错误：{error.message} {error.english}", file=sys.stderr)
        return 1
    except (NoEnvironment, NoServer, NoSpeaker) as error:
        print(f"错误：无法运行对比（{error}）。 The comparison cannot be run.", file=sys.stderr)
        return 1
    if options.write:
        for language in (CHINESE, ENGLISH):
            before = language.page.read_text(encoding="utf-8")
            written = with_section(SECTION, section(language, outcomes, where), before)
            language.page.write_text(written, encoding="utf-8")
    print(json_line(outcomes) if options.json else section(CHINESE, outcomes, where))
    return 0


def measure(rounds: int) -> Sequence[Outcome]:
    """Ours, Kokoro and Piper.

    Raises:
        HuishengError: Kokoro's package, or ours, is missing or damaged.
        NoEnvironment: Piper cannot be installed.
        NoServer: a voice cannot be made for it.
        NoSpeaker: one of them does not speak.
    """
    ours, kokoro = (load_package(name).directory for name in (BUILTIN, KOKORO))
    texts = {length: read_texts()[length] for length in (FIRST, WHOLE)}
    PEERS.install()
    with tempfile.TemporaryDirectory() as folder:
        model = Path(folder) / "drawn.onnx"
        write_random_voice(model)
        speakers = (
            package_speaker("绘声 Huisheng", ours),
            package_speaker("Kokoro 82M", kokoro),
            piper_speaker("Piper medium", model),
        )
        return compare(speakers, texts, rounds)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.peers",
        description=question,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--rounds", type=count, default=5, help="how often each text is spoken")
    parser.add_argument("--json", action="store_true", help="one line of JSON instead of the table")
    parser.add_argument("--write", action="store_true", help="write the tables of README.md and README.en.md")
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
