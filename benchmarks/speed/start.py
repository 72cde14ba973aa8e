"""One start of the program, in a process of its own. Imports nothing heavy before the clock runs."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.fresh import peak_memory


@dataclass(frozen=True, slots=True)
class Start:
    """What a start cost.

    Attributes:
        seconds: from the first import of ours to model and dictionaries in memory.
        peak: most resident memory while starting and speaking, MB; None where it is not known.
    """

    seconds: float
    peak: float | None


def start(engine: str, texts: Sequence[str]) -> Start:
    """Import, load, speak each text once.

    Raises:
        SetupError: the engine cannot be had.
    """
    began = time.perf_counter()
    from huisheng.engines import make_engine  # noqa: PLC0415  importing is part of what is measured
    from huisheng.runtime.synthesizer import Synthesizer  # noqa: PLC0415  as above

    synthesizer = Synthesizer(make_engine(engine))
    synthesizer.load()
    seconds = time.perf_counter() - began
    for text in texts:
        for _ in synthesizer.stream(text):
            pass
    return Start(seconds, peak_memory())
