"""One file in the making, from the first sample to its published name."""

from __future__ import annotations

from huisheng.audio.recording import Coder, Coding, declare_length
from huisheng.server.speech.repository import Draft
from huisheng.types import Samples
from huisheng.units import Hertz


class Recording:
    """One file in the making; `name` finds it once it is finished.

    Args:
        draft: where it is written.
        coding: of the file.
        source: rate of the samples that come.
    """

    def __init__(self, draft: Draft, coding: Coding, source: Hertz) -> None:
        self.name = draft.name
        self._draft = draft
        self._coding = coding
        self._coder = Coder(coding, source)

    @property
    def size(self) -> int:
        """Bytes that were written so far."""
        return self._draft.length

    def add(self, samples: Samples) -> None:
        """Take (N,) samples, the next of the stream."""
        self._draft.write(self._coder.encode(samples))

    def finish(self) -> None:
        """Write the rest, put the length into the header, publish."""
        self._draft.write(self._coder.flush())
        declare_length(self._draft.file, self._coding, self._coder.frames)
        self._draft.publish()
