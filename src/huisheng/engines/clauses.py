"""Cutting a sentence into the pieces that a model speaks in one call."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

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
        pause: seconds of silence after it at normal speed, 0 at the end of the sentence.
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

    A mark that a clause has no room for is left out: it would only be a pause.

    Args:
        sentence: at least one of its items is spoken.
        weigh: how much of the model's input an item takes.
        heaviest: input that the model takes in one call; a stretch without marks is cut there.
        enough: spoken items after which each clause may end, the last number again and again.
    """
    groups = _groups(sentence.items, weigh, heaviest, enough)
    return tuple(_clause(sentence, group, index + 1 == len(groups)) for index, group in enumerate(groups))


def _clause(sentence: Sentence, items: Items, last: bool) -> Clause:
    mark = items[-1]
    pause = mark.pause if isinstance(mark, Mark) and not last else 0.0
    end = sentence.span.end if last else mark.span.end
    return Clause(items, Span(sentence.span.start, end), pause, last)


def _groups(
    items: Items, weigh: Callable[[SpokenItem], int], heaviest: int, limits: Sequence[int]
) -> list[Items]:
    groups: list[list[SpokenItem]] = [[]]
    spoken = weight = 0
    for item in items:
        full = weight + weigh(item) > heaviest
        if isinstance(item, Mark) and full:
            continue
        enough = limits[min(len(groups), len(limits)) - 1]
        rested = spoken >= enough and isinstance(groups[-1][-1], Mark)
        if not isinstance(item, Mark) and (rested or full):
            groups.append([])
            spoken = weight = 0
        groups[-1].append(item)
        spoken += not isinstance(item, Mark)
        weight += weigh(item)
    return [tuple(group) for group in groups if not all(isinstance(item, Mark) for item in group)]
