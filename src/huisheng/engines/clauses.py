"""Cutting a sentence into the pieces that a model speaks in one call."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple, TypeAlias

from huisheng.types import Mark, Sentence, Span, SpokenItem

Items: TypeAlias = tuple[SpokenItem, ...]

ENOUGH: Final = (6, 20, 40)
"""A clause ends at the first mark after so many spoken items: the first early, for a quick start; later ones,
made while those before them are heard, may be longer, which sounds better."""


@dataclass(frozen=True, slots=True)
class Clause:
    """What one call of a model says.

    Attributes:
        items: of the sentence; at least one is spoken.
        span: source characters of the sentence that have been said when it ends.
        pause: seconds of silence after it at normal speed, 0 at the end of the sentence and where it is cut
            between two words.
        last: whether the sentence ends with it.
    """

    items: Items
    span: Span
    pause: float
    last: bool

    @property
    def finals(self) -> frozenset[int]:
        """Indices of the spoken items before a mark or at the end."""
        spoken = [index for index, item in enumerate(self.items) if not isinstance(item, Mark)]
        following = [*spoken[1:], len(self.items) + 1]
        return frozenset(index for index, after in zip(spoken, following, strict=True) if after != index + 1)


def clauses(
    sentence: Sentence,
    weigh: Callable[[SpokenItem], int],
    heaviest: int,
    enough: Sequence[int] = ENOUGH,
) -> tuple[Clause, ...]:
    """Cut a sentence at its marks; together the clauses hold every spoken item once, in order.

    A mark that a clause has no room for ends it, and only its pause is kept.

    Args:
        sentence: at least one of its items is spoken.
        weigh: how much of the model's input an item takes.
        heaviest: input that the model takes in one call; a stretch without marks is cut there.
        enough: spoken items after which each clause may end, the last number again and again.
    """
    groups = _groups(sentence.items, weigh, heaviest, enough)
    return tuple(_clause(sentence, group, index + 1 == len(groups)) for index, group in enumerate(groups))


class _Group(NamedTuple):
    """Items of a clause, and the marks after them that it has no room for."""

    items: list[SpokenItem]
    marks: list[Mark]


def _clause(sentence: Sentence, group: _Group, last: bool) -> Clause:
    final = [*group.items, *group.marks][-1]
    pause = final.pause if isinstance(final, Mark) and not last else 0.0
    end = sentence.span.end if last else final.span.end
    return Clause(tuple(group.items), Span(sentence.span.start, end), pause, last)


def _groups(
    items: Items, weigh: Callable[[SpokenItem], int], heaviest: int, limits: Sequence[int]
) -> list[_Group]:
    groups = [_Group([], [])]
    spoken = weight = 0
    for item in items:
        group, own = groups[-1], weigh(item)
        full = weight + own > heaviest
        if isinstance(item, Mark):
            if full or group.marks:
                group.marks.append(item)
                continue
        elif full or group.marks or _has_paused(group, spoken, limits[: len(groups)][-1]):
            if not spoken:
                groups.pop()  # marks before the first word are no pause
            groups.append(_Group([], []))
            spoken = weight = 0
        groups[-1].items.append(item)
        spoken += not isinstance(item, Mark)
        weight += own
    return groups


def _has_paused(group: _Group, spoken: int, enough: int) -> bool:
    """Whether a clause has said enough and paused."""
    return spoken >= enough and isinstance(group.items[-1], Mark)
