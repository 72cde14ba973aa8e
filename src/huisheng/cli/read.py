"""`huisheng read`: what will be said, without saying it."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final

from typing_extensions import TypedDict

from huisheng.cli import source

if TYPE_CHECKING:
    from huisheng.text.frontend import Frontend
    from huisheng.types import Sentence

_LINE_ENDS: Final = str.maketrans({end: f"\\u{ord(end):04x}" for end in "\x85\u2028\u2029"})
"""JSON does not escape them, and many readers of lines take them for ends of lines."""


class Request(TypedDict):
    """One line of standard input."""

    text: str


class SyllableRow(TypedDict):
    """One spoken syllable; see `huisheng.types.Syllable`."""

    start: int
    end: int
    text: str
    pinyin: str
    surface: str


class BreakRow(TypedDict):
    """A break: index of the character that it follows, and its level 1–4."""

    after: int
    level: int


class Reading(TypedDict):
    """What will be said of one text."""

    text: str
    spoken: str
    syllables: list[SyllableRow]
    breaks: list[BreakRow]
    emotion: str


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> argparse.ArgumentParser:
    """Declare `read`."""
    parser = commands.add_parser("read", help="显示将要怎样朗读 show what will be said")
    source.add_arguments(parser)
    parser.add_argument(
        "--jsonl",
        action="store_true",
        help='逐行读取 {"text": …} 并逐行回答 answer lines of JSON from standard input',
    )
    parser.add_argument(
        "--all-breaks", action="store_true", help="也列出音节和词的停顿 breaks of levels 1 and 2 too"
    )
    return parser


def run(arguments: argparse.Namespace) -> int:
    """Answer one text, or every line of standard input, in order.

    Raises:
        HuishengError: what is wrong with the text or the installation.
    """
    from huisheng.text.frontend import Frontend

    frontend = Frontend()
    if arguments.jsonl:
        return _answer_lines(frontend, arguments.all_breaks)
    _show(reading(frontend, source.read_text(arguments), arguments.all_breaks))
    return 0


def reading(frontend: Frontend, text: str, all_breaks: bool) -> Reading:
    """Everything the front-end says of a text. `all_breaks` adds the levels syllable and word.

    Raises:
        InvalidText: the text holds lone surrogates.
    """
    sentences = list(frontend.sentences(text))
    return Reading(
        text=text,
        spoken="".join(sentence.spoken for sentence in sentences),
        syllables=[row for sentence in sentences for row in _syllables(sentence)],
        breaks=_breaks(sentences, all_breaks),
        emotion="neutral",
    )


def _syllables(sentence: Sentence) -> Iterator[SyllableRow]:
    from huisheng.types import Syllable

    for item in sentence.items:
        if isinstance(item, Syllable):
            yield SyllableRow(
                start=item.span.start,
                end=item.span.end,
                text=item.text,
                pinyin=item.pinyin,
                surface=item.surface,
            )


def _breaks(sentences: Sequence[Sentence], all_breaks: bool) -> list[BreakRow]:
    """The strongest break after each character of the source."""
    from huisheng.types import Break, Mark

    lowest = Break.SYLLABLE if all_breaks else Break.PHRASE
    levels: dict[int, int] = {}
    for sentence in sentences:
        after = -1
        for item in sentence.items:
            after = after if isinstance(item, Mark) else item.span.end - 1
            if after >= 0 and item.after >= lowest:
                levels[after] = max(levels.get(after, 0), int(item.after))
    return [BreakRow(after=after, level=level) for after, level in sorted(levels.items())]


def _show(result: Reading) -> None:
    print(result["spoken"])
    print(" ".join(row["surface"] for row in result["syllables"]))


def _answer_lines(frontend: Frontend, all_breaks: bool) -> int:
    """One line out for each line in; a line that cannot be read is answered with its error.

    Returns:
        1 when a line could not be read, else 0.
    """
    status = 0
    for line in sys.stdin.buffer:
        answer = _answer(frontend, line, all_breaks)
        status |= "error" in answer
        print(json.dumps(answer, ensure_ascii=False).translate(_LINE_ENDS), flush=True)
    return status


def _answer(frontend: Frontend, line: bytes, all_breaks: bool) -> Reading | dict[str, str]:
    from pydantic import TypeAdapter, ValidationError

    from huisheng.errors import HuishengError

    try:
        return reading(frontend, TypeAdapter(Request).validate_json(line)["text"], all_breaks)
    except ValidationError:
        return {"error": '每行应为 {"text": "…"}。', "english": 'A line must be {"text": "…"}.'}
    except HuishengError as error:
        return {"error": error.message, "english": error.english}
