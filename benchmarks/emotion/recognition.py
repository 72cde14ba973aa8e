"""The classifier at work: which examples it learns from, and which it is asked about."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from benchmarks.emotion.classify import Centroids, accuracy, confusion
from benchmarks.emotion.deviations import Measured, paired_deviations, unpaired_deviations
from benchmarks.emotion.measure import Reals
from benchmarks.emotion.sentences import Sentences
from benchmarks.emotion.takes import Take
from numpy.typing import NDArray

Featurize: TypeAlias = Callable[[Sequence[Take]], Reals]


@dataclass(frozen=True, slots=True, eq=False)
class Recognition:
    """How well the emotions are recognized at intensity 1.

    Attributes:
        labels: (C,) the classes, neutral first.
        unpaired: (C, C) unseen sentences, against their voice's mean neutral on the training sentences.
        paired: accuracy when the neutral of the unseen sentence itself is known, 0…1.
        unheard_voice: accuracy, unpaired, when nothing is learnt from the voice; None for one voice.
    """

    labels: tuple[str, ...]
    unpaired: NDArray[np.int64]
    paired: float
    unheard_voice: float | None


def recognition(
    measured: Measured, voices: Sequence[str], emotions: Sequence[str], sentences: Sentences
) -> Recognition:
    """Learn from the training sentences, ask about the test sentences."""
    labels = ("neutral", *emotions)

    def takes(speakers: Sequence[str], texts: Sequence[str]) -> list[Take]:
        return [Take(voice, label, 1.0, text) for voice in speakers for label in labels for text in texts]

    def free(examples: Sequence[Take]) -> Reals:
        return unpaired_deviations(measured, examples, sentences.training)

    training, test = takes(voices, sentences.training), takes(voices, sentences.test)
    folds = [
        (
            takes([other for other in voices if other != voice], sentences.training),
            takes([voice], sentences.test),
        )
        for voice in voices
    ]
    return Recognition(
        labels,
        _ask(free, labels, training, test),
        accuracy(_ask(lambda examples: paired_deviations(measured, examples), labels, training, test)),
        accuracy(np.sum([_ask(free, labels, *fold) for fold in folds], axis=0)) if len(voices) > 1 else None,
    )


def _ask(
    featurize: Featurize, labels: Sequence[str], training: Sequence[Take], test: Sequence[Take]
) -> NDArray[np.int64]:
    """(C, C) confusion."""
    centroids = Centroids.fit(featurize(training), [take.emotion for take in training])
    return confusion(labels, [take.emotion for take in test], centroids.predict(featurize(test)))
