"""Speaks with Piper's own package, in Piper's environment.

python -m benchmarks.peers.piper_speaker VOICE.onnx THREADS
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from typing import Any

from benchmarks.peers.speaking import serve


def main(model: str, threads: str) -> None:
    """Load the voice, then answer."""
    runtime: Any = importlib.import_module("onnxruntime")
    voice: Any = importlib.import_module("piper.voice").PiperVoice.load(model)
    options = runtime.SessionOptions()
    options.intra_op_num_threads = int(threads)
    voice.session = runtime.InferenceSession(model, options, providers=["CPUExecutionProvider"])

    def speak(text: str) -> Iterator[float]:
        for chunk in voice.synthesize(text):
            yield len(chunk.audio_float_array) / chunk.sample_rate

    serve(speak)


if __name__ == "__main__":
    main(*sys.argv[1:])
