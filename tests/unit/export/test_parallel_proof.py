"""A parallel voice is only published when its graphs say what its networks say."""

from __future__ import annotations

from copy import deepcopy
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch
from onnx import numpy_helper
from tests.unit.export.parallel_networks import CARD, SPECTRAL, small, speaking, tiny

from huisheng.errors import ModelError
from huisheng.export.parallel import export_voice
from huisheng.export.parallel_proof import PARALLEL_TOLERANCE, ParallelNetworks, prove_parallel
from huisheng.voice.load import load_package

PARTS = ["encoder", "durations", "contours", "decoder", "vocoder"]


def networks() -> ParallelNetworks:
    return speaking(small(), SPECTRAL)


@pytest.fixture(scope="module")
def exported_package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return export_voice(*tiny(), CARD, tmp_path_factory.mktemp("voices"))


def copy(exported: Path, folder: Path) -> Path:
    for path in exported.glob("*.onnx"):
        (folder / path.name).write_bytes(path.read_bytes())
    return folder


def test_the_proof_measures_a_line_of_speech(exported_package: Path) -> None:
    proof = prove_parallel(networks(), exported_package)

    assert proof.symbols == 24
    assert proof.samples >= 24 * SPECTRAL.hop
    assert proof.samples % SPECTRAL.hop == 0
    assert 0.0 < proof.max_abs_difference < 1e-5


def test_the_same_graphs_are_proved_alike(exported_package: Path) -> None:
    assert prove_parallel(networks(), exported_package) == prove_parallel(networks(), exported_package)


@pytest.mark.parametrize("part", PARTS)
def test_a_graph_with_one_bias_that_is_wrong_is_refused(
    part: str, exported_package: Path, tmp_path: Path
) -> None:
    folder = copy(exported_package, tmp_path)
    path = folder / f"{part}.onnx"
    model = onnx.load_model_from_string(path.read_bytes())
    last = next(
        tensor
        for node in reversed(model.graph.node)
        for tensor in model.graph.initializer
        if node.op_type == "Gemm" and tensor.name == node.input[2]
    )
    moved = numpy_helper.to_array(last) + np.float32(100 * PARALLEL_TOLERANCE)
    last.CopyFrom(numpy_helper.from_array(moved, last.name))
    path.write_bytes(model.SerializeToString())

    with pytest.raises(ModelError, match="不一致"):
        prove_parallel(networks(), folder)


def test_a_network_that_shouts_is_proved_by_what_it_would_say_at_full_scale(tmp_path: Path) -> None:
    shouting = deepcopy(tiny().vocoder)
    with torch.no_grad():
        shouting.network.head.bias.add_(12.0)

    export_voice(tiny().acoustic, shouting, CARD, tmp_path)

    proof = load_package(CARD.name, tmp_path).manifest.proof
    assert proof.max_abs_difference < 1e-5


def test_graphs_of_networks_before_rounding_are_refused(exported_package: Path) -> None:
    exact = ParallelNetworks(tiny().acoustic, tiny().vocoder)

    with pytest.raises(ModelError, match="不一致"):
        prove_parallel(exact, exported_package)
