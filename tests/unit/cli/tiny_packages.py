"""Voice packages of a few bytes in the user's store."""

from __future__ import annotations

from pathlib import Path

from onnx import TensorProto, helper

from huisheng.voice.manifest import Description, Origin, Proof
from huisheng.voice.publish import publish, staging


def make_graph() -> bytes:
    """A graph that adds a number to itself."""
    ports = [helper.make_tensor_value_info(name, TensorProto.FLOAT, [1]) for name in ("x", "y")]
    graph = helper.make_graph([helper.make_node("Add", ["x", "x"], ["y"])], "tiny", ports[:1], ports[1:])
    return helper.make_model(graph).SerializeToString()


def publish_tiny(name: str = "kokoro", engine: str = "silent", licence: str = "MIT") -> Path:
    """A package that says little; its folder."""
    description = Description(
        name=name,
        version="7",
        engine=engine,
        sample_rate=24_000,
        frame_samples=600,
        symbols={"a": 1, "b": 2},
        speakers=("one", "two"),
        languages=("zh-CN",),
        licence=licence,
        origins=(Origin(name="source.bin", sha256="0" * 64, licence="Apache-2.0"),),
        remarks="",
        proof=Proof(symbols=1, samples=1, max_abs_difference=2.5e-6),
    )
    with staging() as staged:
        (staged / "graph.onnx").write_bytes(make_graph())
        return publish(staged, description).directory


def damage(directory: Path) -> None:
    """Another byte in its graph."""
    path = directory / "graph.onnx"
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
