"""Characters with several readings: what stands around them, rules for it, and a model that weighs it.

A rule is a row of `polyphones.tsv`: character, what stands before it, what stands after it, reading; the
first that fits wins. A cell holds alternatives separated by blanks; `-` allows anything, a cell that begins
with `!` forbids the rest. An alternative is

* characters, which stand next to it;
* `[name]`, any member of a class in `classes.tsv`, next to it;
* `/v`, a neighbouring word whose part of speech begins so;
* `~characters`, within six characters on that side;
* `^`, an end of the phrase: nothing, or a mark.

The model is log-linear. It was trained on the sentences in `recipes/frontend/polyphones`; decision 0010 tells
why it is not a network. Its features are made by the same function in training and in reading, so that they
never differ.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Final, NamedTuple

from huisheng.text.linear import LinearModel, Prediction, Question, load
from huisheng.text.resources import rows
from huisheng.text.segmentation import Word

_PACKAGE: Final = "huisheng.text.pronunciation"
_FILE: Final = "polyphones.model"
_REACH: Final = 6
"""Characters on either side that a rule looks at."""
_NEAR: Final = 3
"""Characters on either side whose place is a feature."""
_FAR: Final = 10
"""Characters on either side that are features wherever they stand."""
EDGE: Final = "^"
"""Stands for what is not there."""
_EDGES: Final = EDGE * _NEAR
_NO_WORD: Final = Word(EDGE, EDGE)
_LONGEST_WORD: Final = 4


class CharacterContext(NamedTuple):
    """One character of a phrase, and the phrase around it.

    Attributes:
        words: of the phrase.
        position: index of the word that holds the character.
        offset: of the character in that word.
        text: the words together.
        place: of the character in `text`.
    """

    words: Sequence[Word]
    position: int
    offset: int
    text: str
    place: int

    @property
    def character(self) -> str:
        """The character itself."""
        return self.text[self.place]


class PolyphoneQuestion(NamedTuple):
    """A character that the model is asked for.

    Attributes:
        group: that decides it.
        context: of the character.
        evidence: what dictionaries and rules say, each with its kind: `word2=hang2`.
    """

    group: str
    context: CharacterContext
    evidence: Sequence[str]


class _Cell(NamedTuple):
    """What must stand on one side of a character, or must not where `wanted` is false."""

    adjoining: tuple[str, ...]
    tags: tuple[str, ...]
    near: tuple[str, ...]
    edge: bool
    wanted: bool


class _NeighbourRule(NamedTuple):
    """A reading and where it holds; None where anything may stand."""

    before: _Cell | None
    after: _Cell | None
    reading: str


class PolyphoneRules:
    """The rules. Immutable."""

    def __init__(self) -> None:
        classes = {row[0]: tuple(row[1].split(" ")) for row in rows(_PACKAGE, "classes.tsv")}
        self._rules: dict[str, list[_NeighbourRule]] = {}
        for character, before, after, reading in rows(_PACKAGE, "polyphones.tsv"):
            rule = _NeighbourRule(_cell(before, classes), _cell(after, classes), reading)
            self._rules.setdefault(character, []).append(rule)

    def __contains__(self, character: str) -> bool:
        """Whether there are rules for a character."""
        return character in self._rules

    def reading(self, context: CharacterContext) -> str | None:
        """Reading of one character, None when no rule speaks of it."""
        words, position, offset, text, place = context
        rules = self._rules.get(text[place])
        if not rules:
            return None
        before, after = text[max(0, place - _REACH) : place], text[place + 1 : place + 1 + _REACH]
        last = offset == len(words[position].text) - 1
        tag_before = words[position - 1].tag if position and not offset else ""
        tag_after = words[position + 1].tag if last and position + 1 < len(words) else ""
        for rule in rules:
            if (
                rule.before
                and _is_found(rule.before, before, tag_before, before.endswith) != rule.before.wanted
            ):
                continue
            if rule.after and _is_found(rule.after, after, tag_after, after.startswith) != rule.after.wanted:
                continue
            return rule.reading
        return None


def _cell(written: str, classes: Mapping[str, tuple[str, ...]]) -> _Cell | None:
    """A cell of the table; None where it allows anything."""
    if written == "-":
        return None
    alternatives = written.removeprefix("!").split(" ")
    return _Cell(
        tuple(
            adjoining
            for text in alternatives
            if text[0] not in "/~^"
            for adjoining in classes.get(text.strip("[]"), (text,))
        ),
        tuple(text[1:] for text in alternatives if text.startswith("/")),
        tuple(text[1:] for text in alternatives if text.startswith("~")),
        "^" in alternatives,
        not written.startswith("!"),
    )


def _is_found(cell: _Cell, text: str, tag: str, adjoins: Callable[[tuple[str, ...]], bool]) -> bool:
    """Whether one of the alternatives of a cell stands on its side.

    Args:
        cell: of a rule.
        text: what stands there.
        tag: of the word that begins or ends next to the character.
        adjoins: whether one of several strings stands next to it.
    """
    if adjoins(cell.adjoining) or tag.startswith(cell.tags) or (cell.edge and not text):
        return True
    return bool(cell.near) and any(near in text for near in cell.near)


class PolyphoneModel:
    """Decides readings by context. Immutable: threads may share it.

    Args:
        model: a group for each character or word, its labels the readings.
    """

    def __init__(self, model: LinearModel) -> None:
        self._model = model

    def group(self, word: str, offset: int) -> str:
        """The group that decides a character of a word; empty where the model does not decide it.

        That of the word and the place in it where the sense of the word decides, and with it between a light
        tone and a full one; else that of the character.
        """
        of_word = word_group(word, offset)
        if of_word in self._model.groups:
            return of_word
        return word[offset] if word[offset] in self._model.groups else ""

    def choose(self, asked: Sequence[PolyphoneQuestion]) -> list[Prediction]:
        """For each character that is asked for its readings, the likeliest first."""
        return self._model.choose_all(
            [Question(group, features(context, evidence)) for group, context, evidence in asked]
        )


def word_group(word: str, offset: int) -> str:
    """The name of a word's group, in training and in reading: 大意1 for the second character of 大意."""
    return f"{word}{offset}"


