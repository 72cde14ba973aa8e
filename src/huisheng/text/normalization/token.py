"""What normalization returns: a stretch of the source, and what is said for it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from huisheng.types import Span


class TokenKind(Enum):
    """What a token is, for the steps that read it.

    一 is said in tone 1 in `ORDINAL`, `DIGITS` and `DATE`; elsewhere it changes as usual.
    """

    TEXT = "text"
    """Han characters, one spoken for one written."""
    LATIN = "latin"
    """An English word, or letters with blanks between them; numbers of a model name are in Chinese."""
    MARK = "mark"
    """Punctuation in its normal form: one of `，、；：。！？…—“”（）`."""
    SILENT = "silent"
    """Nothing is said: blanks, emoji, tags, control characters."""
    NUMBER = "number"
    """A quantity: 两千零五, 负三点五."""
    DIGITS = "digits"
    """Digit by digit, 1 is 幺 or 一: telephone numbers, codes, rooms, flights."""
    ORDINAL = "ordinal"
    """A place in an order: 第一, 二月, 三楼."""
    DATE = "date"
    TIME = "time"
    MONEY = "money"
    UNIT = "unit"
    """A quantity with its unit."""
    FRACTION = "fraction"
    """Fractions, percentages, ratios and scores."""
    NETWORK = "network"
    """Addresses of all sorts, versions and file names."""
    SYMBOL = "symbol"
    """A character said by its name."""
    WORD = "word"
    """Characters that markup or a lexicon makes one word, one syllable each."""

    __hash__ = object.__hash__  # that of `Enum` hashes the name, in Python


@dataclass(frozen=True, slots=True)
class Token:
    """A stretch of the source text and how it is said.

    Attributes:
        span: the source characters; the tokens of a text cover it once, in order. It is empty for a mark that
            is heard and not written.
        written: those characters.
        spoken: Chinese characters and Latin words, a blank between Latin words, letters and groups of
            digits; for a mark its normal form; empty if silent. In `TEXT`, as long as `written`.
        kind: what it is.
        rule: the name of the rule that made it; empty for plain text.
        others: what else could be said for it, the likeliest first, at most three.
    """

    span: Span
    written: str
    spoken: str
    kind: TokenKind
    rule: str = ""
    others: tuple[str, ...] = ()

    def shifted(self, offset: int) -> Token:
        """The same, in a text that begins `offset` characters earlier."""
        span = self.span.shifted(offset)
        return Token(span, self.written, self.spoken, self.kind, self.rule, self.others)
