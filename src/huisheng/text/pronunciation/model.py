"""Characters with several readings, decided by what stands around them: a log-linear model of our own.

It was trained on the sentences in `recipes/frontend/polyphones`; decision 0010 tells why it is not a network.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Final

from huisheng.text.linear import Choice, LinearModel, load
from huisheng.text.pronunciation.context import Place, features

_PACKAGE: Final = "huisheng.text.pronunciation"
_FILE: Final = "polyphones.model"
_TRUSTED: Final = frozenset({"word4", "part4"})
"""Proposals that no context overrules."""


class PolyphoneModel:
    """Decides readings. Immutable: threads may share it.

    Args:
        model: a group for each character or word, its labels the readings.
        doubtful: probability from which another reading is worth telling.
    """

    def __init__(self, model: LinearModel, doubtful: float = 0.1) -> None:
        self._model = model
        self.doubtful = doubtful

    def decides(self, place: Place, kind: str) -> bool:
        """Whether the reading of a character is in its hands, when a proposal of this kind has been made."""
        return kind not in _TRUSTED and self._group(place) is not None

    def tells_senses(self, place: Place) -> bool:
        """Whether it tells the senses of the very word, and with them a light tone from a full one."""
        return word_group(place) in self._model.groups

    def choose(self, place: Place, evidence: Sequence[str]) -> Choice:
        """Readings of a character that it decides, the likeliest first."""
        return self._model.choose(self._group(place) or place.character, features(place, evidence))

    def _group(self, place: Place) -> str | None:
        """The word and the place in it where the sense of a word decides, else the character."""
        if self.tells_senses(place):
            return word_group(place)
        return place.character if place.character in self._model.groups else None


def word_group(place: Place) -> str:
    """The name of a word's group: 大意1 for the second character of 大意."""
    return f"{place.words[place.position].text}{place.offset}"


@cache
def shipped() -> PolyphoneModel:
    """The model in this package."""
    return PolyphoneModel(load(_PACKAGE, _FILE))
