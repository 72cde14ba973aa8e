"""`huisheng read`: how a text is read, without audio, and why."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from huisheng.cli import source

if TYPE_CHECKING:
    from huisheng.runtime.reading import ExplainedSyllable, Explanation, TokenRow, WordRow
    from huisheng.text.frontend import Frontend
    from huisheng.text.markup.script import Script
    from huisheng.types import Sentence

_LINE_ENDS: Final = {end: f"\\u{ord(end):04x}" for end in "\x85\u2028\u2029"}
"""JSON does not escape them, and many readers of lines take them for ends of lines."""
_SOURCES: Final = {
    "markup": "标记 markup",
    "user": "用户词典 user lexicon",
    "number": "数字 number",
    "word": "词典 word",
    "name": "人名 name",
    "model": "多音字模型 model",
    "rule": "规则 rule",
    "character": "单字 character",
}


class _Request(NamedTuple):
    """One line of standard input."""

    text: str
    markup: str = "auto"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    source.add_arguments(parser)
    source.add_markup(parser)
    parser.add_argument(
        "--jsonl",
        action="store_true",
        help='逐行读取标准输入的 {"text": …}，每行输出一个 JSON lines of JSON from standard input',
    )
    parser.add_argument(
        "--all-breaks",
        action="store_true",
        help="标出全部停顿：1 音节 2 词 3 短语 4 句 show breaks of all levels",
    )
    parser.add_argument(
        "--explain",
        action="store_true",
        help="显示每个读音的依据、其他可能与置信度 why each reading was chosen",
    )
    parser.add_argument("--json", action="store_true", help="以 JSON 输出 the explanation as JSON")


def run(arguments: argparse.Namespace) -> int:
    """Answer one text, or every line of standard input, in order.

    Raises:
        HuishengError: what is wrong with the text or the installation.
    """
    from huisheng.runtime.reading import explanation
    from huisheng.text.frontend import Frontend

    if arguments.jsonl and (
        arguments.text is not None or arguments.file or arguments.explain or arguments.json
    ):
        arguments.refuse("--jsonl 从标准输入读取，不能再给文字、-f、--explain 或 --json only standard input")
    frontend = Frontend()
    reader = source.ScriptReader(arguments)
    if arguments.jsonl:
        return _answer_lines(frontend, reader, arguments.all_breaks)
    script = reader.script(source.read_text(arguments), arguments.markup)
    if arguments.explain or arguments.json:
        _explain(explanation(frontend, script), as_json=arguments.json)
    else:
        _show(frontend, script, all_breaks=arguments.all_breaks)
    return 0


def _show(frontend: Frontend, script: Script, *, all_breaks: bool) -> None:
    sentences = list(frontend.sentences(script))
    print("".join(sentence.spoken for sentence in sentences))
    print(" ".join(_sounds(sentences, all_breaks=all_breaks)))


def _sounds(sentences: Iterable[Sentence], *, all_breaks: bool) -> Iterator[str]:
    """Pinyin after sandhi and English words, in order; with `all_breaks` each is followed by `#` and the
    level of the break after it, 1–4, as corpora write prosody.
    """
    from huisheng.types import Mark, Syllable

    said: list[tuple[str, int]] = []
    for item in (item for sentence in sentences for item in sentence.items):
        if not isinstance(item, Mark):
            said.append((item.surface if isinstance(item, Syllable) else item.text, item.after))
        elif said:
            said[-1] = said[-1][0], max(said[-1][1], item.after)
    for sound, level in said:
        yield f"{sound} #{level}" if all_breaks and level else sound


def _explain(result: Explanation, *, as_json: bool) -> None:
    if as_json:
        print(json.dumps(result, ensure_ascii=False, indent=1))
        return
    print(result["spoken"])
    for token in result["tokens"]:
        print(_token_line(token))
    spoken = [(row["start"], _syllable_line(row)) for row in result["syllables"]]
    spoken += [(row["start"], _word_line(row)) for row in result["words"]]
    for _, line in sorted(spoken, key=lambda row: row[0]):
        print(line)
    if result["unread"]:
        print(f"没有读音 no reading: {' '.join(result['unread'])}", file=sys.stderr)
    strength = f"{result['emotion_strength']:g}"
    print(f"情感 emotion: {result['emotion']} {strength} ({result['emotion_confidence']:.0%})")


def _token_line(token: TokenRow) -> str:
    others = f"  也可 or: {' | '.join(token['others'])}" if token["others"] else ""
    return f"{token['start']:>5}  {token['written']} → {token['spoken']}  [{token['rule']}]{others}"


def _word_line(row: WordRow) -> str:
    return f"{row['start']:>5}  {row['text']} {' '.join(row['phones'])}  [英文 English]"


def _syllable_line(row: ExplainedSyllable) -> str:
    doubt = "?" if row["unsure"] else " "
    tones = row["surface"] if row["surface"] == row["pinyin"] else f"{row['pinyin']} → {row['surface']}"
    others = f"  也可 or: {' '.join(row['others'])}" if row["others"] else ""
    sure = "" if row["confidence"] == 1.0 else f" {row['confidence']:.0%}"
    return f"{row['start']:>5}{doubt} {row['text']} {tones}  [{_SOURCES[row['source']]}{sure}]{others}"


def _answer_lines(frontend: Frontend, reader: source.ScriptReader, all_breaks: bool) -> int:
    """One line out for each line in; a line that cannot be read is answered with its error.

    Returns:
        1 when a line could not be read, else 0.
    """
    status = 0
    for line in sys.stdin.buffer:
        answer = _answer(frontend, reader, line, all_breaks)
        status |= "error" in answer
        print(_line(answer), flush=True)
    return status


def _line(answer: Mapping[str, Any]) -> str:
    """The JSON of an answer, without ends of lines."""
    line = json.dumps(answer, ensure_ascii=False)
    for end, escaped in _LINE_ENDS.items():
        line = line.replace(end, escaped)
    return line


def _answer(
    frontend: Frontend, reader: source.ScriptReader, line: bytes, all_breaks: bool
) -> Mapping[str, Any]:
    from huisheng.errors import HuishengError
    from huisheng.runtime.reading import reading

    request = _parse(line)
    if request is None:
        return {"error": '每行应为 {"text": "…"}。', "english": 'A line must be {"text": "…"}.'}
    try:
        script = reader.script(request.text, request.markup)
        return reading(frontend, script, all_breaks=all_breaks)
    except HuishengError as error:
        return {"error": error.message, "english": error.english}


def _parse(line: bytes) -> _Request | None:
    """What a line asks for; None if it is not as it should be."""
    try:
        asked = json.loads(line.decode("utf-8"))
    except (ValueError, RecursionError):
        return None
    match asked:
        case {"text": str(text), "markup": str(markup)}:
            return _Request(text, markup)
        case {"text": str(text)} if "markup" not in asked:
            return _Request(text)
        case _:
            return None
