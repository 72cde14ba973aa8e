"""A transcript as parts between which a recording may be cut, and how many syllables each takes to say."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from huisheng.text.frontend import Frontend
from huisheng.types import EnglishWord, Mark, Sentence, Span, Syllable


class SyllablePart(NamedTuple):
    """A clause.

    Attributes:
        span: in characters of the transcript.
        syllables: that it takes.
        ends_sentence: whether a sentence ends with it.
    """

    span: Span
    syllables: int
    ends_sentence: bool = True


def parts(text: str, frontend: Frontend) -> tuple[SyllablePart, ...]:
    """The clauses of a transcript; they cover it once, in order, and each says something unless none does.

    Args:
        text: one transcript.
        frontend: reads it: numbers and letters are counted as they are said.

    Raises:
        SetupError: dictionary data is not installed.
    """
    found = [part for sentence in frontend.sentences(text) for part in _parts(sentence)]
    return tuple(_attach_silent(found))


def _parts(sentence: Sentence) -> Iterator[SyllablePart]:
    """The clauses of a sentence; each begins after the marks of the one before."""
    start, count, ended = sentence.span.start, 0, False
    for item in sentence.items:
        if isinstance(item, Mark):
            ended = count > 0
            continue
        if ended and start < item.span.start:
            yield SyllablePart(Span(start, item.span.start), count, ends_sentence=False)
            start, count = item.span.start, 0
        count, ended = count + _syllables(item), False
    yield SyllablePart(Span(start, sentence.span.end), count)


def _syllables(item: object) -> int:
    """An English syllable has one vowel, and ARPAbet's vowels carry their stress as a digit."""
    if isinstance(item, Syllable):
        return 1
    if isinstance(item, EnglishWord):
        return max(1, sum(phone[-1].isdigit() for phone in item.phones))
    return 0


def _attach_silent(found: Iterable[SyllablePart]) -> list[SyllablePart]:
    """Parts that say nothing joined to the one before, or at the beginning to the one behind."""
    joined = list[SyllablePart]()
    for part in found:
        if joined and not (part.syllables and joined[-1].syllables):
            last = joined.pop()
            span = Span(last.span.start, part.span.end)
            joined.append(SyllablePart(span, last.syllables + part.syllables, part.ends_sentence))
        else:
            joined.append(part)
    return joined
