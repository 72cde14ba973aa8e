"""Three graphs of a few nodes with Kokoro's joints: arithmetic in place of networks, with foretold results.

A symbol lasts 3…5 frames by its id, the silences around 4. F0 rises by half a hertz a point. The samples are
the curves themselves: F0 / 1000 · energy / `ENERGY` · timbre, and digital silence where energy is below zero.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from huisheng.emotion.styles import STYLES
from huisheng.engines.kokoro_voices import MANDARIN, SPEAKERS
from huisheng.text.symbols.kokoro import transcribe
from huisheng.types import Mark, Sentence, Span, SpokenItem, Syllable
from huisheng.units import Seconds
from huisheng.voice.load import VoicePackage
from huisheng.voice.manifest import Description, Proof
from huisheng.voice.publish import publish, staging

Nodes: TypeAlias = tuple[tuple[str, list[str], str], ...]
Ports: TypeAlias = dict[str, tuple[int, list[int | str]]]

EDGE: Final = 4
"""Frames of each silence."""
ENERGY: Final = 4.0
LOWEST: Final = 150.0
"""Hz at the first point."""
EMOTION: Final = 1.0
"""Prosody of every voice that is only mixed in: +40 Hz, and longer symbols. A speaker's own is 0."""
LOUDNESS: Final = {"speaker": 0.5, "mixed": 1.0}
"""Timbre of the same; a hundredth is added for each symbol."""

SPEAKING: Final = MANDARIN
MIXED: Final = tuple(
    sorted(
        {
            blend.voice
            for style in STYLES.values()
            if "kokoro" in style.blends
            for blend in (*style.blends["kokoro"].prosody, *style.blends["kokoro"].timbre)
        }
        | {voice for speaker in SPEAKERS for voice, _ in speaker.timbre if voice not in MANDARIN}
        | {"mixed"}
    )
)
MARKS: Final = {"，": 0.2, "。": 0.4, "“": 0.1, "（": 0.1}

CONSTANTS: Final[dict[str, NDArray[Any]]] = {
    "zero": np.array(0),
    "first": np.array(0),
    "last": np.array(-1),
    "step": np.array(1),
    "axis": np.array([2]),
    "row": np.array([1, -1]),
    "three": np.array(3),
    "shortest": np.array(3.0, dtype=np.float32),
    "edge": np.array(EDGE, dtype=np.float32),
    "points": np.array(2.0, dtype=np.float32),
    "half": np.array(0.5, dtype=np.float32),
    "lowest": np.array(LOWEST, dtype=np.float32),
    "lift": np.array(40.0, dtype=np.float32),
    "loud": np.array(ENERGY, dtype=np.float32),
    "mute": np.array(-9.0, dtype=np.float32),
    "nothing": np.array(0.0, dtype=np.float32),
    "scale": np.array(1000.0 * ENERGY, dtype=np.float32),
    "wide": np.zeros((1, 1, 640), dtype=np.float32),
    "samples": np.ones((1, 1, 300), dtype=np.float32),
}

DURATIONS: Final[Nodes] = (
    ("Mod", ["tokens", "three"], "kind"),
    ("Cast", ["kind"], "extra"),
    ("Equal", ["tokens", "zero"], "silent"),
    ("ReduceMean", ["prosody"], "mean_prosody"),
    ("Mul", ["extra", "mean_prosody"], "drawl"),
    ("Add", ["extra", "shortest"], "plain"),
    ("Add", ["plain", "drawl"], "spoken"),
    ("Where", ["silent", "edge", "spoken"], "slow"),
    ("Div", ["slow", "speed"], "durations"),
    ("Unsqueeze", ["extra", "axis"], "deep"),
    ("Mul", ["deep", "wide"], "hidden"),
)
CURVES: Final[Nodes] = (
    ("ReduceMean", ["prosody"], "mean_prosody"),
    ("Mul", ["mean_prosody", "lift"], "lifted"),
    ("ReduceSum", ["durations"], "frames"),
    ("Mul", ["frames", "points"], "length"),
    ("Range", ["nothing", "length", "unit"], "time"),
    ("Mul", ["durations", "points"], "lengths"),
    ("Reshape", ["lengths", "flat"], "listed"),
    ("Gather", ["listed", "first"], "begin"),
    ("Gather", ["listed", "last"], "tail"),
    ("Sub", ["length", "tail"], "end"),
    ("GreaterOrEqual", ["time", "begin"], "begun"),
    ("Less", ["time", "end"], "lasting"),
    ("And", ["begun", "lasting"], "speaking"),
    ("Where", ["speaking", "loud", "mute"], "effort"),
    ("Reshape", ["effort", "row"], "energy"),
    ("Mul", ["time", "half"], "rise"),
    ("Add", ["rise", "lowest"], "sung"),
    ("Add", ["sung", "lifted"], "tune"),
    ("Reshape", ["tune", "row"], "f0"),
)
DECODER: Final[Nodes] = (
    ("ReduceMean", ["timbre"], "colour"),
    ("Max", ["energy", "nothing"], "effort"),
    ("Mul", ["f0", "effort"], "sung"),
    ("Div", ["sung", "scale"], "scaled"),
    ("Mul", ["scaled", "colour"], "coloured"),
    ("Unsqueeze", ["coloured", "axis"], "deep"),
    ("Mul", ["deep", "samples"], "held"),
    ("Reshape", ["held", "row"], "audio"),
)
FAILING: Final[Nodes] = (("Gather", ["f0", "out"], "audio"),)
"""A decoder that loads and cannot run: an index that no input is long enough for."""

