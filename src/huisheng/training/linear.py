"""Fitting log-linear models: conditional maximum likelihood with Gaussian priors, by Adam on the whole set.

How much a label of a group weighs does not depend on how many examples were written for it, but on what is
asked for: all alike, or each as often as it occurs in running text (prior correction by weighting, King and
Zeng 2001, "Logistic regression in rare events data").
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from huisheng.text.linear import LinearModel, hashes, quantize

Floats: TypeAlias = NDArray[np.float32]
Indices: TypeAlias = NDArray[np.int64]

Shares: TypeAlias = Mapping[str, Mapping[str, float]]
"""Group → label → how often it occurs in running text, in any unit."""

_IMPOSSIBLE: Final = np.float32(-1e9)
_LEAST_SHARE: Final = 0.03
"""Share of a label that was never counted, or hardly: counts are small."""


@dataclass(frozen=True, slots=True)
class Example:
    """The features of one training example and its label.

    Attributes:
        group: whose labels are meant.
        label: the correct one.
        features: what is present; `kind=label` proposes a label.
        weight: how much it counts beside the others of its label.
    """

    group: str
    label: str
    features: Sequence[str]
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class Recipe:
    """How to fit.

    Attributes:
        prior: strength of the pull of every weight towards 0.
        balance: 0 counts every example alike, 1 every label of a group; of groups without known shares.
        natural: 0 counts every label of a group with known shares alike, 1 each by its share.
        steps: of Adam.
        rate: of the first step.
        fewest: examples that a feature must be seen in.
        smallest: share of the largest weight below which a feature is dropped.
    """

    prior: float = 1.5
    balance: float = 0.7
    natural: float = 1.0
    steps: int = 150
    rate: float = 0.05
    fewest: int = 1
    smallest: float = 0.004


@dataclass(frozen=True, slots=True)
class _Problem:
    """The examples as arrays.

    Attributes:
        hashes: (K,) of the features, sorted.
        columns: (F,) features of all examples, one after the other.
        starts: (N,) where those of each example begin.
        rows: (F,) the example of each.
        labels: (N,) right label of each example.
        possible: (N, R) whether the group has that label.
        weights: (N,) of the examples.
        proposals: (P, 3) example, proposed label, kind.
        kinds: names of the kinds of proposals.
    """

    hashes: NDArray[np.uint32]
    columns: Indices
    starts: Indices
    rows: Indices
    labels: Indices
    possible: NDArray[np.bool_]
    weights: Floats
    proposals: Indices
    kinds: tuple[str, ...]


def fit(
    examples: Sequence[Example], recipe: Recipe, fingerprint: str, shares: Shares | None = None
) -> LinearModel:
    """The model that explains the examples best.

    Args:
        examples: of all groups; a group with a single label is left out.
        recipe: how.
        fingerprint: of the data, kept in the model.
        shares: of labels in running text, where they are known.
    """
    groups = _groups(examples)
    chosen = [example for example in examples if example.group in groups]
    problem = _problem(chosen, groups, recipe, shares or {})
    weights, shared = _minimize(problem, recipe)
    kept = np.abs(weights).max(axis=1) >= recipe.smallest * np.abs(weights).max(initial=0.0)
    table, scale = quantize(weights[kept])
    kinds = {kind: round(float(weight), 4) for kind, weight in zip(problem.kinds, shared, strict=True)}
    return LinearModel(groups, kinds, scale, fingerprint, problem.hashes[kept], table)


def _groups(examples: Iterable[Example]) -> dict[str, tuple[str, ...]]:
    found: dict[str, set[str]] = {}
    for example in examples:
        found.setdefault(example.group, set()).add(example.label)
    return {group: tuple(sorted(labels)) for group, labels in sorted(found.items()) if len(labels) > 1}


def _problem(
    examples: Sequence[Example], groups: dict[str, tuple[str, ...]], recipe: Recipe, shares: Shares
) -> _Problem:
    present = [np.unique(hashes(example.group, example.features)).tolist() for example in examples]
    seen = Counter(feature for features in present for feature in features)
    kept = np.array(sorted(f for f, count in seen.items() if count >= recipe.fewest), dtype=np.uint32)
    place = {feature: index for index, feature in enumerate(kept.tolist())}
    columns = [[place[feature] for feature in features if feature in place] or [0] for features in present]
    lengths = np.array([len(row) for row in columns])
    widest = max(map(len, groups.values()))
    kinds, proposals = _proposals(examples, groups)
    return _Problem(
        hashes=kept,
        columns=np.concatenate([np.array(row, dtype=np.int64) for row in columns]),
        starts=np.concatenate([[0], np.cumsum(lengths)[:-1]]),
        rows=np.repeat(np.arange(len(examples)), lengths),
        labels=np.array([groups[example.group].index(example.label) for example in examples]),
        possible=np.array([[r < len(groups[example.group]) for r in range(widest)] for example in examples]),
        weights=_balance(examples, recipe, shares),
        proposals=proposals,
        kinds=kinds,
    )


def _proposals(
    examples: Sequence[Example], groups: dict[str, tuple[str, ...]]
) -> tuple[tuple[str, ...], Indices]:
    kinds: dict[str, int] = {}
    found = [
        (row, groups[example.group].index(label), kinds.setdefault(kind, len(kinds)))
        for row, example in enumerate(examples)
        for kind, proposes, label in (feature.partition("=") for feature in example.features)
        if proposes and label in groups[example.group]
    ]
    return tuple(kinds), np.array(found, dtype=np.int64).reshape(-1, 3)


def _balance(examples: Sequence[Example], recipe: Recipe, shares: Shares) -> Floats:
    """(N,) weights that sum to those of the examples of each group."""
    totals: defaultdict[str, defaultdict[str, float]] = defaultdict(lambda: defaultdict(float))
    for example in examples:
        totals[example.group][example.label] += example.weight
    factors = {
        group: _factors(of_labels, _label_weights(of_labels, recipe, shares.get(group, {})))
        for group, of_labels in totals.items()
    }
    return np.array([e.weight * factors[e.group][e.label] for e in examples], dtype=np.float32)


def _label_weights(
    totals: Mapping[str, float], recipe: Recipe, shares: Mapping[str, float]
) -> Mapping[str, float]:
    """How much each label shall weigh beside the others of its group."""
    counted = sum(shares.get(label, 0.0) for label in totals)
    if not counted:
        return {label: total ** (1.0 - recipe.balance) for label, total in totals.items()}
    return {label: max(shares.get(label, 0.0) / counted, _LEAST_SHARE) ** recipe.natural for label in totals}


def _factors(totals: Mapping[str, float], wanted: Mapping[str, float]) -> Mapping[str, float]:
    """What the weight of each example of a label is multiplied by; the sum of the group stays."""
    scale = sum(totals.values()) / sum(wanted.values())
    return {label: wanted[label] * scale / total for label, total in totals.items()}


def _minimize(problem: _Problem, recipe: Recipe) -> tuple[Floats, Floats]:
    """(K, R) weights of features and (P,) of the kinds of proposals."""
    weights = np.zeros((len(problem.hashes), problem.possible.shape[1]), dtype=np.float32)
    shared = np.ones(len(problem.kinds), dtype=np.float32)
    adam_weights, adam_shared = _Adam(weights), _Adam(shared)
    for step in range(1, recipe.steps + 1):
        gradient = _gradient(problem, weights, shared)
        by_feature = [
            np.bincount(problem.columns, weights=gradient[problem.rows, label], minlength=len(weights))
            for label in range(gradient.shape[1])
        ]
        by_kind = np.bincount(
            problem.proposals[:, 2],
            weights=gradient[problem.proposals[:, 0], problem.proposals[:, 1]],
            minlength=len(shared),
        )
        rate = recipe.rate * (1.0 - step / (recipe.steps + 1))
        weights -= adam_weights.step(np.stack(by_feature, axis=1) + recipe.prior * weights, rate)
        shared -= adam_shared.step(by_kind + recipe.prior * (shared - 1.0), rate)
    return weights, shared


def _gradient(problem: _Problem, weights: Floats, shared: Floats) -> Floats:
    """(N, R) derivatives of the loss with respect to the scores."""
    scores = np.add.reduceat(weights[problem.columns], problem.starts, axis=0)
    np.add.at(scores, (problem.proposals[:, 0], problem.proposals[:, 1]), shared[problem.proposals[:, 2]])
    scores[~problem.possible] = _IMPOSSIBLE
    odds = np.exp(scores - scores.max(axis=1, keepdims=True))
    odds /= odds.sum(axis=1, keepdims=True)
    odds[np.arange(len(odds)), problem.labels] -= 1.0
    return odds * problem.weights[:, None]


class _Adam:
    """Adaptive moments (Kingma & Ba 2015, arXiv 1412.6980) of one array."""

    def __init__(self, parameters: Floats) -> None:
        self._mean = np.zeros_like(parameters)
        self._square = np.zeros_like(parameters)
        self._steps = 0

    def step(self, gradient: NDArray[np.floating], rate: float) -> Floats:
        """What to subtract from the parameters, of their shape."""
        self._steps += 1
        self._mean += 0.1 * (gradient.astype(np.float32) - self._mean)
        self._square += 0.01 * (gradient.astype(np.float32) ** 2 - self._square)
        mean = self._mean / (1.0 - 0.9**self._steps)
        square = self._square / (1.0 - 0.99**self._steps)
        return rate * mean / (np.sqrt(square) + np.float32(1e-6))
