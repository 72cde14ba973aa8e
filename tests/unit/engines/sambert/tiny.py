"""Small imported voices, made as a user would, and sentences for them."""

from __future__ import annotations

import atexit
import shutil
import tempfile
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any, Final

import numpy as np
import onnx
import pytest
from onnx import numpy_helper
from tests.unit.engines.toy_kokoro import say
from tests.unit.export.modelscope.miniatures import DEFAULT, Miniature, make_modelscope

from huisheng.engines.families import two_stage_engine
from huisheng.engines.sambert import assemble
from huisheng.engines.sambert.network import SambertNetwork
from huisheng.engines.two_stage.engine import TwoStageEngine, VoiceModel
from huisheng.engines.two_stage.voices import details
from huisheng.export.sambert import install
from huisheng.types import (
    AudioChunk,
    Inflection,
    Mark,
    ResolvedOptions,
    Samples,
    Sentence,
    Span,
    Timing,
    Utterance,
)
from huisheng.voice.load import VoicePackage
from huisheng.voice.manifest import Description
from huisheng.voice.publish import publish, staging
from huisheng.voice.store import HOME_VARIABLE

KINDS: Final = {
    "plain": DEFAULT,
    "several": replace(DEFAULT, speakers=("F7", "F74", "M7")),
    "nsf": replace(DEFAULT, source=True),
    "vector": replace(DEFAULT, source=True, norm="global", vector=True),
    "bytes": replace(DEFAULT, reads_bytes=True),
    "hesitant": replace(DEFAULT, fills_pauses=True),
    "sichuan": replace(DEFAULT, language="Sichuan"),
    "cantonese": replace(DEFAULT, language="ZhHK"),
    "shanghai": replace(DEFAULT, language="WuuShanghai"),
}
"""Name of the package → what it is made of."""

HELLO: Final = "ni3 hao3 ， shi4 jie4 。"
LONG: Final = " ".join(["jin1 tian1 tian1 qi4 zhen1 hao3 ，", "wo3 men5 qu4 gong1 yuan2 san4 bu4 。"] * 2)


def package(kind: str = "plain") -> VoicePackage:
    """A voice of this kind, imported."""
    return _import_package(kind)


@cache
def _import_package(kind: str) -> VoicePackage:
    folder = packages_folder() / kind
    mini: Miniature = KINDS[kind]
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(HOME_VARIABLE, str(packages_folder() / "home"))
        (made,) = install(make_modelscope(folder, mini=mini), lambda _: None, name=kind)
    return made


def engine(kind: str = "plain") -> TwoStageEngine:
    """A new engine of a voice."""
    return engine_of(package(kind))


def engine_of(made: VoicePackage) -> TwoStageEngine:
    return two_stage_engine(made.manifest, lambda: made)


def model(kind: str = "plain") -> VoiceModel:
    """The graphs of a voice."""
    return _model(kind)


@cache
def _model(kind: str) -> VoiceModel:
    return VoiceModel(package(kind), assemble)


@cache
def network(kind: str = "plain") -> SambertNetwork:
    """Those of a voice that makes frame after frame."""
    return SambertNetwork(package(kind), details(package(kind).manifest))


def utterance(words: str | Sentence = HELLO, options: ResolvedOptions | None = None) -> Utterance:
    return Utterance(say(words) if isinstance(words, str) else words, options or ResolvedOptions())


def speak_words(
    engine: TwoStageEngine, words: str | Sentence = HELLO, options: ResolvedOptions | None = None
) -> Samples:
    """(N,) of the whole."""
    return join(list(engine.synthesize(utterance(words, options))))


def join(chunks: list[AudioChunk]) -> Samples:
    return np.concatenate([chunk.samples for chunk in chunks])


def spoken_at_once(
    engine: TwoStageEngine, words: str | Sentence, several_options: Sequence[ResolvedOptions]
) -> list[Samples]:
    """(N,) of the whole with each of the options, all begun at one time in a thread each."""
    ready = threading.Barrier(len(several_options))

    def speak(options: ResolvedOptions) -> Samples:
        ready.wait()
        return speak_words(engine, words, options)

    with ThreadPoolExecutor(len(several_options)) as pool:
        return list(pool.map(speak, several_options))


def spoken_spans(sentence: Sentence) -> list[Span]:
    """Where the items that sound stand in the text."""
    return [item.span for item in sentence.items if not isinstance(item, Mark)]


def on_one_clock(chunks: Sequence[AudioChunk]) -> list[Timing]:
    """The timings from the beginning of the whole."""
    starts = np.cumsum([0.0, *(chunk.duration for chunk in chunks)])
    return [
        timing.shifted(float(start))
        for chunk, start in zip(chunks, starts, strict=False)
        for timing in chunk.timings
    ]


def with_bias(made: VoicePackage, folder: Path, graph: str, value: float) -> VoicePackage:
    """A copy in which the last layer of a graph's loop adds this value: to the durations, for `variance`."""
    return publish_altered(made, folder, lambda staged: _set_bias(staged / f"{graph}.onnx", value))


def publish_altered(
    made: VoicePackage, folder: Path, change: Callable[[Path], object], **stated: object
) -> VoicePackage:
    """A copy whose files were changed before it was published, and whose manifest states this besides."""
    with staging(folder) as staged:
        for name in made.manifest.files:
            shutil.copy(made.path(name), staged / name)
        change(staged)
        fields: dict[str, Any] = dict(made.manifest) | stated
        return publish(staged, Description(**{name: fields[name] for name in Description.model_fields}))


def _set_bias(path: Path, value: float) -> None:
    content: Any = onnx.load_model_from_string(path.read_bytes())
    (loop,) = (node for node in content.graph.node if node.op_type == "Loop")
    body = next(attribute.g for attribute in loop.attribute if attribute.name == "body")
    last = [node for node in body.node if node.op_type == "Gemm"][-1].input[2]
    (bias,) = (weight for weight in body.initializer if weight.name == last)
    array = np.full(tuple(bias.dims), value, dtype=np.float32)
    bias.CopyFrom(numpy_helper.from_array(array, bias.name))
    path.write_bytes(content.SerializeToString())


@cache
def packages_folder() -> Path:
    """The folder of all packages, gone when the tests end."""
    folder = Path(tempfile.mkdtemp())
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


def with_inflection(sentence: Sentence, place: int, inflection: Inflection) -> Sentence:
    """The sentence with one item said in a way of its own."""
    item = sentence.items[place]
    assert not isinstance(item, Mark)
    items = (*sentence.items[:place], replace(item, inflection=inflection), *sentence.items[place + 1 :])
    return replace(sentence, items=items)
