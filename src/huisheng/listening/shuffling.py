"""The order of the candidates of each sentence, so that a listener cannot know which is which."""

from __future__ import annotations

import random
from typing import TypeAlias

Order: TypeAlias = tuple[int, ...]
"""Candidates, counted from 0, from the first place to the last."""


def keep_order(sentences: int, candidates: int) -> tuple[Order, ...]:
    """The order in which they were asked for, the same for each sentence."""
    return (tuple(range(candidates)),) * sentences


def shuffle(sentences: int, candidates: int, seed: int) -> tuple[Order, ...]:
    """An order for each sentence, the same for the same seed.

    Listeners favour a place, so each candidate stands in each place equally often, as far as the number of
    sentences divides: orders are drawn as whole Latin squares (the rotations of one order) and then mixed.
    """
    draw = random.Random(seed)
    orders: list[Order] = []
    while len(orders) < sentences:
        first = draw.sample(range(candidates), candidates)
        orders += [tuple(first[start:] + first[:start]) for start in range(candidates)]
    draw.shuffle(orders)
    return tuple(orders[:sentences])
