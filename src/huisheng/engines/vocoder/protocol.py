"""What every vocoder is: frames in, samples out, the same samples however the frames are cut."""

from __future__ import annotations

from typing import Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from huisheng.engines.windows import HelperQueue
from huisheng.types import Samples

Mel: TypeAlias = NDArray[np.float32]
"""(T, M) frames, normalised as in training; of a voice with F0 the last two columns are F0 and voicing."""


class VocoderStream(Protocol):
    """A vocoder on one utterance."""

    def process(self, frames: Mel, helper: HelperQueue | None = None, /) -> Samples:
        """(T, M) the next frames → (N,) the samples that are ready, possibly none.

        Args:
            frames: the next.
            helper: another thread that helps, if any.
        """
        ...

    def flush(self, frames: Mel | None = None, helper: HelperQueue | None = None, /) -> Samples:
        """(T, M) the last frames, if any are left → (N,) all samples that are. Call it once, at the end.

        Args:
            frames: the last ones.
            helper: as above.
        """
        ...


class Vocoder(Protocol):
    """Makes samples of frames. It keeps no state: threads may share it."""

    @property
    def columns(self) -> int:
        """M of the frames that it is given, with pitch and voicing where it is driven by them."""
        ...

    @property
    def ahead(self) -> int:
        """Frames that it waits for before a frame's samples are out."""
        ...

    def stream(self) -> VocoderStream:
        """A stream for a new utterance."""
        ...
