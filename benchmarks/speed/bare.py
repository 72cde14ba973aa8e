"""The bare model: ONNX Runtime and nothing of ours, given the symbols that our front-end found.

Neither finding the symbols nor anything done with the samples is counted, so what is left of the difference
is the cost of our own code.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol, TypeAlias, cast

import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray

from huisheng.cli.progress import ProgressBars
from huisheng.engines import kokoro
from huisheng.engines.clauses import clauses
from huisheng.errors import DownloadError
from huisheng.export.kokoro import PARTS
from huisheng.export.kokoro_files import MODEL_FILE, fetch_model
from huisheng.text.symbols.kokoro import transcribe
from huisheng.types import Mark, Samples, Sentence
from huisheng.voice.load import VoicePackage, load_package
from huisheng.voice.store import downloads_folder

Ids: TypeAlias = tuple[int, ...]
"""Symbols of one call, without the zeros around them."""

Feeds: TypeAlias = Mapping[str, NDArray[Any]]

LIMIT: Final = 509
"""Symbols in one call: the table of styles ends there."""


class Graph(Protocol):
    """From symbols to samples in one step."""

    def __call__(self, tokens: NDArray[np.int64], style: Samples) -> Samples:
        """(N,) samples of (1, L + 2) tokens in a (1, 256) style."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class BareModel:
    """What our engine is compared with.

    Attributes:
        name: what it is, for people.
        graph: the model.
        ids: symbol → id.
        styles: (510, 256) of our default voice, a row for each number of symbols.
    """

    name: str
    graph: Graph
    ids: Mapping[str, int]
    styles: Samples

    def our_calls(self, sentences: Iterable[Sentence]) -> tuple[Ids, ...]:
        """The symbols that our engine gives the model, call by call."""
        spoken = (s for s in sentences if not all(isinstance(item, Mark) for item in s.items))
        parts = (part for s in spoken for part in clauses(s, kokoro._weigh, kokoro.LONGEST))
        return tuple(
            tuple(self.ids[symbol.text] for symbol in transcribe(part.items) if symbol.text in self.ids)
            for part in parts
        )

    def fewest_calls(self, sentences: Iterable[Sentence]) -> tuple[Ids, ...]:
        """The same symbols in as few calls as the model takes."""
        return pack_calls(self.our_calls(sentences), self.ids[" "])

    def speak(self, calls: Iterable[Ids]) -> int:
        """Speak each call; how many samples came of it, silences included."""
        return sum(len(self._call(ids)) for ids in calls)

    def _call(self, ids: Ids) -> Samples:
        tokens = np.array([[0, *ids, 0]], dtype=np.int64)
        return self.graph(tokens, self.styles[len(ids)][None])


def pack_calls(calls: Sequence[Ids], blank: int, limit: int = LIMIT) -> tuple[Ids, ...]:
    """Neighbours joined, with a blank between them, while they fit into the limit."""
    joined: list[Ids] = []
    for ids in calls:
        if joined and len(joined[-1]) + 1 + len(ids) <= limit:
            joined[-1] = (*joined[-1], blank, *ids)
        else:
            joined.append(ids)
    return tuple(joined)


class Whole:
    """The released graph, as it was published: `model` is its ONNX file."""

    def __init__(self, model: bytes) -> None:
        self._run = _runner(model)

    def __call__(self, tokens: NDArray[np.int64], style: Samples) -> Samples:
        return self._run({"tokens": tokens, "style": style, "speed": np.ones(1, dtype=np.float32)})[0]


class InParts:
    """The three graphs of the installed package, one after the other, with nothing changed between them."""

    def __init__(self, package: VoicePackage) -> None:
        self._runs = {name: _runner(str(package.path(f"{name}.onnx"))) for name in PARTS}

    def __call__(self, tokens: NDArray[np.int64], style: Samples) -> Samples:
        known: dict[str, NDArray[Any]] = {
            "tokens": tokens,
            "timbre": style[:, kokoro.TIMBRE],
            "prosody": style[:, kokoro.PROSODY],
            "speed": np.ones(1, dtype=np.float32),
        }
        for name, (inputs, outputs) in PARTS.items():
            results = self._runs[name]({port.name: known[port.name] for port in inputs})
            known |= {port.name: result for port, result in zip(outputs, results, strict=True)}
            if name == "durations":
                known["durations"] = np.maximum(np.rint(known["durations"]), 1.0)
        return known["audio"]


def _runner(model: bytes | str) -> Callable[[Feeds], list[Samples]]:
    """ONNX Runtime as it comes, its settings untouched."""
    options = cast("Any", ort).SessionOptions()
    options.log_severity_level = 3  # errors: the released graph has weights that nothing uses
    session: Any = ort.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    return lambda feeds: session.run(None, feeds)


def _bare_kokoro() -> BareModel:
    package = load_package("kokoro")
    speaker = package.manifest.speakers.index(kokoro.find("").prosody[0][0])
    styles: Samples = np.load(package.path("styles.npy"), allow_pickle=False)[speaker]
    name, graph = _find_release(package)
    return BareModel(name, graph, package.manifest.symbols, styles)


def _find_release(package: VoicePackage) -> tuple[str, Graph]:
    """The original among the verified downloads, or fetched now; without it, its parts."""
    try:
        with ProgressBars(sys.stderr) as bars:
            return MODEL_FILE, Whole(fetch_model(downloads_folder(), bars.progress))
    except DownloadError as error:
        print(f"没有原始模型：{error.message} 改用语音包中切开的三个图代替。", file=sys.stderr)
        return f"{MODEL_FILE}（原文件取不到，以语音包中切开的三个图代替）", InParts(package)


_BARE: Final[dict[str, Callable[[], BareModel]]] = {"kokoro": _bare_kokoro}


def bare_model(engine: str) -> BareModel | None:
    """The model that an engine is built on; None where it is not known how to call it bare.

    Raises:
        SetupError: the voice package cannot be used, or a download cannot be kept.
    """
    opener = _BARE.get(engine)
    return opener() if opener else None
