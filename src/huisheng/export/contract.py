"""The mel contract of networks that were trained on a corpus of ours."""

from __future__ import annotations

from typing import Final, Protocol

from huisheng.voice.mel import MelContract

DECIBELS: Final = (-80.0, 20.0)
"""Range of levels of `audio.spectrogram`, dB."""

VALUES: Final = (-4.0, 4.0)
"""Values of a corpus at the ends of that range."""


class HasSpectrogram(Protocol):
    """A corpus, which states how its spectrograms were computed."""

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


def contract_of(corpus: HasSpectrogram) -> MelContract:
    """The mel contract of networks trained on a corpus; its frames are in the middle of their hops and have a
    pitch each.
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
