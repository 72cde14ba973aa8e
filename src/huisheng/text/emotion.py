"""The emotion that a sentence would be spoken with, predicted from its words by a log-linear model.

Trained on the short texts in `recipes/frontend/emotions`. A suggestion, never a fact: it carries its
confidence, and below `DOUBTFUL` it is neutral.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from functools import cache
from typing import Final, NamedTuple

from huisheng.text.linear import LinearModel, load
from huisheng.text.segmentation import Segmenter, Word

LABELS: Final = ("neutral", "happy", "sad", "angry", "fearful", "surprised", "disgusted")
EMOTION, STRENGTH = "mood", "strength"
"""The groups of the model, by their names in its file."""
DOUBTFUL: Final = 0.3
"""Confidence below which a suggestion is neutral."""

_PACKAGE: Final = "huisheng.text"
_FILE: Final = "emotion.model"
_LONGEST: Final = 400
"""Characters that are looked at."""
_GRAMS: Final = (1, 2, 3)
_HAN: Final = re.compile("[\u3400-\u9fff]+")
_MARKS: Final = re.compile(
    r"[!！]{2,}|[?？]{2,}|[!！][?？]|[?？][!！]|…+|\.{3,}|[!！?？。~～]|[\U0001f300-\U0001faff☺☹❤]"
)
_EDGE: Final = "^"


class PredictedEmotion(NamedTuple):
    """One of `LABELS`, its strength 0…2 and how sure it is, 0…1."""

    label: str
    strength: float
    confidence: float


_NEUTRAL: Final = PredictedEmotion(LABELS[0], 0.0, 1.0)


def predict_emotion(text: str, segmenter: Segmenter, model: LinearModel | None = None) -> PredictedEmotion:
    """The emotion of a sentence; neutral where its beginning holds no Han character.

    Args:
        text: of any length; its beginning is looked at.
        segmenter: finds words.
        model: fitted on the features of this module; the one in this package when None.
    """
    beginning = text[:_LONGEST]
    if not _HAN.search(beginning):
        return _NEUTRAL
    model = model or load_model()
    present = features(beginning, segmenter)
    emotion = model.choose(EMOTION, present)
    if emotion.label == LABELS[0] or emotion.confidence < DOUBTFUL:
        return PredictedEmotion(LABELS[0], 0.0, dict(emotion.ranked)[LABELS[0]])
    degrees = model.choose(STRENGTH, [*present, f"is{emotion.label}"])
    strength = sum(float(degree) * odds for degree, odds in degrees.ranked)
    return PredictedEmotion(emotion.label, round(strength, 2), emotion.confidence)


def features(text: str, segmenter: Segmenter) -> list[str]:
    """What may tell an emotion: runs of characters, words and pairs of them, marks, beginnings and ends."""
    seen = ["bias", f"len{min(len(text) // 6, 8)}"]
    seen += [f"m{mark[:2]}" for mark in _MARKS.findall(text)]
    seen.append(f"e{text.rstrip()[-1:]}")
    runs = _HAN.findall(text)
    for run in runs:
        edged = f"{_EDGE}{run}{_EDGE}"
        for length in _GRAMS:
            seen += [f"c{edged[start : start + length]}" for start in range(len(edged) - length + 1)]
        seen += _word_features(segmenter.segment(run))
    seen.append(f"b{runs[0][:2]}")
    return list(dict.fromkeys(seen))


def _word_features(words: Sequence[Word]) -> list[str]:
    """What the words of a run of characters tell."""
    return [
        *[f"w{word.text}" for word in words],
        *[f"p{left.text} {right.text}" for left, right in itertools.pairwise(words)],
        f"t{words[0].tag} {words[-1].tag}",
    ]


@cache
def load_model() -> LinearModel:
    """The model in this package."""
    return load(_PACKAGE, _FILE)
