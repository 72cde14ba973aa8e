"""Models of polyphones that are as sure as a test wants, whatever stands around a character."""

from __future__ import annotations

from collections.abc import Mapping
from math import log

import numpy as np

from huisheng.text.linear import LinearModel, hashes
from huisheng.text.pronunciation.polyphones import PolyphoneModel

_EVERYWHERE = ["bias"]
"""The feature that every place has."""
_SCALE = 0.05
"""Weights in eight bits reach from −6.35 to 6.35."""


def deciding(**odds: Mapping[str, float]) -> PolyphoneModel:
    """A model that gives each group, a character or a word and a place in it, these odds everywhere."""
    groups = {group: tuple(sorted(labels)) for group, labels in odds.items()}
    found = np.concatenate([hashes(group, _EVERYWHERE) for group in groups])
    order = np.argsort(found)
    widest = max(map(len, groups.values()))
    table = np.zeros((len(groups), widest), dtype=np.int8)
    for row, (group, labels) in enumerate(groups.items()):
        table[row, : len(labels)] = [round(log(odds[group][label]) / _SCALE) for label in labels]
    return PolyphoneModel(LinearModel(groups, {}, _SCALE, "toy", found[order], table[order]))
