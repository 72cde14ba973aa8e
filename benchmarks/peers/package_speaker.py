"""Speaks with a voice package: ours, or Kokoro's.

python -m benchmarks.peers.package_speaker FOLDER THREADS
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from benchmarks.peers.speaking import serve
from benchmarks.voice.opening import open_engine

from huisheng.runtime.synthesizer import Synthesizer


def main(folder: str, threads: str) -> None:
    """Load the package, then answer."""
    synthesizer = Synthesizer(open_engine(Path(folder), int(threads)))
    synthesizer.load()

    def speak(text: str) -> Iterator[float]:
        for chunk in synthesizer.stream(text):
            yield chunk.duration if len(chunk.samples) else 0.0

    serve(speak)


if __name__ == "__main__":
    main(*sys.argv[1:])
