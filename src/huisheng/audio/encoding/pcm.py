"""Bare 16-bit samples, little endian, and the rounding that every 16-bit format shares."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from huisheng.types import Samples

Int16Samples: TypeAlias = NDArray[np.int16]
"""(N,) −32 768…32 767."""


def clip(samples: Samples) -> Samples:
    """(N,) samples made safe to encode: −1…+1, and 0 for what is no number."""
    return np.clip(np.nan_to_num(samples, posinf=1.0, neginf=-1.0), -1.0, 1.0)


def quantize(samples: Samples) -> Int16Samples:
    """
    Args:
        samples: (N,) nominally −1…+1.

    Returns:
        (N,) the nearest of the steps of 1/32 768; +1 itself, which has no step, becomes 32 767.
    """
    return np.minimum(np.rint(clip(samples) * np.float32(32_768.0)), 32_767.0).astype(np.int16)


class PcmEncoder:
    """Writes s16le without a header. It has no room for a label."""

    media_type = "audio/pcm"
    suffix = ".pcm"

    def encode(self, samples: Samples) -> bytes:
        """(N,) samples as 2 N bytes."""
        return quantize(samples).astype("<i2").tobytes()

    def flush(self) -> bytes:
        """Nothing is held back."""
        return b""