@cache
def load_model() -> PolyphoneModel:
    """The model in this package."""
    return PolyphoneModel(load(_PACKAGE, _FILE))


def features(context: CharacterContext, proposals: Sequence[str]) -> list[str]:
    """Everything that may decide a reading. Every feature is a short text that begins with its kind.

    Args:
        context: of the character.
        proposals: what dictionaries and rules say, each with its kind: `word2=hang2`.
    """
    words, position, offset, phrase, place = context
    text = f"{_EDGES}{phrase}{_EDGES}"
    l3, l2, l1, _, r1, r2, r3 = text[place : place + 2 * _NEAR + 1]
    characters = (
        *(f"l1{l1}", f"r1{r1}", f"l2{l2}", f"r2{r2}", f"l3{l3}", f"r3{r3}"),
        *(f"ll{l2}{l1}", f"rr{r1}{r2}", f"lr{l1}{r1}", f"lll{l3}{l2}{l1}", f"rrr{r1}{r2}{r3}"),
        *(f"llr{l2}{l1}{r1}", f"lrr{l1}{r1}{r2}", f"l2r{l2}{r1}", f"lr2{l1}{r2}"),
    )
    around = [_NO_WORD, _NO_WORD, *words, _NO_WORD, _NO_WORD][position : position + 5]
    (u2, t2, _), (u1, t1, _), (word, tag, _), (w1, v1, _), (w2, v2, _) = around
    part = f"{len(word)}{offset}"
    neighbours = (
        *(f"w{word}", f"t{tag}{part}", f"p{part}"),
        *(f"wl{u1}", f"wr{w1}", f"tl{t1}", f"tr{v1}", f"tlr{t1} {v1}", f"wlr{u1} {w1}"),
        *(f"tll{t2} {t1}", f"trr{v1} {v2}", f"wl2{u2}", f"wr2{w2}", f"tpl{part}{t1}", f"tpr{part}{v1}"),
        *(f"wtl{u1} {v1}", f"wtr{t1} {w1}", f"nl{len(u1)}", f"nr{len(w1)}"),
        f"ends{min(place, 2)}{min(len(phrase) - 1 - place, 2)}",
    )
    bag = (
        *[f"L{character}" for character in dict.fromkeys(phrase[max(0, place - _FAR) : place])],
        *[f"R{character}" for character in dict.fromkeys(phrase[place + 1 : place + 1 + _FAR])],
        *[f"W{other.text}" for other in words if 1 < len(other.text) <= _LONGEST_WORD],
    )
    return ["bias", *proposals, *characters, *neighbours, *bag]
