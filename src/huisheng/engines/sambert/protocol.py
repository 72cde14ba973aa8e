"""What both kinds of voice are made of: an acoustic network outlines an utterance, a pipeline speaks it with
a vocoder.

frame after frame     network.Network             pipeline.Pipeline              vocoder.Vocoder
all frames at once    parallel.ParallelNetwork    parallel.ParallelPipeline      spectral.SpectralVocoder

A voice has the vocoder of its line, or one that was lent to it, of either.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from huisheng.engines.sambert.helper import Help
from huisheng.engines.sambert.network import Mel
from huisheng.engines.sambert.plan import Frames, Plan
from huisheng.types import Samples


class Outlined(Protocol):
    """An utterance before it is spoken."""

    @property
    def frames(self) -> Frames:
        """(L,) that each symbol lasts."""
        ...


Outlines = TypeVar("Outlines", bound=Outlined)
"""What a network knows of an utterance that is about to be spoken."""


class Acoustic(Protocol[Outlines]):
    """Makes frames. It keeps no state: threads may share it."""

    @property
    def speaker_units(self) -> int:
        """S, channels of the vector of a speaker."""
        ...

    @property
    def emotion_units(self) -> int:
        """E, channels of the vector of a feeling."""
        ...

    def read(self, plan: Plan) -> tuple[Plan, NDArray[np.float32]]:
        """The (L, P) text of the symbols, and the plan with hesitations, if any, among them.

        Raises:
            EngineError: the runtime failed.
        """
        ...

    def outline(self, plan: Plan) -> tuple[Plan, Outlines]:
        """What is to be said of each symbol; where the voice hesitates, symbols are added to the plan.

        Raises:
            EngineError: the runtime failed, or what it gave is no speech.
        """
        ...

    def mels(self, outline: Outlines) -> Iterator[Mel]:
        """Frames in stretches that follow each other without a seam; together all of them."""
        ...


class Sound(Protocol):
    """A vocoder on one utterance."""

    def process(self, frames: Mel, beside: Help | None = None, /) -> Samples:
        """(T, M) the next frames → (N,) the samples that are ready, possibly none.

        Args:
            frames: the next.
            beside: another thread that helps, if any.
        """
        ...

    def flush(self, frames: Mel | None = None, beside: Help | None = None, /) -> Samples:
        """(T, M) the last frames, if any are left → (N,) all samples that are. Call it once, at the end.

        Args:
            frames: the last ones.
            beside: as above.
        """
        ...


class Sounding(Protocol):
    """A vocoder. It keeps no state: threads may share it."""

    @property
    def columns(self) -> int:
        """M of the frames that it is given, with pitch and voicing where it is driven by them."""
        ...

    @property
    def ahead(self) -> int:
        """Frames that it waits for before a frame's samples are out."""
        ...

    def stream(self) -> Sound:
        """For a new utterance."""
        ...


class Speaking(Protocol[Outlines]):
    """Makes samples. It keeps no state: threads may share it."""

    def outline(self, plan: Plan) -> tuple[Plan, Outlines]:
        """As of the network, with the help of another thread where there is one.

        Raises:
            EngineError: the runtime failed, or what it gave is no speech.
        """
        ...

    def stream(self) -> Sound:
        """The vocoder on a new utterance, whose frames are already there."""
        ...

    def samples(self, outline: Outlines) -> Iterator[Samples]:
        """Pieces (N,) that follow each other; together the whole. Nothing works on while one is handed over.

        Raises:
            EngineError: the runtime failed.
        """
        ...
