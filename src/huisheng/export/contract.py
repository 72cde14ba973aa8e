"""The mel contract of what was learned from a corpus of ours."""

from __future__ import annotations

from typing import Final, Protocol

from huisheng.voice.mel import MelContract

DECIBELS: Final = (-80.0, 20.0)
"""Between which `audio.spectrogram` tells levels apart."""

VALUES: Final = (-4.0, 4.0)
"""That a corpus writes them as."""


class Analysed(Protocol):
    """A corpus, which tells how its speech became frames."""

    @property
    def sample_rate(self) -> int:
        """Hz."""
        ...

    @property
    def hop(self) -> int:
        """Samples."""
        ...

    @property
    def window(self) -> int:
        """Samples."""
        ...

    @property
    def fft(self) -> int:
        """Samples."""
        ...

    @property
    def mels(self) -> int:
        """M."""
        ...

    @property
    def lowest(self) -> float:
        """Hz."""
        ...

    @property
    def highest(self) -> float:
        """Hz."""
        ...


def contract_of(corpus: Analysed) -> MelContract:
    """What networks make or read that have learned from a corpus; its frames are in the middle of their hops
    and have a pitch each.
    """
    return MelContract(
        sample_rate=corpus.sample_rate,
        hop=corpus.hop,
        window=corpus.window,
        fft=corpus.fft,
        offset=corpus.hop // 2,
        bands=corpus.mels,
        lowest=corpus.lowest,
        highest=corpus.highest,
        decibels=DECIBELS,
        values=VALUES,
        pitched=True,
    )
