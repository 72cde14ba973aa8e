"""`huisheng speak`: text to a sound file, written while it is spoken."""

from __future__ import annotations

import argparse
import contextlib
import json
import sys
from collections.abc import Generator
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from huisheng.cli import interrupts, source

if TYPE_CHECKING:
    from huisheng.audio.encoding import Coding
    from huisheng.cli.files import Outputs
    from huisheng.types import AudioChunk, Timing
    from huisheng.units import Hertz


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    source.add_arguments(parser)
    source.add_markup(parser)
    files = parser.add_argument_group("文件 files")
    files.add_argument(
        "-o", "--output", type=Path, help="输出文件，- 为标准输出，默认 speech.wav output file"
    )
    files.add_argument("--format", default="", help="wav mp3 opus flac pcm，默认由文件后缀决定 by the suffix")
    files.add_argument("--sample-rate", type=int, default=0, help="8000 16000 22050 24000 44100 48000 Hz")
    files.add_argument("--timings", type=Path, help="逐字时间写入 JSON character timings as JSON")
    files.add_argument("--captions", type=Path, help="字幕写入 SRT captions as SubRip")
    files.add_argument(
        "--producer", help="写入 AIGC 标识的服务提供者编码 code of the provider in the AIGC label"
    )
    group = parser.add_argument_group("语音参数 voice and prosody")
    source.add_options(group)
    group.add_argument(
        "--engine",
        default="",
        help="语音引擎，默认全部已安装的音色 speech engine, all installed voices by default",
    )
    group.add_argument(
        "--vocoder",
        default="",
        metavar="PACKAGE",
        help="声码器，默认为音色自带 vocoder, the voice's own by default",
    )


def run(arguments: argparse.Namespace) -> int:
    """Speak; when interrupted, leave no half-written file.

    Raises:
        HuishengError: what is wrong with the text, an option or the installation.
    """
    from huisheng.cli.files import Outputs
    from huisheng.engines import make_engine
    from huisheng.runtime.synthesizer import Synthesizer

    text = source.read_text(arguments)
    output: Path = arguments.output or Path(f"speech.{arguments.format or 'wav'}")
    engine = make_engine(arguments.engine, vocoder=arguments.vocoder)
    synthesizer = Synthesizer(engine, lexicon=source.lexicon_file(arguments))
    stream = synthesizer.synthesize(text, source.read_options(arguments))
    for notice in stream.notices:
        print(f"提示：{notice.message} {notice.english}", file=sys.stderr)
    coding = _coding(arguments, output, stream.sample_rate)
    with Outputs() as outputs:
        file = outputs.open(output)
        marks = _Marks(arguments, outputs)
        _record(file, output, _show_progress(stream.chunks, len(text)), coding, marks.timings)
        marks.write(text)
        outputs.publish()
    if not outputs.prints:
        print(output)
    return 0


def _coding(arguments: argparse.Namespace, output: Path, usual_rate: Hertz) -> Coding:
    from huisheng.audio.encoding import Coding, find_format, find_sample_rate
    from huisheng.labels.aigc import SELF_HOSTED, make_label

    name: str = arguments.format or output.suffix.removeprefix(".") or "wav"
    rate = find_sample_rate(arguments.sample_rate or usual_rate)
    return Coding(find_format(name), rate, make_label(arguments.producer or SELF_HOSTED).to_json())


def _show_progress(chunks: Generator[AudioChunk, None, object], characters: int) -> Generator[AudioChunk]:
    """The same chunks, with a bar when stderr is a terminal."""
    from tqdm import tqdm

    with contextlib.closing(chunks), tqdm(total=characters, unit="字", disable=None, file=sys.stderr) as bar:
        for chunk in chunks:
            bar.update(chunk.span.end - bar.n)
            yield chunk


def _record(
    file: BinaryIO,
    output: Path,
    chunks: Generator[AudioChunk, None, object],
    coding: Coding,
    timings: list[Timing] | None,
) -> None:
    """Encode into a file as chunks arrive.

    Args:
        file: that is written to.
        output: its name.
        chunks: of the whole text.
        coding: of the file.
        timings: takes those of the whole, seconds from its first sample; None keeps memory bounded.
    """
    from huisheng.audio.encoding import Coder, declare_length
    from huisheng.cli.files import is_file
    from huisheng.runtime.files import storage
    from huisheng.runtime.speech import place_timings

    coder: Coder | None = None
    with storage(output):
        for chunk, its_timings in place_timings(chunks):
            coder = coder or Coder(coding, chunk.sample_rate)
            file.write(coder.encode(chunk.samples))
            if timings is not None:
                timings += its_timings
            interrupts.check()
        if coder is not None:
            file.write(coder.flush())
            if is_file(output):
                declare_length(file, coding, coder.frames)


class _Marks:
    """The files that tell when each character is heard.

    Args:
        arguments: that name them.
        outputs: of the command.
    """

    def __init__(self, arguments: argparse.Namespace, outputs: Outputs) -> None:
        self._json: Path | None = arguments.timings
        self._subrip: Path | None = arguments.captions
        self._files = {path: outputs.open(path) for path in (self._json, self._subrip) if path}
        self.timings: list[Timing] | None = [] if self._files else None
        """Takes those of the whole text; None where none is asked for."""

    def write(self, text: str) -> None:
        """Write what was asked for."""
        from huisheng.runtime.captions import marks, subrip

        timings = self.timings or []
        if self._json:
            told = {"text": text, "timings": marks(text, timings)}
            self._write(self._json, json.dumps(told, ensure_ascii=False, indent=1) + "\n")
        if self._subrip:
            self._write(self._subrip, subrip(text, timings))

    def _write(self, path: Path, content: str) -> None:
        from huisheng.runtime.files import storage

        with storage(path):
            self._files[path].write(content.encode("utf-8"))
