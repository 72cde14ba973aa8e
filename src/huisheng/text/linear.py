"""Log-linear models on sparse features, as tables: `huisheng.training.linear` fits, the front-end reads.

A model decides between the labels of a group (the readings of a character, the emotions of a sentence) by the
sum of the weights of the features that are present (Berger, Della Pietra & Della Pietra 1996, "A maximum
entropy approach to natural language processing"). The file holds a line that names its kind, a line of JSON,
the sorted hashes of the features and their weights in eight bits; it is mapped into memory, not read.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib import resources
from itertools import accumulate, chain
from math import exp
from operator import itemgetter
from typing import Final, NamedTuple, TypeAlias, cast
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

_KIND: Final = b"huisheng-linear 1\n"
_LIMIT: Final = 127
"""The largest weight in eight bits."""

Hashes: TypeAlias = NDArray[np.uint32]
"""(K,) sorted."""
Weights: TypeAlias = NDArray[np.int8]
"""(K, R) for each feature and label of its group."""


class Prediction(NamedTuple):
    """What a model decides: labels with their probabilities, the likeliest first."""

    ranked: tuple[tuple[str, float], ...]

    @property
    def label(self) -> str:
        """The likeliest."""
        return self.ranked[0][0]

    @property
    def confidence(self) -> float:
        """Its probability."""
        return self.ranked[0][1]


class Question(NamedTuple):
    """Which labels of a group are likely where these features are present."""

    group: str
    features: Sequence[str]


@dataclass(frozen=True)
class LinearModel:
    """A fitted model. Immutable: threads may share it.

    Attributes:
        groups: name → its labels.
        shared: kinds of proposals (`word2=hang2` is of the kind `word2`) → weight of the label they propose.
        scale: a weight of 1 in the table.
        fingerprint: of what it was trained on.
        hashes: (K,) of the features.
        weights: (K, R) of the features.
    """

    groups: Mapping[str, tuple[str, ...]]
    shared: Mapping[str, float]
    scale: float
    fingerprint: str
    hashes: Hashes
    weights: Weights

    def choose(self, group: str, features: Sequence[str]) -> Prediction:
        """Decide between the labels of a group that the model knows, by the features that are present."""
        return self.choose_all([Question(group, features)])[0]

    def choose_all(self, questions: Sequence[Question]) -> list[Prediction]:
        """Answer several questions at once, in less time than one by one; none is without features."""
        predictions: list[Prediction] = []
        sums: list[list[float]] = self._sums(questions).tolist()
        for (group, features), row in zip(questions, sums, strict=True):
            labels = self.groups[group]
            scores = row[: len(labels)]
            for feature in features:
                if "=" in feature:
                    kind, _, label = feature.partition("=")
                    if label in labels:
                        scores[labels.index(label)] += self.shared.get(kind, 0.0)
            predictions.append(_prediction(labels, scores))
        return predictions

    def odds(self, group: str, instances: Sequence[Sequence[str]], label: str) -> list[float]:
        """The probability of one label for each of several instances, none of them empty."""
        labels = self.groups[group]
        scores = self._sums([Question(group, features) for features in instances])[:, : len(labels)]
        exponentials = np.exp(scores - scores.max(axis=1, keepdims=True))
        column = exponentials[:, labels.index(label)] / exponentials.sum(axis=1)
        return column.tolist()

    def _sums(self, questions: Sequence[Question]) -> NDArray[np.float64]:
        """(Q, R) of the weights of the features of each question, none of them empty."""
        if not questions:
            return np.empty((0, self.weights.shape[1]))
        present = chain.from_iterable([_codes(*question) for question in questions])
        weights = self._weights_of(np.array(list(present), dtype=np.uint32))
        starts = list(accumulate([len(question.features) for question in questions[:-1]], initial=0))
        return np.add.reduceat(weights, starts, axis=0, dtype=np.int64) * self.scale

    def _weights_of(self, wanted: Hashes) -> Weights:
        """(F, R) weights of features by hash, 0 for those that the model does not know.

        A hash is sought from the first one that begins with the same bits: few do, so that this takes half
        the time of a binary search, which leaps through the whole table.
        """
        sought = np.minimum(wanted, self.hashes[-1])
        places = self._starts.take(sought >> self._shift)
        found = self.hashes.take(places)
        while np.count_nonzero(behind := found < sought):
            places += behind
            found = self.hashes.take(places)
        return self.weights.take(places, axis=0) * (found == wanted)[:, None]

    @property
    def _shift(self) -> int:
        """Bits of a hash behind those that `_starts` tells apart: these have as many values as there are
        hashes, or up to twice as many.
        """
        return 32 - len(self.hashes).bit_length()

    @cached_property
    def _starts(self) -> NDArray[np.int32]:
        """(2 ** (32 - `_shift`),) for each value of the first bits, how many hashes have a smaller one."""
        counts = np.bincount(self.hashes >> self._shift, minlength=1 << (32 - self._shift))
        return (counts.cumsum() - counts).astype(np.int32)


def _prediction(labels: Sequence[str], scores: Sequence[float]) -> Prediction:
    """The labels of a group by their scores, which are log-odds."""
    highest = max(scores)
    exponentials = [exp(score - highest) for score in scores]
    total = sum(exponentials)
    odds = [exponential / total for exponential in exponentials]
    return Prediction(tuple(sorted(zip(labels, odds, strict=True), key=itemgetter(1), reverse=True)))


def hashes(group: str, features: Sequence[str]) -> Hashes:
    """(F,) where the features of a group stand in the table."""
    return np.array(_codes(group, features), dtype=np.uint32)


def _codes(group: str, features: Sequence[str]) -> list[int]:
    seed = crc32(group.encode())
    return [crc32(feature.encode(), seed) for feature in features]


def save(model: LinearModel) -> bytes:
    """The file of a model."""
    header = {
        "groups": {group: list(labels) for group, labels in model.groups.items()},
        "shared": dict(model.shared),
        "scale": model.scale,
        "fingerprint": model.fingerprint,
        "features": len(model.hashes),
        "labels": model.weights.shape[1],
    }
    line = json.dumps(header, ensure_ascii=False, sort_keys=True).encode() + b"\n"
    return _KIND + line + model.hashes.astype("<u4").tobytes() + model.weights.tobytes()


def load(package: str, name: str) -> LinearModel:
    """The model in `data/<name>` of a package, mapped into memory."""
    with resources.as_file(resources.files(package).joinpath("data", name)) as path:
        mapped = np.memmap(path, dtype=np.uint8, mode="r")
    content = np.asarray(mapped)  # mapped still, but without a subclass
    start = len(_KIND)
    end = start + int(np.flatnonzero(content[start:] == ord("\n"))[0]) + 1
    header = json.loads(content[start:end].tobytes())
    features, labels = int(header["features"]), int(header["labels"])
    # Numpy copies a table that is not aligned at every search.
    hashes = np.require(content[end : end + 4 * features].view("<u4"), requirements="A")
    weights = content[end + 4 * features :].view(np.int8).reshape(features, labels)
    return LinearModel(
        groups={group: tuple(names) for group, names in header["groups"].items()},
        shared=cast("dict[str, float]", header["shared"]),
        scale=float(header["scale"]),
        fingerprint=str(header["fingerprint"]),
        hashes=hashes,
        weights=weights,
    )


def quantize(weights: NDArray[np.float32]) -> tuple[Weights, float]:
    """(K, R) weights in eight bits, and the scale that restores them."""
    scale = float(np.abs(weights).max(initial=1e-9)) / _LIMIT
    return np.rint(weights / scale).astype(np.int8), scale
