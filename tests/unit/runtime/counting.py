"""An engine that knows how often it was asked."""

from __future__ import annotations

from collections.abc import Generator

from huisheng.testing import SilentEngine
from huisheng.types import AudioChunk, Utterance


class CountingEngine(SilentEngine):
    """Counts the sentences that it says.

    Args:
        seconds_per_item: length of each sound.
    """

    def __init__(self, seconds_per_item: float = 0.2) -> None:
        super().__init__(seconds_per_item)
        self.asked = 0

    def synthesize(self, utterance: Utterance) -> Generator[AudioChunk]:
        """Silence."""
        self.asked += 1
        yield from super().synthesize(utterance)
