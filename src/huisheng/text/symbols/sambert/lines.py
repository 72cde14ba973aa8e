"""The text that the model's own tools read, `{ih_c$tone4$s_begin$word_begin$emotion_sad$F7}` for a symbol."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from huisheng.errors import MarkupError
from huisheng.text.symbols.sambert.symbol import Symbol
from huisheng.types import Span

_FIELD: Final = r"([^${}\s]+)"
_TOKEN: Final = re.compile(r"\{" + r"\$".join([_FIELD] * 6) + r"\}")
_BLANK: Final = " "


@dataclass(frozen=True, slots=True)
class SymbolLine:
    """A parsed line.

    Attributes:
        symbols: in order.
        emotions: category of each symbol.
        speakers: name of the speaker of each symbol.
    """

    symbols: tuple[Symbol, ...]
    emotions: tuple[str, ...]
    speakers: tuple[str, ...]


def line(symbols: Sequence[Symbol], emotions: Sequence[str], speaker: str) -> str:
    """Symbols as text.

    Args:
        symbols: in order.
        emotions: category of each, which may change from symbol to symbol.
        speaker: of all of them.
    """
    return _BLANK.join(
        f"{{{symbol.phone}${symbol.tone}${symbol.syllable_flag}${symbol.word_segment}${emotion}${speaker}}}"
        for symbol, emotion in zip(symbols, emotions, strict=True)
    )


def parse_line(text: str) -> SymbolLine:
    """What a line says; `line` of it is the same text again.

    Raises:
        MarkupError: it is no such line; at which column.
    """
    found = list[re.Match[str]]()
    place = 0
    while place < len(text):
        start = place + bool(found)
        token = _TOKEN.match(text, start)
        if token is None or text[place:start].strip(_BLANK):
            raise _line_error(place)
        found.append(token)
        place = token.end()
    return SymbolLine(
        symbols=tuple(
            Symbol(token[1], token[2], token[3], token[4], index, Span(*token.span()))
            for index, token in enumerate(found)
        ),
        emotions=tuple(token[5] for token in found),
        speakers=tuple(token[6] for token in found),
    )


def _line_error(place: int) -> MarkupError:
    return MarkupError(
        1,
        place + 1,
        "这里应是 {音素$声调$音节位置$词位置$情感$发音人}，符号之间一个空格",
        "here should stand {phone$tone$syllable flag$word segment$emotion$speaker}, one blank apart",
    )
