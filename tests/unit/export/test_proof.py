"""A package is only published when its graphs say what the checkpoint says."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
import torch
from numpy.typing import NDArray
from onnx import numpy_helper
from tests.unit.export.modelscope.miniatures import DEFAULT, Miniature, acoustic_state, vocoder_state

from huisheng.acoustic.inputs import Inputs
from huisheng.acoustic.model import SamBert
from huisheng.errors import ModelError
from huisheng.export.graphs.decoder import decoder_graph
from huisheng.export.graphs.encoder import encoder_graph
from huisheng.export.graphs.postnet import postnet_graph
from huisheng.export.graphs.variance import variance_graph
from huisheng.export.graphs.vocoder import vocoder_graph
from huisheng.export.graphs.weights import Weights
from huisheng.export.proof import Networks, prove, random_line
from huisheng.vocoder.generator import Generator
from huisheng.vocoder.normalization import fold_weight_norm

Array = NDArray[np.float32]

PARTS = ["encoder", "variance", "decoder", "postnet", "vocoder"]
NSF = replace(DEFAULT, source=True)
BYTES = replace(DEFAULT, reads_bytes=True)


@pytest.fixture(autouse=True)
def _single_threaded() -> None:  # pyright: ignore[reportUnusedFunction]
    torch.set_num_threads(1)  # small networks: more threads would only wait for one another


@cache
def networks(mini: Miniature = DEFAULT) -> Networks:
    acoustic, vocoder = SamBert(mini.acoustic).eval(), Generator(mini.vocoder, weight_norm=False).eval()
    acoustic.load_state_dict(acoustic_state(mini))
    vocoder.load_state_dict(fold_weight_norm(vocoder_state(mini)))
    return Networks(acoustic, vocoder, 48.0, 212.0)


def line(mini: Miniature = DEFAULT) -> Inputs:
    return random_line(networks(mini).acoustic, torch.ones(mini.acoustic.speaker_units))


def write_graphs(folder: Path, mini: Miniature = DEFAULT) -> Path:
    """The graphs of a model."""
    config = mini.acoustic
    weights = Weights({name: tensor.numpy() for name, tensor in acoustic_state(mini).items()})
    folded = {name: tensor.numpy() for name, tensor in fold_weight_norm(vocoder_state(mini)).items()}
    models = {
        "encoder": encoder_graph(config, weights),
        "variance": variance_graph(config, weights),
        "decoder": decoder_graph(config, weights),
        "postnet": postnet_graph(config, weights),
        "vocoder": vocoder_graph(mini.vocoder, folded),
    }
    for name, model in models.items():
        (folder / f"{name}.onnx").write_bytes(model.SerializeToString())
    return folder


def alter(path: Path, change: Callable[[Array], Array], size: int = 0) -> None:
    """Change the weights of a graph that are of a size, the largest when it is 0."""
    model: Any = onnx.load_model_from_string(path.read_bytes())
    bodies = [
        attribute.g for node in model.graph.node for attribute in node.attribute if attribute.name == "body"
    ]
    weights = [tensor for graph in (model.graph, *bodies) for tensor in graph.initializer]
    sized = [tensor for tensor in weights if list(tensor.dims) == [size]]
    altered = sized[0] if size else max(weights, key=lambda tensor: len(tensor.raw_data))
    changed = change(numpy_helper.to_array(altered)).astype(np.float32)
    altered.CopyFrom(numpy_helper.from_array(changed, altered.name))
    path.write_bytes(model.SerializeToString())


@pytest.mark.parametrize("mini", [DEFAULT, NSF, BYTES], ids=["plain", "nsf", "bytes"])
def test_graphs_of_the_checkpoint_are_proved(tmp_path: Path, mini: Miniature) -> None:
    proof = prove(networks(mini), line(mini), write_graphs(tmp_path, mini))

    truth = networks(mini).acoustic.infer(line(mini))
    assert proof.symbols == 24
    assert proof.samples == int(truth.frames[0]) * mini.vocoder.hop
    assert proof.max_abs_difference < 1e-4


@pytest.mark.parametrize("part", PARTS)
def test_a_graph_with_other_weights_is_refused(tmp_path: Path, part: str) -> None:
    folder = write_graphs(tmp_path)
    alter(folder / f"{part}.onnx", lambda weights: 1.1 * weights)

    with pytest.raises(ModelError, match="不一致"):
        prove(networks(), line(), folder)


@pytest.mark.parametrize("column", [-2, -1])
def test_a_graph_with_another_f0_or_voicing_is_refused(tmp_path: Path, column: int) -> None:
    folder = write_graphs(tmp_path, NSF)

    def move(bias: Array) -> Array:
        return bias + 0.01 * (np.arange(len(bias)) == len(bias) + column)

    alter(folder / "postnet.onnx", move, size=NSF.acoustic.mels)

    with pytest.raises(ModelError, match="不一致"):
        prove(networks(NSF), line(NSF), folder)


@pytest.mark.parametrize("part", ["postnet", "vocoder"])
def test_a_graph_that_gives_no_numbers_is_refused(tmp_path: Path, part: str) -> None:
    folder = write_graphs(tmp_path)
    alter(folder / f"{part}.onnx", lambda weights: weights * np.nan)

    with pytest.raises(ModelError):
        prove(networks(), line(), folder)


def test_a_checkpoint_whose_sounds_never_end_is_refused(tmp_path: Path) -> None:
    endless = {
        name: weights + 20.0 if name == "variance_adaptor.duration_predictor.fc.bias" else weights
        for name, weights in acoustic_state(DEFAULT).items()
    }
    folder = write_graphs(tmp_path)
    graph = variance_graph(
        DEFAULT.acoustic, Weights({name: tensor.numpy() for name, tensor in endless.items()})
    )
    (folder / "variance.onnx").write_bytes(graph.SerializeToString())
    acoustic = SamBert(DEFAULT.acoustic).eval()
    acoustic.load_state_dict(endless)

    with pytest.raises(ModelError, match="400"):
        prove(networks()._replace(acoustic=acoustic), line(), folder)


def test_the_line_that_is_spoken_is_the_same_each_time() -> None:
    assert torch.equal(line().symbols, line().symbols)


def test_the_line_that_is_spoken_is_of_all_that_the_tables_hold() -> None:
    sizes = DEFAULT.vocabulary

    highest = line().symbols[0].max(dim=0).values

    tables = torch.tensor([sizes.phones, sizes.tones, sizes.syllable_flags, sizes.word_segments])
    assert (highest < tables).all()
    assert (highest > tables // 2).all()


def test_a_line_for_a_byte_model_is_of_bytes() -> None:
    assert line(BYTES).symbols.shape == (1, 24, 1)
