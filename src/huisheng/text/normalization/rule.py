"""What a rule is: a pattern with its fields, a condition on the neighbours, and a way to say it.

Tagging classifies and keeps the raw text; only `verbalize` changes it. So every spoken character can be
traced to the characters that it was made from.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Final, NamedTuple, TypeAlias

from huisheng.text.normalization.tables import mapping
from huisheng.text.normalization.token import TokenKind

NEIGHBOURHOOD: Final = 20
"""Characters of context on either side that a rule may look at."""
_PUNCTUATION: Final = frozenset(mark for mark in mapping("marks") if not mark.isascii() and mark not in "—…’")


class Pattern:
    """A regular expression that is compiled when it is first tried: there are hundreds of them, and a text
    meets few.
    """

    def __init__(self, written: str, flags: re.RegexFlag) -> None:
        self._written = written
        self._flags = flags

    @cached_property
    def compiled(self) -> re.Pattern[str]:
        """Ready to match."""
        return re.compile(self._written, self._flags)


class Tagged(NamedTuple):
    """A recognised stretch of the folded text.

    Attributes:
        rule: the rule that recognised it.
        start: first character, in the folded text.
        end: one past the last.
        fields: the named groups of the rule's pattern; empty strings where a group took no part.
        before: up to `NEIGHBOURHOOD` characters that stand before.
        after: the same behind.
    """

    rule: Rule
    start: int
    end: int
    fields: Mapping[str, str]
    before: str
    after: str


Condition: TypeAlias = Callable[[Tagged], bool]
Verbalizer: TypeAlias = Callable[[Tagged], str]


def anywhere(_: Tagged) -> bool:
    """The condition that always holds."""
    return True


def preceded_by(pattern: str) -> Condition:
    """The text before must end in `pattern`."""
    ending = Pattern(rf"(?:{pattern})$", re.ASCII)
    return lambda tagged: ending.compiled.search(tagged.before) is not None


def followed_by(pattern: str) -> Condition:
    """The text behind must begin with `pattern`."""
    beginning = Pattern(pattern, re.ASCII)
    return lambda tagged: beginning.compiled.match(tagged.after) is not None


def either(*conditions: Condition) -> Condition:
    """One of the conditions must hold."""
    return lambda tagged: any(condition(tagged) for condition in conditions)


def every(*conditions: Condition) -> Condition:
    """All the conditions must hold."""
    return lambda tagged: all(condition(tagged) for condition in conditions)


def unless(condition: Condition) -> Condition:
    """The condition must not hold."""
    return lambda tagged: not condition(tagged)


@dataclass(frozen=True, slots=True)
class Rule:
    """One kind of written thing.

    Attributes:
        name: for people.
        kind: of the tokens it makes.
        starts: classes of the first character, see `character_class`.
        pattern: matched at the first character; named groups are the fields. It must run in time linear
            in what it consumes: repeat with possessive quantifiers or with a bound.
        verbalize: the fields, said; it can say whatever the pattern takes, accepted or not.
        accepts: a condition on fields and neighbours.
        pause: a mark that is heard behind it and not written, and sets it apart from what stands before.
    """

    name: str
    kind: TokenKind
    starts: str
    pattern: Pattern
    verbalize: Verbalizer
    accepts: Condition = anywhere
    pause: str = ""

    def tag(self, match: re.Match[str]) -> Tagged:
        """What the pattern found in the folded text, with its neighbours."""
        start, end = match.span()
        before = match.string[max(0, start - NEIGHBOURHOOD) : start]
        after = match.string[end : end + NEIGHBOURHOOD]
        return Tagged(self, start, end, match.groupdict(default=""), before, after)


def regex(pattern: str) -> Pattern:
    r"""A pattern in which `\d`, `\w`, `\b` and `\s` know ASCII only, so that Han is a boundary."""
    return Pattern(pattern, re.ASCII | re.MULTILINE)


def is_han(character: str) -> bool:
    """Whether the character is an ideograph."""
    return character_class(character) == "h"


@lru_cache(maxsize=4096)
def character_class(character: str) -> str:
    """The class by which rules are chosen.

    `d` digit, `l` Latin letter, `h` Han, `b` blank, `p` punctuation that is nothing else, `x` emoji, control
    characters and the like, `o` all the rest.
    """
    if character in "0123456789":
        return "d"
    if character.isspace():
        return "b"
    name = unicodedata.name(character, "")
    if character == "〇" or name.startswith("CJK UNIFIED IDEOGRAPH"):
        return "h"
    if character in _PUNCTUATION:
        return "p"
    if character > "\U0001f000" or unicodedata.category(character) in {"Cc", "Cs", "Co", "Cn"}:
        return "x"
    return "l" if character.isalpha() and name.startswith("LATIN ") else "o"
