"""The reference's models as graphs in packages, opened by the classes that the engine speaks with."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from onnx import ModelProto
from tests.parity.acoustic.reference import inputs, network, numbers
from tests.parity.vocoder.reference import config as vocoder_config
from tests.parity.vocoder.reference import generator

from huisheng.acoustic.filled_pauses import FILLERS
from huisheng.acoustic.inputs import Inputs
from huisheng.acoustic.model import SamBert
from huisheng.engines.graphs import Graph
from huisheng.engines.sambert.network import SambertNetwork
from huisheng.engines.two_stage.plan import Plan
from huisheng.export.graphs.decoder import decoder_graph
from huisheng.export.graphs.encoder import encoder_graph
from huisheng.export.graphs.postnet import postnet_graph
from huisheng.export.graphs.variance import variance_graph
from huisheng.export.graphs.vocoder import vocoder_graph
from huisheng.export.graphs.weights import Weights
from huisheng.text.symbols.sambert import Symbol
from huisheng.types import PLAIN, Inflection, Span, Syllable
from huisheng.vocoder.config import VocoderConfig
from huisheng.vocoder.generator import Generator
from huisheng.voice.load import VoicePackage
from huisheng.voice.manifest import Description, Proof, Sambert
from huisheng.voice.manifest import Source as SourceSettings
from huisheng.voice.publish import publish, staging

GRAPHS = {
    "encoder": encoder_graph,
    "variance": variance_graph,
    "decoder": decoder_graph,
    "postnet": postnet_graph,
}

PLAINEST = Sambert(
    language="PinYin",
    tones=(),
    syllable_flags=(),
    word_segments=(),
    emotions=("emotion_neutral",),
    has_mask=True,
    group=3,
    longest=800,
    causal=True,
    left=0,
    right=0,
    pitch=None,
    source=None,
)


@cache
def acoustic_package(model: str) -> VoicePackage:
    """The graphs of one of the reference's acoustic models."""
    return acoustic_published(network(model))


def acoustic_published(model: SamBert) -> VoicePackage:
    """The four graphs of an acoustic model."""
    weights = Weights({key: value.numpy() for key, value in model.state_dict().items()})
    graphs = {name: build(model.config, weights) for name, build in GRAPHS.items()}
    tables = {"pauses": fillers(model)} if model.config.fills_pauses else {}
    return _publish(graphs, tables, acoustic_settings(model))


@cache
def speaking(model: str) -> SambertNetwork:
    """One of the reference's acoustic models, as the engine runs it."""
    return SambertNetwork(acoustic_package(model), acoustic_settings(network(model)))


def graph(model: str, part: str) -> Graph:
    return Graph(acoustic_package(model), f"{part}.onnx")


@cache
def vocoder_package(name: str) -> VoicePackage:
    """The graph of one of the reference's generators."""
    return vocoder_published(generator(name))


def vocoder_published(model: Generator) -> VoicePackage:
    """The graph of a generator, whose weights are folded first."""
    state = {key: value.numpy() for key, value in model.fold().state_dict().items()}
    rate = (model.config.sample_rate, model.config.hop)
    return _publish({"vocoder": vocoder_graph(model.config, state)}, {}, vocoder_settings(model.config), rate)


def settings_of(name: str) -> Sambert:
    return vocoder_settings(vocoder_config(name))


def vocoder_settings(config: VocoderConfig) -> Sambert:
    """What the engine knows of a generator that is given F0 in Hz."""
    margin, harmonics = config.margin, config.harmonics
    source = None if harmonics is None else SourceSettings(harmonics=harmonics, scale=1.0, offset=0.0)
    return PLAINEST.model_copy(
        update={"source": source, "causal": config.causal, "left": margin.left, "right": margin.right}
    )


def acoustic_settings(model: SamBert) -> Sambert:
    config = model.config
    reads = "bytes" if config.vocabulary.bytes else "symbols"
    return PLAINEST.model_copy(
        update={"reads": reads, "group": config.group, "fills_pauses": config.fills_pauses}
    )


def line_inputs(model: str, line: str) -> Inputs:
    """What the reference was given."""
    given = numbers(f"{model}.infer.{line}.npz")
    return inputs(model, given, torch.tensor([given["ling"].shape[1]]))


def plan_of(
    given: Inputs, inflection: Callable[[int], Inflection] = lambda _: PLAIN, speed: float = 1.0
) -> Plan:
    """The same for the engine. Every symbol is a sound, since the engine shortens a break at the end.

    Args:
        given: of one utterance.
        inflection: of each symbol.
        speed: of the whole.
    """
    count = int(given.lengths[0])
    spans = [Span(place, place + 1) for place in range(count)]
    return Plan(
        items=tuple(
            Syllable(span, "字", "zi4", "zi4", inflection=inflection(place))
            for place, span in enumerate(spans)
        ),
        symbols=tuple(
            Symbol("sound", "tone4", "s_both", "word_both", place, span) for place, span in enumerate(spans)
        ),
        ids=given.symbols[0].numpy(),
        speakers=given.speakers[0].detach().numpy(),
        emotions=given.emotions[0].detach().numpy(),
        speed=speed,
        pitch=0.0,
    )


def fillers(model: SamBert) -> NDArray[np.float32]:
    """(3, 3, P) what a model that hesitates says then, each sound encoded by itself."""
    symbols = torch.tensor(FILLERS)
    with torch.inference_mode():
        return model.text_encoder.encode(
            symbols, torch.ones(symbols.shape[:2], dtype=torch.bool)
        ).text.numpy()


@cache
def _folder() -> Path:
    """The folder of all packages, gone when the tests end."""
    folder = Path(tempfile.mkdtemp())
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


def _publish(
    graphs: Mapping[str, ModelProto],
    tables: Mapping[str, NDArray[np.float32]],
    settings: Sambert,
    rate: tuple[int, int] = (16_000, 200),
) -> VoicePackage:
    """A package of these files at a rate: samples a second, and a frame."""
    with staging(_folder()) as staged:
        for name, model in graphs.items():
            (staged / f"{name}.onnx").write_bytes(model.SerializeToString())
        for name, table in tables.items():
            np.save(staged / f"{name}.npy", table)
        return publish(staged, _description(settings, rate))


def _description(settings: Sambert, rate: tuple[int, int]) -> Description:
    return Description(
        name=f"package-{len(list(_folder().iterdir()))}",
        version="1.0",
        engine="sambert",
        sample_rate=rate[0],
        frame_samples=rate[1],
        symbols={},
        speakers=("f7",),
        languages=("zh-CN",),
        licence="MIT",
        origins=(),
        remarks="",
        proof=Proof(symbols=1, samples=1, max_abs_difference=0.0),
        sambert=settings,
    )
