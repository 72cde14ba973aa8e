"""The memory of a process that loads the engine and speaks one line in one call, and lets every piece go.

Nothing here imports PyTorch: serving does not need it, and its megabytes must not be counted.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

from benchmarks.fresh import peak_memory

from huisheng.engines.families import two_stage_engine
from huisheng.types import ResolvedOptions, Sentence, Utterance
from huisheng.voice.load import load_package


@dataclass(frozen=True, slots=True)
class Memory:
    """A line, spoken by a process of its own.

    Attributes:
        seconds: of sound.
        loaded: most resident memory with the engine loaded and nothing said yet, MB; None where unknown.
        peak: most resident memory, MB.
        torch: whether PyTorch had been imported in the end.
    """

    seconds: float
    loaded: float | None
    peak: float | None
    torch: bool


def memory(folder: Path, name: str, sentence: Sentence, options: ResolvedOptions) -> Memory:
    """Speak a sentence, in this process.

    Args:
        folder: that holds the package.
        name: of the package.
        sentence: short enough for one call.
        options: how it is said.
    """
    package = load_package(name, folder)
    engine = two_stage_engine(package.manifest, lambda: package)
    engine.load()
    loaded = peak_memory()
    seconds = sum(chunk.duration for chunk in engine.synthesize(Utterance(sentence, options)))
    return Memory(seconds, loaded, peak_memory(), "torch" in sys.modules)
