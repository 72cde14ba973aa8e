"""From the bytes of a WAV file that is still arriving to seconds of sound."""

from __future__ import annotations

import struct
from typing import Final

_HEAD: Final = 12
_CHUNK: Final = 8


class NotSound(Exception):
    """What came is no WAV file of bare samples."""


class WaveReader:
    """Tells how many seconds of sound each piece of a file brings. Headers and labels bring none."""

    def __init__(self) -> None:
        self._kept = b""
        self._per_second = 0
        self._begun = False

    def decode(self, data: bytes) -> float:
        """Seconds of sound in the next bytes of the file; sizes in headers of streams are not believed.

        Raises:
            NotSound: it is another kind of file.
        """
        if not self._begun:
            data = self._after_headers(self._kept + data)
        return len(data) / self._per_second if self._begun else 0.0

    def _after_headers(self, data: bytes) -> bytes:
        """What lies behind the header of the samples; until that is there, nothing."""
        self._kept = data
        if len(data) < _HEAD:
            return b""
        if data[:4] != b"RIFF" or data[8:12] != b"WAVE":
            raise NotSound
        place = _HEAD
        while len(data) >= place + _CHUNK:
            name, size = struct.unpack_from("<4sI", data, place)
            place += _CHUNK
            if name == b"data":
                self._begun = self._per_second > 0
                return data[place:]
            if name == b"fmt " and len(data) >= place + 12:
                (self._per_second,) = struct.unpack_from("<I", data, place + 8)
            place += size + size % 2
        return b""