FLOAT, INT64 = TensorProto.FLOAT, TensorProto.INT64
LETTERS: Final[list[int | str]] = [1, "L"]
STATES: Final[list[int | str]] = [1, "L", 640]
HALF: Final[list[int | str]] = [1, 128]
CURVE: Final[list[int | str]] = [1, "P"]
PORTS: Final[dict[str, tuple[Ports, Ports]]] = {
    "durations": (
        {"tokens": (INT64, LETTERS), "prosody": (FLOAT, HALF), "speed": (FLOAT, [1])},
        {"durations": (FLOAT, LETTERS), "hidden": (FLOAT, STATES)},
    ),
    "curves": (
        {"durations": (FLOAT, LETTERS), "hidden": (FLOAT, STATES), "prosody": (FLOAT, HALF)},
        {"f0": (FLOAT, CURVE), "energy": (FLOAT, CURVE)},
    ),
    "decoder": (
        {
            "tokens": (INT64, LETTERS),
            "durations": (FLOAT, LETTERS),
            "f0": (FLOAT, CURVE),
            "energy": (FLOAT, CURVE),
            "timbre": (FLOAT, HALF),
        },
        {"audio": (FLOAT, [1, "N"])},
    ),
}


def graph(name: str, nodes: Nodes) -> bytes:
    """One graph of the package as a file."""
    constants = CONSTANTS | {
        "unit": np.array(1.0, dtype=np.float32),
        "flat": np.array([-1]),
        "out": np.array(10**9),
    }
    used = {value for _, inputs, _ in nodes for value in inputs}
    attributes: dict[str, dict[str, Any]] = {
        "Cast": {"to": FLOAT},
        "ReduceMean": {"keepdims": 0},
        "ReduceSum": {"keepdims": 0},
    }
    body = helper.make_graph(
        [helper.make_node(op, inputs, [output], **attributes.get(op, {})) for op, inputs, output in nodes],
        name,
        [helper.make_tensor_value_info(port, *kind) for port, kind in PORTS[name][0].items()],
        [helper.make_tensor_value_info(port, *kind) for port, kind in PORTS[name][1].items()],
        [numpy_helper.from_array(value, key) for key, value in constants.items() if key in used],
    )
    return helper.make_model(
        body, opset_imports=[helper.make_opsetid("", 20)], ir_version=10
    ).SerializeToString()


GRAPHS: Final = {
    "durations.onnx": graph("durations", DURATIONS),
    "curves.onnx": graph("curves", CURVES),
    "decoder.onnx": graph("decoder", DECODER),
}


def symbols() -> dict[str, int]:
    """Ids of every symbol that the sentences of `say` use."""
    text = "".join(
        symbol.text for symbol in transcribe(say("ni3 hao3 shi4 jie4 ma1 ， 。 “ （ shuang1 wo5").items)
    )
    return {symbol: number for number, symbol in enumerate(sorted(set(text) | {" ", "↗"}), start=1)}


def styles() -> NDArray[np.float32]:
    """(voices, 510, 256): timbre, then prosody."""
    table = np.zeros((len(SPEAKING) + len(MIXED), 510, 256), dtype=np.float32)
    table[: len(SPEAKING), :, :128] = LOUDNESS["speaker"]
    table[len(SPEAKING) :, :, :128] = LOUDNESS["mixed"]
    table[:, :, :128] += np.arange(510, dtype=np.float32)[:, None] / 100.0
    table[len(SPEAKING) :, :, 128:] = EMOTION
    return table


def publish_toy(folder: Path, **changed: bytes) -> VoicePackage:
    """The package `kokoro`; `changed` replaces graphs by their name without suffix."""
    with staging(folder) as staged:
        for file, content in GRAPHS.items():
            (staged / file).write_bytes(changed.get(Path(file).stem, content))
        np.save(staged / "styles.npy", styles())
        return publish(
            staged,
            Description(
                name="kokoro",
                version="toy",
                engine="kokoro",
                sample_rate=24_000,
                frame_samples=600,
                symbols=symbols(),
                speakers=(*SPEAKING, *MIXED),
                languages=("zh-CN",),
                licence="Apache-2.0",
                origins=(),
                remarks="",
                proof=Proof(symbols=1, samples=600, max_abs_difference=0.0),
            ),
        )


def say(words: str) -> Sentence:
    """A sentence of pinyin and marks, separated by blanks; each stands for one source character."""
    items: list[SpokenItem] = []
    for place, word in enumerate(words.split()):
        span = Span(place, place + 1)
        items.append(
            Mark(span, word, Seconds(MARKS[word])) if word in MARKS else Syllable(span, "字", word, word)
        )
    return Sentence(Span(0, len(items)), "", tuple(items))
