r"""The shorthand to a script: directions in brackets between the words, written by hand.

`银行[yin2 hang2]`, `[停顿 500ms]`, `[开心:1.5]…[/]`, `[读作 世界卫生组织]WHO[/]`; `\[` is a bracket. Every
bracket is read alone, then ends are matched with beginnings, then the text is written. What does not fit is
a fault: an error when the text is meant as shorthand, else literal text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from huisheng.text.markup.brackets import (
    AliasStart,
    End,
    Escape,
    InflectionStart,
    Meaning,
    Pause,
    Pinyin,
    meaning,
)
from huisheng.text.markup.builder import Builder
from huisheng.text.markup.faults import MarkupFault, error_at
from huisheng.text.markup.script import MarkupVocabulary, Phonemes, Script, plain_script
from huisheng.types import Inflection, Span

DEEPEST: Final = 32
"""Stretches that are open at once."""

_BRACKET: Final = re.compile(r"\\\[|\[([^\[\]\r\n]*)\]")
_STRAY: Final = MarkupFault(
    "[/] 没有可以结束的开始，请删除，或在前面补上，例如 [开心]",
    "[/] ends nothing; remove it, or write a beginning such as [开心]",
)
_UNCLOSED: Final = MarkupFault(
    "没有结束，请在该结束的地方写 [/]", "this is not closed; write [/] where it ends"
)
_TOO_DEEP: Final = MarkupFault(
    f"嵌套超过 {DEEPEST} 层，请减少", f"stretches are nested deeper than {DEEPEST}; use fewer"
)
_TEXT_ONLY: Final = MarkupFault(
    "[读作 …] 到 [/] 之间只能有文字，请移到外面", "up to its [/] an alias holds text only; move this out"
)


class _Token(NamedTuple):
    """A bracket, where it stands in the source, and what it means."""

    start: int
    end: int
    meaning: Meaning | MarkupFault


def parse(source: str, vocabulary: MarkupVocabulary, *, strict: bool) -> Script:
    """The script of a text with shorthand in it.

    Args:
        source: the text.
        vocabulary: names of emotions and voices that may be used.
        strict: whether a bracket that is meant as shorthand but wrong is an error; else it is literal text.

    Raises:
        MarkupError: a bracket is wrong, with its line and column; never when not strict.
    """
    if "[" not in source:
        return plain_script(source)
    tokens = _fit(list(_tokens(source, vocabulary)))
    faults = ((token.start, token.meaning) for token in tokens if isinstance(token.meaning, MarkupFault))
    first = next(faults, None) if strict else None
    if first is not None:
        raise error_at(source, *first)
    fitting = [token for token in tokens if not isinstance(token.meaning, MarkupFault)]
    return _write(source, fitting) if fitting else plain_script(source)


def depth(source: str, vocabulary: MarkupVocabulary) -> int:
    """How many more stretches and aliases begin in a text than end there; negative when more end."""
    directions = [token.meaning for token in _tokens(source, vocabulary)]
    begun = sum(isinstance(direction, AliasStart | InflectionStart) for direction in directions)
    return begun - sum(isinstance(direction, End) for direction in directions)


def _tokens(source: str, vocabulary: MarkupVocabulary) -> Iterator[_Token]:
    """Every bracket that means something, or should."""
    for bracket in _BRACKET.finditer(source):
        start, end = bracket.span()
        inside: str | None = bracket[1]
        before = source[max(0, start - (end - start)) : start]
        found = Escape() if inside is None else meaning(inside, before, vocabulary)
        if found is not None:
            yield _Token(start, end, found)


def _fit(tokens: Sequence[_Token]) -> list[_Token]:
    """The same tokens; an alias reaches to its end, and what does not fit with the others is a fault."""
    pairs = _pairs(tokens)
    faults = _find_unmatched(tokens, pairs) | _too_deep(pairs)
    aliases = {
        start: end
        for start, end in pairs.items()
        if isinstance(tokens[start].meaning, AliasStart) and start not in faults
    }
    faults |= _inside(tokens, aliases)
    fitted = [token._replace(meaning=faults.get(index, token.meaning)) for index, token in enumerate(tokens)]
    for start, end in aliases.items():
        fitted[start] = fitted[start]._replace(end=tokens[end].end)
    return fitted


def _pairs(tokens: Sequence[_Token]) -> dict[int, int]:
    """Index of a beginning → that of its end, in the order of the beginnings."""
    ends: dict[int, int] = {}
    unended: list[int] = []
    for index, token in enumerate(tokens):
        if isinstance(token.meaning, AliasStart | InflectionStart):
            unended.append(index)
        elif isinstance(token.meaning, End) and unended:
            ends[unended.pop()] = index
    return dict(sorted(ends.items()))


def _find_unmatched(tokens: Sequence[_Token], pairs: Mapping[int, int]) -> dict[int, MarkupFault]:
    """Beginnings without an end and ends without a beginning."""
    matched = pairs.keys() | pairs.values()
    return {
        index: _STRAY if isinstance(token.meaning, End) else _UNCLOSED
        for index, token in enumerate(tokens)
        if isinstance(token.meaning, AliasStart | InflectionStart | End) and index not in matched
    }


def _too_deep(pairs: Mapping[int, int]) -> dict[int, MarkupFault]:
    """Beginnings and ends inside too many others."""
    found: dict[int, MarkupFault] = {}
    around: list[int] = []
    for start, end in pairs.items():
        while around and around[-1] < start:
            around.pop()
        around.append(end)
        if len(around) > DEEPEST:
            found[start] = found[end] = _TOO_DEEP
    return found


def _inside(tokens: Sequence[_Token], aliases: Mapping[int, int]) -> dict[int, MarkupFault]:
    """Directions in the text that an alias is read for."""
    found: dict[int, MarkupFault] = {}
    reached = 0
    for start, end in aliases.items():
        inner = range(max(start, reached) + 1, end)
        found.update((index, _TEXT_ONLY) for index in inner if not isinstance(tokens[index].meaning, Escape))
        reached = max(reached, end)
    return found


def _write(source: str, tokens: Sequence[_Token]) -> Script:
    builder = Builder(source)
    around: list[Inflection] = []
    place = 0
    for token in tokens:
        if token.start < place:  # inside the text that an alias is read for
            continue
        builder.write(source[place : token.start], place)
        place = token.end
        match token.meaning:
            case Escape():
                builder.write_for("[", token.start, token.end)
            case AliasStart(text):
                builder.write_for(text, token.start, token.end)
            case Pause(seconds):
                builder.rest(seconds)
            case Pinyin(syllables):
                builder.direct(Phonemes(Span(builder.place - len(syllables), builder.place), syllables))
            case InflectionStart(inflect, notice):
                builder.note([notice] if notice else [])
                around.append(builder.inflection)
                builder.inflect(inflect(builder.inflection))
            case _:
                builder.inflect(around.pop())
    builder.write(source[place:], place)
    return builder.script()
