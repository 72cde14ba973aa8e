"""A program that begins to speak and tells when its first sound is there; its parent holds the clock."""

from __future__ import annotations

import sys
from pathlib import Path

from benchmarks.voice.opening import open_engine

from huisheng.runtime.synthesizer import Synthesizer


def main(package: str, text: str) -> None:
    """Speak until something is heard."""
    chunks = Synthesizer(open_engine(Path(package))).stream(text)
    next(chunk for chunk in chunks if len(chunk.samples))
    print("heard", flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
