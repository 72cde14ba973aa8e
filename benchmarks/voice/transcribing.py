"""What the recognizer of the ear understands, piece by piece.

Runs as a module in the ear's environment (`requirements/eval.txt`), with the folder of `hearing.py` on its
path. Each line of its input is a JSON list of the path of a WAV file and the numbers of a
`TranscriptionSetup`, each line of its output the list of the code points of what was understood.
"""

from __future__ import annotations

import contextlib
import json
import sys
import warnings

import numpy as np
from benchmarks.emotion.hearing import PADDING, RECOGNIZER_RATE, Listener, Vector
from benchmarks.voice.pieces import TranscriptionSetup, pieces


class Scribe(Listener):
    """The same models, asked for words alone."""

    def write(self, path: str, setup: TranscriptionSetup) -> str:
        """What is said in a file, heard in a setup."""
        samples, _ = self._librosa.load(path, sr=round(RECOGNIZER_RATE * setup.stretch))
        return "".join(map(self._transcribe, pieces(samples, RECOGNIZER_RATE, setup)))

    def _transcribe(self, samples: Vector) -> str:
        """What is said in (N,) samples at `RECOGNIZER_RATE`."""
        padded = np.pad(samples, round(PADDING * RECOGNIZER_RATE))
        bands = self._recognizer.preprocess.extract_fbank(padded, RECOGNIZER_RATE)
        return str(self._recognizer.predict_file(bands))


def main() -> None:
    """Answer until the input ends."""
    warnings.simplefilter("ignore")
    answers = sys.stdout
    with contextlib.redirect_stdout(sys.stderr):  # libraries may print
        scribe = Scribe()
        for line in sys.stdin:
            path, *setup = json.loads(line)
            words = scribe.write(path, TranscriptionSetup(*setup))
            print(json.dumps([ord(letter) for letter in words]), file=answers, flush=True)


if __name__ == "__main__":
    main()
