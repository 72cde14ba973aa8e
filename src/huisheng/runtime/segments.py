"""Cutting a sentence where another voice begins, or where markup asks for so much silence.

Where another emotion begins it is cut too, but for voices whose emotion may change within a sentence.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import cache
from typing import NamedTuple

from huisheng.emotion.emphasis import apply_emphasis
from huisheng.types import (
    PLAIN,
    Emotion,
    Inflection,
    Mark,
    ResolvedOptions,
    Sentence,
    Span,
    SpokenItem,
    Utterance,
)


class SpeechSegment(NamedTuple):
    """What an engine says in one go, and the exact silence after it in seconds.

    `utterance` is None where there is nothing but silence.
    """

    utterance: Utterance | None
    rest: float


def segments(
    sentence: Sentence, options: ResolvedOptions, shifts: Callable[[str], bool] = lambda _: False
) -> Iterator[SpeechSegment]:
    """The stretches of a sentence; the spans of what is said cover it once, in order.

    Args:
        sentence: with the inflections of its items.
        options: of the whole.
        shifts: whether a voice may change its emotion without a cut.
    """
    if all(not item.exact if isinstance(item, Mark) else item.inflection is PLAIN for item in sentence.items):
        yield SpeechSegment(Utterance(sentence, options), 0.0)
        return

    @cache
    def flows(voice: str) -> bool:
        return shifts(voice or options.voice)

    groups = _groups(sentence.items, flows)
    last = max((index for index, group in enumerate(groups) if _is_said(group)), default=0)
    start = sentence.span.start
    for index, group in enumerate(groups):
        end = sentence.span.end if index == last else min(max(start, group[-1].span.end), sentence.span.end)
        yield _make_segment(sentence, group, Span(start, end), options)
        start = end if _is_said(group) else start


def _is_said(group: Sequence[SpokenItem]) -> bool:
    return any(not isinstance(item, Mark) for item in group)


def _groups(items: Sequence[SpokenItem], shifts: Callable[[str], bool]) -> list[list[SpokenItem]]:
    """Items that one engine call can say; an exact rest ends its group."""
    groups: list[list[SpokenItem]] = [[]]
    key: tuple[str, Emotion | None] | None = None
    rested = False
    for item in items:
        own = key if isinstance(item, Mark) else _call_key(item.inflection, shifts)
        if rested or (key is not None and own != key):
            groups.append([])
        key = own
        rested = isinstance(item, Mark) and item.exact
        groups[-1].append(item)
    return [group for group in groups if group]


def _call_key(inflection: Inflection, shifts: Callable[[str], bool]) -> tuple[str, Emotion | None]:
    """What must be the same within one call."""
    emotion = inflection.emotion
    return inflection.voice, None if emotion is None or shifts(inflection.voice) else emotion


def _make_segment(
    sentence: Sentence, group: Sequence[SpokenItem], span: Span, options: ResolvedOptions
) -> SpeechSegment:
    last = group[-1]
    rest = float(last.pause) if isinstance(last, Mark) and last.exact else 0.0
    said = tuple(map(_add_emphasis, group[:-1] if rest else group))
    inflections = [item.inflection for item in said if not isinstance(item, Mark)]
    if not inflections:
        return SpeechSegment(None, rest)
    piece = replace(sentence, span=span, items=said)
    return SpeechSegment(Utterance(piece, _segment_options(options, inflections)), rest)


def _add_emphasis(item: SpokenItem) -> SpokenItem:
    return item if isinstance(item, Mark) else replace(item, inflection=apply_emphasis(item.inflection))


def _segment_options(options: ResolvedOptions, inflections: Sequence[Inflection]) -> ResolvedOptions:
    """The options of a stretch: its voice, and its emotion where there is one for all of it."""
    emotions = {inflection.emotion for inflection in inflections}
    common = emotions.pop() if len(emotions) == 1 else None
    return replace(options, voice=inflections[0].voice or options.voice, emotion=common or options.emotion)
