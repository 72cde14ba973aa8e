"""A graph of a package: what it takes, and its failures as ours."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from tests.unit.engines import toy_kokoro as toy

from huisheng.engines.graphs import Graph
from huisheng.errors import EngineError, VoicePackageError


@pytest.fixture
def curves(tmp_path: Path) -> Graph:
    return Graph(toy.publish_toy(tmp_path), "curves.onnx")


def test_a_graph_tells_the_axes_of_its_inputs(curves: Graph) -> None:
    assert curves.inputs["hidden"] == (1, "L", 640)


def test_zeros_for_an_input_are_as_long_as_told(curves: Graph) -> None:
    zeros = curves.zeros("hidden", {"L": 5})

    assert (zeros.shape, zeros.dtype, zeros.any()) == ((1, 5, 640), np.float32, False)


def test_zeros_for_a_length_that_is_not_told_are_none(curves: Graph) -> None:
    assert curves.zeros("hidden").shape == (1, 0, 640)


def test_outputs_come_by_name(curves: Graph) -> None:
    frames, hidden = np.full((1, 3), 4.0, dtype=np.float32), curves.zeros("hidden", {"L": 3})

    made = curves({"durations": frames, "hidden": hidden, "prosody": curves.zeros("prosody")})

    assert {name: values.shape for name, values in made.items()} == {"f0": (1, 24), "energy": (1, 24)}


def test_a_file_that_is_no_graph_is_a_damaged_package(tmp_path: Path) -> None:
    package = toy.publish_toy(tmp_path, curves=b"no graph")

    with pytest.raises(VoicePackageError, match=r"curves\.onnx"):
        Graph(package, "curves.onnx")


def test_a_file_that_the_package_does_not_have_is_a_damaged_package(tmp_path: Path) -> None:
    with pytest.raises(VoicePackageError, match=r"vocoder\.onnx"):
        Graph(toy.publish_toy(tmp_path), "vocoder.onnx")


def test_a_run_that_fails_is_an_error_of_the_engine_with_its_cause(curves: Graph) -> None:
    with pytest.raises(EngineError) as failed:
        curves({"durations": np.ones((2, 2), np.float32)})

    assert failed.value.__cause__ is not None
