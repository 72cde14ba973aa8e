"""The third question: can the emotions be told apart on sentences never heard before?

A nearest-centroid classifier, the plainest there is: what it finds lies in the measures, not in its wit.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from benchmarks.emotion.measure import Reals
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, eq=False)
class Centroids:
    """What was learnt.

    Attributes:
        labels: (C,) the classes.
        means: (C, Q) mean of each class, in units of `deviation`.
        deviation: (Q,) standard deviation over all examples.
    """

    labels: tuple[str, ...]
    means: Reals
    deviation: Reals

    @classmethod
    def fit(cls, features: Reals, labels: Sequence[str]) -> Centroids:
        """From (S, Q) features and their S labels; every class has at least two examples."""
        names = tuple(dict.fromkeys(labels))
        groups = [features[[label == name for label in labels]] for name in names]
        means = np.stack([group.mean(axis=0) for group in groups])
        deviation = features.std(axis=0)
        return cls(names, means / deviation, deviation)

    def predict(self, features: Reals) -> list[str]:
        """The nearest class of each of (S, Q) features."""
        distances = np.square(features[:, None] / self.deviation - self.means).sum(axis=-1)
        return [self.labels[place] for place in distances.argmin(axis=1)]


def confusion(labels: Sequence[str], truth: Sequence[str], predicted: Sequence[str]) -> NDArray[np.int64]:
    """(C, C) counts; rows are what was meant, columns what was understood."""
    counts = np.zeros((len(labels), len(labels)), dtype=np.int64)
    for meant, understood in zip(truth, predicted, strict=True):
        counts[labels.index(meant), labels.index(understood)] += 1
    return counts


def accuracy(counts: NDArray[np.int64]) -> float:
    """Share of a confusion matrix that lies on its diagonal, 0…1."""
    return float(np.trace(counts) / counts.sum())
