"""A listener that shares no audio code with the product: a recognizer, a quality measure, a speaker encoder.

Runs as a program in an environment of its own (`requirements/eval.txt`), which has nothing of ours; it loads
one file, the speaker network, by its path. Each line of its input is a JSON list of a WAV file's path and the
text spoken in it, each line of its output the list [DNSMOS overall, syllable errors, syllables, 256 numbers
of the speaker].
"""

from __future__ import annotations

import contextlib
import functools
import importlib
import json
import re
import runpy
import sys
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

RATE: Final = 16_000
"""Hz."""

NETWORK: Final = Path(__file__).parents[2] / "src/huisheng/tuning/speaker_network.py"

JUDGED: Final = round(9.01 * RATE)
"""Samples that DNSMOS judges at once; shorter speech is repeated to fill them, longer speech cut."""

OVERALL: Final = (-0.06766283, 1.11546468, 0.04602535)
"""Polynomial from the network's third output to DNSMOS overall, fitted by its authors."""

PADDING: Final = 0.4
"""Seconds of silence on both sides: the recognizer loses beginnings without it."""

RECOGNIZER_RATE: Final = 22_050
"""Hz."""

Vector = NDArray[np.float32]


class Listener:
    """Three models, loaded at once."""

    def __init__(self) -> None:
        np.long = np.int64  # what the recognizer means; numpy's own is 32 bits wide on Windows
        runtime: Any = importlib.import_module("onnxruntime")
        single = runtime.SessionOptions()  # as many listeners as cores are faster than threads
        single.intra_op_num_threads = 1
        runtime.InferenceSession = functools.partial(runtime.InferenceSession, sess_options=single)
        muggle = importlib.import_module("muggle_speech")
        self._recognizer: Any = muggle.MuggleSpeech()
        weights = Path(str(importlib.import_module("speechmos").__file__)).with_name("dnsmos_models")
        self._judge: Any = runtime.InferenceSession(str(weights / "sig_bak_ovr.onnx"))
        self._librosa: Any = importlib.import_module("librosa")
        self._pinyin: Any = importlib.import_module("pypinyin")
        network = runpy.run_path(str(NETWORK))
        self._level: float = network["LEVEL"]
        self._speaker: Any = network["SpeakerNetwork"](
            Path(str(muggle.__file__)).parents[1] / "resemblyzer" / "pretrained.pt"
        )

    def hear(self, path: str, text: str) -> list[float]:
        """Everything about one file."""
        samples: Vector = self._librosa.load(path, sr=RATE)[0]
        errors, total = self._errors(path, text)
        return [self._quality(samples), errors, total, *self._embed(samples).tolist()]

    def _embed(self, samples: Vector) -> Vector:
        """(N,) samples at `RATE` → (256,) of the speaker."""
        gain = 10.0 ** (self._level / 20.0) / np.sqrt(np.square(samples).mean())
        mel = self._librosa.feature.melspectrogram(
            y=samples * gain, sr=RATE, n_fft=400, hop_length=160, n_mels=40
        )
        return self._speaker.embed(mel.T)

    def _quality(self, samples: Vector) -> float:
        """DNSMOS overall, 1…5 (Reddy, Gopal & Cutler 2022, arXiv 2110.01763), of (N,) samples at `RATE`."""
        judged = np.resize(np.clip(samples, -1.0, 1.0), JUDGED)
        raw: Vector = self._judge.run(None, {"input_1": judged[None].astype(np.float32)})[0]  # (1, 3)
        return float(np.polyval(OVERALL, float(raw[0, 2])))

    def _errors(self, path: str, text: str) -> tuple[int, int]:
        samples, _ = self._librosa.load(path, sr=RECOGNIZER_RATE)
        padded = np.pad(samples, round(PADDING * RECOGNIZER_RATE))
        heard = self._recognizer.predict_file(
            self._recognizer.preprocess.extract_fbank(padded, RECOGNIZER_RATE)
        )
        spoken = self._syllables(text)
        return distance(spoken, self._syllables(heard)), len(spoken)

    def _syllables(self, text: str) -> list[str]:
        """Pinyin without tones: homophones are no errors."""
        return self._pinyin.lazy_pinyin(re.sub(r"[^\u4e00-\u9fff]", "", text))


def distance(spoken: Sequence[str], heard: Sequence[str]) -> int:
    """Insertions, deletions and replacements between two sequences (Levenshtein)."""
    row = list(range(len(heard) + 1))
    for count, one in enumerate(spoken, start=1):
        above, row[0] = row[0], count
        for place, other in enumerate(heard, start=1):
            above, row[place] = row[place], min(row[place] + 1, row[place - 1] + 1, above + (one != other))
    return row[-1]


def main() -> None:
    """Answer until the input ends."""
    warnings.simplefilter("ignore")
    answers = sys.stdout
    with contextlib.redirect_stdout(sys.stderr):  # libraries may print
        listener = Listener()
        for line in sys.stdin:
            print(json.dumps(listener.hear(*json.loads(line))), file=answers, flush=True)


if __name__ == "__main__":
    main()
