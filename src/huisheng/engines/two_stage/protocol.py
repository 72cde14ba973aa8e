"""What the voices of two stages are made of: an acoustic network outlines an utterance, a pipeline speaks it.

| network                        | frames            | pipeline           | vocoder of its own         |
|--------------------------------|-------------------|--------------------|----------------------------|
| `sambert.SambertNetwork`       | one after another | `SambertPipeline`  | `vocoder.HifiganVocoder`   |
| `parallel.ParallelNetwork`     | all at once       | `ParallelPipeline` | `vocoder.SpectralVocoder`  |

The vocoder may be that of another package, of either kind.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final, Protocol, TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

from huisheng.engines.protocol import EngineOptions
from huisheng.engines.two_stage.plan import Frames, Plan
from huisheng.engines.vocoder.protocol import Mel, Vocoder, VocoderStream
from huisheng.types import Samples
from huisheng.voice.load import VoicePackage

THREADS: Final = 2
"""That work on one utterance when it is alone; more are no use."""


class AnyOutline(Protocol):
    """An utterance before it is spoken."""

    @property
    def frames(self) -> Frames:
        """(L,) that each symbol lasts."""
        ...


Outlines = TypeVar("Outlines", bound=AnyOutline)
"""What a network knows of an utterance that is about to be spoken."""


class AcousticNetwork(Protocol[Outlines]):
    """Makes frames. It keeps no state: threads may share it."""

    @property
    def columns(self) -> int:
        """M of its frames."""
        ...

    @property
    def speaker_units(self) -> int:
        """S, channels of the vector of a speaker."""
        ...

    @property
    def emotion_units(self) -> int:
        """E, channels of the vector of an emotion."""
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
        """Frames (T, M) in stretches that follow each other without a seam; together all of them."""
        ...


class Pipeline(Protocol[Outlines]):
    """Makes samples. It keeps no state: threads may share it."""

    def outline(self, plan: Plan) -> tuple[Plan, Outlines]:
        """The network's outline, with the help of another thread where there is one.

        Raises:
            EngineError: the runtime failed, or what it gave is no speech.
        """
        ...

    def stream(self) -> VocoderStream:
        """The vocoder on a new utterance, whose frames are already there."""
        ...

    def samples(self, outline: Outlines) -> Iterator[Samples]:
        """Pieces (N,) that follow each other; together the whole. Nothing works on while one is handed over.

        Raises:
            EngineError: the runtime failed.
        """
        ...


Assemble: TypeAlias = Callable[
    [VoicePackage, Vocoder, EngineOptions], tuple[AcousticNetwork[Any], Pipeline[Any]]
]
"""Opens the network of a package and puts it to work with a vocoder."""
