"""What the server asks of a synthesizer to explain a reading."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from typing import Final

from huisheng.runtime.budget import Budget
from huisheng.runtime.options import SynthesisOptions
from huisheng.runtime.reading import Explanation
from huisheng.runtime.synthesizer import Synthesizer
from huisheng.runtime.work.steps import Piece

READER: Final = "reader"
"""The front-end alone, where engines are told apart."""


@dataclass(frozen=True, slots=True)
class ExplainReading:
    """What would be said of a text, and why; `budget` bounds how much that may be, `hidden` are voices that
    the text may not name.
    """

    text: str
    options: SynthesisOptions
    budget: Budget
    hidden: frozenset[str] = frozenset()

    def begin(self, synthesizer: Synthesizer) -> Generator[Piece[Explanation]]:
        """Begin the work; see `Work.begin`.

        Raises:
            RequestError: with the first step, that the text cannot be read.
        """
        yield Piece(synthesizer.without(self.hidden).explain_reading(self.text, self.options, self.budget))
