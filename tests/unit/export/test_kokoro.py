"""The package that is made of a release speaks like it; on a graph of a few nodes with Kokoro's joints."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from huisheng.errors import EngineError
from huisheng.export import kokoro
from huisheng.export.kokoro_files import Release, Styles
from huisheng.voice.load import VoicePackage, load_package
from huisheng.voice.publish import publish, staging

WEIGHTS: dict[str, NDArray[Any]] = {
    "zero": np.array([0]),
    "half": np.array([128]),
    "full": np.array([256]),
    "last": np.array([1]),
    "third": np.array([2]),
    "flat": np.array([-1]),
    "row": np.array([1, -1]),
    "one": np.array(1.0, dtype=np.float32),
    "wide": np.ones((1, 1, 640), dtype=np.float32),
}
NODES = (
    ("Slice", ["style", "half", "full", "last"], "/encoder/Slice_output_0"),
    ("Slice", ["style", "zero", "half", "last"], "/decoder/Slice_output_0"),
    ("ReduceMean", ["/encoder/Slice_output_0"], "mean_prosody"),
    ("Cast", ["tokens"], "letters"),
    ("Add", ["letters", "mean_prosody"], "slow"),
    ("Div", ["slow", "speed"], "/encoder/Div_output_0"),
    ("Round", ["/encoder/Div_output_0"], "rounded"),
    ("Clip", ["rounded", "one"], "/encoder/Clip_output_0"),
    ("Unsqueeze", ["letters", "third"], "deep"),
    ("Mul", ["deep", "wide"], "/encoder/predictor/text_encoder/Concat_4_output_0"),
    ("ReduceMean", ["/encoder/predictor/text_encoder/Concat_4_output_0", "third"], "back"),
    ("Mul", ["back", "/encoder/Clip_output_0"], "tune"),
    ("Add", ["tune", "mean_prosody"], "sung"),
    ("Reshape", ["sung", "row"], "/encoder/Reshape_output_0"),
    ("Reshape", ["tune", "row"], "/encoder/Reshape_1_output_0"),
    ("Add", ["/encoder/Reshape_output_0", "/encoder/Reshape_1_output_0"], "curves"),
    ("Add", ["curves", "/encoder/Clip_output_0"], "timed"),
    ("ReduceMean", ["/decoder/Slice_output_0"], "colour"),
    ("Add", ["timed", "colour"], "sound"),
    ("Add", ["sound", "letters"], "worded"),
    ("Reshape", ["worded", "flat"], "audio"),
)
"""Operator, inputs, output: every joint of the released graph, and arithmetic in place of the networks."""

SPEAKERS = ("af_other", "zf_xiaoxiao")
SYMBOLS = {symbol: number for number, symbol in enumerate("ni↓xau.", start=1)}


def small_graph() -> bytes:
    attributes: dict[str, dict[str, Any]] = {"Cast": {"to": TensorProto.FLOAT}, "ReduceMean": {"keepdims": 0}}
    nodes = [helper.make_node(op, ins, [out], **attributes.get(op, {})) for op, ins, out in NODES]
    graph = helper.make_graph(
        nodes,
        "small",
        [
            helper.make_tensor_value_info("tokens", TensorProto.INT64, [1, "L"]),
            helper.make_tensor_value_info("style", TensorProto.FLOAT, [1, 256]),
            helper.make_tensor_value_info("speed", TensorProto.FLOAT, [1]),
        ],
        [helper.make_tensor_value_info("audio", TensorProto.FLOAT, ["N"])],
        [numpy_helper.from_array(value, name) for name, value in WEIGHTS.items()],
    )
    opset = [helper.make_opsetid("", 20)]
    return helper.make_model(graph, opset_imports=opset, ir_version=10).SerializeToString()


@pytest.fixture(scope="module")
def release() -> Release:
    table = np.random.default_rng(0).normal(size=(len(SPEAKERS), 510, 256)).astype(np.float32)
    return Release(small_graph(), SYMBOLS, Styles(SPEAKERS, table))


def install(release: Release, folder: Path) -> VoicePackage:
    with staging(folder) as staged:
        return publish(staged, kokoro.export(release, staged))


def test_the_package_holds_three_graphs_and_the_styles(release: Release, tmp_path: Path) -> None:
    package = install(release, tmp_path)

    assert sorted(package.manifest.files) == ["curves.onnx", "decoder.onnx", "durations.onnx", "styles.npy"]


def test_the_parts_say_the_same_as_the_whole_and_the_manifest_tells_the_difference(
    release: Release, tmp_path: Path
) -> None:
    proof = install(release, tmp_path).manifest.proof

    assert (proof.symbols, proof.max_abs_difference) == (8, 0.0)


def test_parts_that_speak_otherwise_are_not_published(release: Release, tmp_path: Path) -> None:
    kokoro.export(release, tmp_path)
    spoiled = onnx.load_model_from_string((tmp_path / "decoder.onnx").read_bytes())
    (mean,) = [node for node in spoiled.graph.node if "colour" in node.output]
    mean.op_type = "ReduceMax"
    (tmp_path / "decoder.onnx").write_bytes(spoiled.SerializeToString())

    with pytest.raises(EngineError, match="不一致"):
        kokoro.prove(release, tmp_path)


def test_the_styles_are_read_back_by_speaker(release: Release, tmp_path: Path) -> None:
    package = install(release, tmp_path)

    table = np.load(package.path("styles.npy"), mmap_mode="r")

    assert package.manifest.speakers == SPEAKERS
    np.testing.assert_array_equal(table, release.styles.table)


@pytest.mark.voice
def test_the_installed_graphs_speak_600_samples_a_frame() -> None:
    package = load_package("kokoro")
    style = np.load(package.path("styles.npy"))[package.manifest.speakers.index("zf_xiaoxiao"), 4][None]
    tokens = np.array([[0, *(package.manifest.symbols[symbol] for symbol in "ma→."), 0]])

    frames, hidden = run(package, "durations", tokens=tokens, prosody=style[:, 128:], speed=np.ones(1, "f4"))
    durations = np.maximum(np.rint(frames), 1)
    f0, energy = run(package, "curves", durations=durations, hidden=hidden, prosody=style[:, 128:])
    (audio,) = run(
        package, "decoder", tokens=tokens, durations=durations, f0=f0, energy=energy, timbre=style[:, :128]
    )

    assert hidden.shape == (1, tokens.shape[1], 640)
    assert f0.shape == energy.shape == (1, 2 * durations.sum())
    assert audio.shape == (package.manifest.frame_samples * durations.sum(),)


@pytest.mark.voice
def test_the_installed_package_was_proved_and_names_every_voice_of_the_release() -> None:
    manifest = load_package("kokoro").manifest

    assert manifest.proof.max_abs_difference <= 0.01
    assert (len(manifest.speakers), len(manifest.symbols)) == (54, 114)


def run(package: VoicePackage, part: str, **feeds: NDArray[Any]) -> list[NDArray[Any]]:
    runtime: Any = onnxruntime
    session = runtime.InferenceSession(package.path(f"{part}.onnx"), providers=["CPUExecutionProvider"])
    return session.run(None, feeds)
