"""Our front-end, asked as the others are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import groupby, pairwise

from benchmarks.text.cases import REQUIRED, Adapter, Task, strip_brackets
from benchmarks.text.natural import Read, Said

from huisheng.text.frontend import Frontend
from huisheng.types import Break, Mark, SpokenItem, Syllable

_CHANGING = ("一", "不")
"""Characters whose tone depends on what follows."""


def adapters(frontend: Frontend) -> Mapping[Task, Adapter]:
    """Its answer to the questions of every task."""
    return {
        "normalization": lambda text: _normalize(frontend, text),
        "polyphones": lambda question: _reading(frontend, question),
        "contexts": lambda question: _syllable(frontend, question),
        "sandhi": lambda text: _tones(frontend, text),
        "breaks": lambda text: _mark_breaks(frontend, text),
        "emotion": lambda text: frontend.predict_emotion(text).label,
    }


def read_running(frontend: Frontend, text: str) -> Read:
    """Every syllable, 一 and 不 as they are heard, and the phrase breaks that no mark makes."""
    said = [Said(item.span.start, item.span.end, _surface(item)) for item in _syllables(frontend, text)]
    return Read(said, frozenset(_unmarked_ends(frontend, text)))


def read_characters(frontend: Frontend, text: str) -> list[str]:
    """A dictionary reading for each character, empty where there is none."""
    readings = [""] * len(text)
    for span, items in groupby(_syllables(frontend, text), key=lambda item: item.span):
        said = [item.pinyin for item in items]
        if len(said) == span.end - span.start:  # a date or a number in characters
            readings[span.start : span.end] = said
        else:
            readings[span.start] = said[0]
    return readings


def _normalize(frontend: Frontend, text: str) -> str:
    return "".join(sentence.spoken for sentence in frontend.sentences(text))


def _reading(frontend: Frontend, question: str) -> str:
    """The reading of the character in brackets; empty when it is not read."""
    return next((item.pinyin for item in _syllables_at(frontend, question)), "")


def _syllable(frontend: Frontend, question: str) -> str:
    """The same, 一 and 不 as they are heard."""
    return next(map(_surface, _syllables_at(frontend, question)), "")


def _syllables_at(frontend: Frontend, question: str) -> Iterator[Syllable]:
    """The syllable that is said for the character in brackets, if one is."""
    text, place = strip_brackets(question)
    return (item for item in _syllables(frontend, text) if item.span.start <= place < item.span.end)


def _surface(item: Syllable) -> str:
    """The dictionary reading, but 一 and 不 in the tone that is heard."""
    return item.surface if item.text in _CHANGING else item.pinyin


def _tones(frontend: Frontend, text: str) -> str:
    return " ".join(item.surface for item in _syllables(frontend, text))


def _mark_breaks(frontend: Frontend, text: str) -> str:
    """The text with the phrase breaks that are not at its marks."""
    places = [0, *_unmarked_ends(frontend, text), len(text)]
    return REQUIRED.join(text[start:end] for start, end in pairwise(places))


def _unmarked_ends(frontend: Frontend, text: str) -> Iterator[int]:
    """After how many characters phrases end without a mark."""
    for left, right in pairwise(_items(frontend, text)):
        if left.after >= Break.PHRASE and not isinstance(left, Mark) and not isinstance(right, Mark):
            yield left.span.end


def _syllables(frontend: Frontend, text: str) -> Iterator[Syllable]:
    return (item for item in _items(frontend, text) if isinstance(item, Syllable))


def _items(frontend: Frontend, text: str) -> Iterator[SpokenItem]:
    return (item for sentence in frontend.sentences(text) for item in sentence.items)
