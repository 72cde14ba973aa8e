"""Characters with several readings, chosen by their neighbours: a table of rules, the first that fits wins.

A rule is a row of `polyphones.tsv`: character, what stands before it, what stands after it, reading. A cell
holds alternatives separated by blanks; `-` allows anything, a cell that begins with `!` forbids the rest.
An alternative is

* characters, which stand next to it;
* `[name]`, any member of a class in `classes.tsv`, next to it;
* `/v`, a neighbouring word whose part of speech begins so;
* `~characters`, within six characters on that side;
* `^`, an end of the phrase: nothing, or a mark.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from huisheng.text.resources import rows
from huisheng.text.segmentation import Word

_PACKAGE: Final = "huisheng.text.pronunciation"
_REACH: Final = 6


@dataclass(frozen=True, slots=True)
class Side:
    """What lies on one side of a character: the text up to the end of the phrase, and the next word's tag."""

    text: str
    tag: str


_Test: TypeAlias = Callable[[Side], bool]


@dataclass(frozen=True, slots=True)
class Rule:
    """A reading and where it holds."""

    before: _Test
    after: _Test
    reading: str


class Polyphones:
    """The rules. Immutable."""

    def __init__(self) -> None:
        classes = {row[0]: tuple(row[1].split(" ")) for row in rows(_PACKAGE, "classes.tsv")}
        self._rules: dict[str, list[Rule]] = {}
        for character, before, after, reading in rows(_PACKAGE, "polyphones.tsv"):
            rule = Rule(_test(before, "before", classes), _test(after, "after", classes), reading)
            self._rules.setdefault(character, []).append(rule)

    def reading(self, words: Sequence[Word], position: int, offset: int) -> str | None:
        """Reading of one character, None when no rule speaks of it.

        Args:
            words: of the phrase.
            position: index of the word that holds the character.
            offset: of the character in that word.
        """
        rules = self._rules.get(words[position].text[offset])
        if not rules:
            return None
        before, after = _before(words, position, offset), _after(words, position, offset)
        return next((rule.reading for rule in rules if rule.before(before) and rule.after(after)), None)


def _before(words: Sequence[Word], position: int, offset: int) -> Side:
    start, text = position, words[position].text[:offset]
    while start > 0 and len(text) < _REACH:
        start -= 1
        text = words[start].text + text
    return Side(text[-_REACH:], words[position - 1].tag if position > 0 and not offset else "")


def _after(words: Sequence[Word], position: int, offset: int) -> Side:
    end, text = position + 1, words[position].text[offset + 1 :]
    tag = words[end].tag if end < len(words) and not text else ""
    while end < len(words) and len(text) < _REACH:
        text += words[end].text
        end += 1
    return Side(text[:_REACH], tag)


def _test(cell: str, side: Literal["before", "after"], classes: Mapping[str, tuple[str, ...]]) -> _Test:
    if cell == "-":
        return lambda _: True
    alternatives = cell.removeprefix("!").split(" ")
    literals = tuple(
        literal
        for text in alternatives
        if text[0] not in "/~^"
        for literal in classes.get(text.strip("[]"), (text,))
    )
    tags = tuple(text[1:] for text in alternatives if text.startswith("/"))
    near = tuple(text[1:] for text in alternatives if text.startswith("~"))
    edge, wanted = "^" in alternatives, not cell.startswith("!")
    adjoins = str.endswith if side == "before" else str.startswith

    def test(neighbours: Side) -> bool:
        found = (
            adjoins(neighbours.text, literals)
            or neighbours.tag.startswith(tags)
            or any(text in neighbours.text for text in near)
            or (edge and not neighbours.text)
        )
        return found == wanted

    return test
