"""A speaker's side of the comparison: texts come in on standard input, figures go out, one JSON line each.

Only the standard library: Piper's environment has nothing of ours.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterable


def serve(speak: Callable[[str], Iterable[float]]) -> None:
    """Say that the speaker is ready, then answer until the input ends.

    Args:
        speak: text → seconds of sound of each piece, as soon as it is there.
    """
    _tell("ready")
    for line in sys.stdin:
        _tell(time_speech(speak, json.loads(line)))


def time_speech(speak: Callable[[str], Iterable[float]], text: str) -> dict[str, float]:
    """Seconds of work (`wall`), seconds until the first piece (`first`), seconds of sound (`sound`)."""
    began = time.perf_counter()
    first = sound = 0.0
    for duration in speak(text):
        if not sound and duration:
            first = time.perf_counter() - began
        sound += duration
    return {"wall": time.perf_counter() - began, "first": first, "sound": sound}


def _tell(answer: object) -> None:
    print(json.dumps(answer), flush=True)
