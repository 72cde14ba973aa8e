"""What a package holds becomes networks again, and what is no package of ours becomes an error."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch
from onnx import ModelProto, TensorProto, numpy_helper
from tests.unit.export.parallel_networks import (
    CARD,
    SPECTRAL,
    published_config,
    random_networks,
    small,
    speaking,
    tiny,
)
from torch import nn

from huisheng.errors import ModelError
from huisheng.export.parallel import export_voice
from huisheng.export.parallel_proof import ParallelNetworks
from huisheng.export.recovery import recover_networks
from huisheng.vocoder.config import SpectralConfig
from huisheng.voice.load import VoicePackage, load_package
from huisheng.voice.manifest import FileDigest
from huisheng.voice.store import digest


@pytest.fixture(autouse=True, scope="module")
def one_thread() -> None:
    torch.set_num_threads(1)


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> VoicePackage:
    folder = tmp_path_factory.mktemp("voices")
    export_voice(*tiny(), CARD, folder)
    return load_package(CARD.name, folder)


@pytest.fixture(scope="module")
def found(package: VoicePackage) -> ParallelNetworks:
    return recover_networks(package)


def assert_equal(given: nn.Module, wanted: nn.Module) -> None:
    ours, theirs = given.state_dict(), wanted.state_dict()
    assert ours.keys() == theirs.keys()
    for name, tensor in theirs.items():
        torch.testing.assert_close(ours[name], tensor, atol=1e-6, rtol=0.0)


def test_networks_out_of_a_package_are_those_that_went_in_rounded(found: ParallelNetworks) -> None:
    for given, wanted in zip(found, speaking(small(), SPECTRAL), strict=True):
        assert_equal(given, wanted)


def test_their_shapes_are_read_from_the_graphs(found: ParallelNetworks) -> None:
    assert found.acoustic.config == small()
    assert found.vocoder.config == SPECTRAL


def test_a_memory_that_looks_further_back_than_ahead_is_recovered(tmp_path: Path) -> None:
    shape = small()
    leaning = replace(shape, predictor=replace(shape.predictor, taps=9, shift=2))

    export_voice(*random_networks(leaning, SPECTRAL), CARD, tmp_path)

    assert recover_networks(load_package(CARD.name, tmp_path)).acoustic.config == leaning


def test_the_published_shape_is_recovered(tmp_path: Path) -> None:
    networks = random_networks(published_config(), SpectralConfig())
    export_voice(*networks, CARD, tmp_path)

    again = recover_networks(load_package(CARD.name, tmp_path))

    assert (again.acoustic.config, again.vocoder.config) == (networks.acoustic.config, SpectralConfig())
    assert_equal(again.acoustic, speaking(published_config(), SpectralConfig()).acoustic)


def test_they_are_for_speaking(found: ParallelNetworks) -> None:
    assert not any(network.training for network in found)


def test_exported_again_they_make_the_same_files(
    package: VoicePackage, found: ParallelNetworks, tmp_path: Path
) -> None:
    export_voice(*found, CARD, tmp_path)

    assert load_package(CARD.name, tmp_path).manifest.files == package.manifest.files


def spoilt(package: VoicePackage, folder: Path, file: str, content: bytes) -> VoicePackage:
    """The same package with another file in it, whose digest is right."""
    for name in package.manifest.files:
        (folder / name).write_bytes(content if name == file else package.path(name).read_bytes())
    files = {
        path.name: FileDigest(size=path.stat().st_size, sha256=digest(path)) for path in folder.iterdir()
    }
    return VoicePackage(package.manifest.model_copy(update={"files": files}), folder)


def change_graph(package: VoicePackage, file: str, change: Callable[[ModelProto], None]) -> bytes:
    model = onnx.load_model_from_string(package.path(file).read_bytes())
    change(model)
    return model.SerializeToString()


def without_a_layer(model: ModelProto) -> None:
    del model.graph.node[-6:-1]


def with_another_activation(model: ModelProto) -> None:
    for node in model.graph.node:
        node.op_type = {"Gelu": "Tanh", "Relu": "Tanh"}.get(node.op_type, node.op_type)


def last_matrix(model: ModelProto) -> TensorProto:
    return [one for one in model.graph.initializer if len(one.dims) == 2][-1]


def with_a_narrower_layer(model: ModelProto) -> None:
    tensor = last_matrix(model)
    tensor.CopyFrom(numpy_helper.from_array(numpy_helper.to_array(tensor)[:-1], tensor.name))


def without_numbers(model: ModelProto) -> None:
    tensor = last_matrix(model)
    values = np.full_like(numpy_helper.to_array(tensor), np.nan)
    tensor.CopyFrom(numpy_helper.from_array(values, tensor.name))


def with_data_elsewhere(model: ModelProto) -> None:
    tensor = model.graph.initializer[0]
    tensor.data_location = TensorProto.EXTERNAL
    entry = tensor.external_data.add()
    entry.key, entry.value = "location", "somewhere.bin"


@pytest.mark.parametrize("file", ["encoder.onnx", "durations.onnx", "contours.onnx", "vocoder.onnx"])
@pytest.mark.parametrize(
    "change",
    [
        *(without_a_layer, with_another_activation, with_a_narrower_layer),
        *(without_numbers, with_data_elsewhere),
    ],
)
def test_a_graph_that_is_not_ours_is_refused(
    package: VoicePackage, tmp_path: Path, file: str, change: Callable[[ModelProto], None]
) -> None:
    with pytest.raises(ModelError, match="与清单不符"):
        recover_networks(spoilt(package, tmp_path, file, change_graph(package, file, change)))


def array(values: np.ndarray[tuple[int, ...], np.dtype[np.float32]], folder: Path) -> bytes:
    np.save(folder / "array.npy", values)
    return (folder / "array.npy").read_bytes()


@pytest.mark.parametrize("shape", [(2,), (2, 5), (0, 4)])
def test_a_table_of_another_shape_is_refused(
    package: VoicePackage, tmp_path_factory: pytest.TempPathFactory, shape: tuple[int, ...]
) -> None:
    content = array(np.zeros(shape, np.float32), tmp_path_factory.mktemp("array"))

    with pytest.raises(ModelError):
        recover_networks(spoilt(package, tmp_path_factory.mktemp("package"), "speakers.npy", content))


@pytest.mark.parametrize("content", [b"", b"\x93NUMPY", b"no graph"])
def test_a_file_that_is_cut_off_is_refused(package: VoicePackage, tmp_path: Path, content: bytes) -> None:
    with pytest.raises(ModelError):
        recover_networks(spoilt(package, tmp_path, "decoder.onnx", content))


def test_a_voice_of_another_kind_is_refused(package: VoicePackage) -> None:
    kokoro = package.manifest.model_copy(update={"sambert": None})

    with pytest.raises(ModelError, match="不能继续训练"):
        recover_networks(VoicePackage(kokoro, package.directory))
