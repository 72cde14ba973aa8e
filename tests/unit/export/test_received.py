"""A package from outside is checked byte by byte, and published whole or not at all."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from onnx import TensorProto, helper, numpy_helper

from huisheng.errors import UnsafeArchive, VoicePackageError
from huisheng.export.received import import_package
from huisheng.voice.archive import pack
from huisheng.voice.load import VoicePackage, load_package
from huisheng.voice.manifest import MANIFEST, Description, Proof
from huisheng.voice.publish import publish, staging
from huisheng.voice.store import digest


def make_graph(external: bool = False) -> bytes:
    """A graph that adds a constant; hostile, it wants to read that from another file."""
    weight = numpy_helper.from_array(np.ones(4, np.float32), "weight")
    if external:
        weight.data_location = TensorProto.EXTERNAL
        entry = weight.external_data.add()
        entry.key, entry.value = "location", "../../secret.bin"
    graph = helper.make_graph(
        [helper.make_node("Add", ["x", "weight"], ["y"])],
        "tiny",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [4])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [4])],
        [weight],
    )
    return helper.make_model(graph).SerializeToString()


def publish_tiny(folder: Path, version: str = "1", graph: bytes = b"") -> VoicePackage:
    description = Description(
        name="tiny",
        version=version,
        engine="silent",
        sample_rate=16_000,
        frame_samples=200,
        symbols={"a": 1},
        speakers=(),
        languages=("zh-CN",),
        licence="MIT",
        origins=(),
        remarks="",
        proof=Proof(symbols=1, samples=1, max_abs_difference=0.0),
    )
    with staging(folder) as staged:
        (staged / "graph.onnx").write_bytes(graph or make_graph())
        np.save(staged / "styles.npy", np.ones(3, np.float32))
        return publish(staged, description)


@pytest.fixture
def theirs(tmp_path: Path) -> VoicePackage:
    """A package on the machine of somebody else."""
    return publish_tiny(tmp_path / "theirs")


def pack_file(package: VoicePackage, folder: Path) -> Path:
    pack(package, folder / "tiny.huisheng.zip")
    return folder / "tiny.huisheng.zip"


def flat(package: VoicePackage, folder: Path) -> Path:
    """The files at the top of an archive, as somebody may have packed them by hand."""
    with zipfile.ZipFile(folder / "flat.zip", "w") as archive:
        for path in package.directory.iterdir():
            archive.write(path, path.name)
    return folder / "flat.zip"


def as_it_is(package: VoicePackage, folder: Path) -> Path:
    return package.directory


FORMS = pytest.mark.parametrize("form", [pack_file, flat, as_it_is])
Form = Callable[[VoicePackage, Path], Path]


@FORMS
def test_a_package_arrives_with_every_byte(tmp_path: Path, theirs: VoicePackage, form: Form) -> None:
    source = form(theirs, tmp_path)

    package = import_package(source, tmp_path / "ours")

    assert package.manifest == theirs.manifest
    assert load_package("tiny", tmp_path / "ours").directory == tmp_path / "ours" / "tiny"
    assert [path.name for path in (tmp_path / "ours").iterdir()] == ["tiny"]


def test_a_folder_that_was_imported_stays_where_it_was(tmp_path: Path, theirs: VoicePackage) -> None:
    import_package(theirs.directory, tmp_path / "ours")

    assert load_package("tiny", theirs.directory.parent).manifest == theirs.manifest


def test_a_name_that_is_taken_is_refused_and_the_message_says_how_to_replace(
    tmp_path: Path, theirs: VoicePackage
) -> None:
    publish_tiny(tmp_path / "ours", version="mine")

    with pytest.raises(VoicePackageError, match="--replace"):
        import_package(theirs.directory, tmp_path / "ours")

    assert load_package("tiny", tmp_path / "ours").manifest.version == "mine"


def test_with_replace_it_takes_the_place_of_the_other(tmp_path: Path, theirs: VoicePackage) -> None:
    publish_tiny(tmp_path / "ours", version="mine")

    import_package(theirs.directory, tmp_path / "ours", replace=True)

    assert load_package("tiny", tmp_path / "ours").manifest.version == "1"
    assert [path.name for path in (tmp_path / "ours").iterdir()] == ["tiny"]


def assert_refused(source: Path, folder: Path, words: str) -> None:
    """Refused with one line, and the package of ours that has its name is as before."""
    ours = publish_tiny(folder, version="mine")
    with pytest.raises(UnsafeArchive, match=words) as caught:
        import_package(source, folder, replace=True)
    assert "\n" not in caught.value.message + caught.value.english
    assert load_package("tiny", folder).manifest == ours.manifest
    assert [path.name for path in folder.iterdir()] == ["tiny"]


def amend(package: VoicePackage, change: Callable[[dict[str, Any]], None]) -> None:
    path = package.directory / MANIFEST
    manifest = json.loads(path.read_text(encoding="utf-8"))
    change(manifest)
    path.write_text(json.dumps(manifest), encoding="utf-8")


@FORMS
def test_a_file_that_differs_from_its_digest_is_refused(
    tmp_path: Path, theirs: VoicePackage, form: Form
) -> None:
    with (theirs.directory / "styles.npy").open("r+b") as file:
        file.write(b"\x94")

    assert_refused(form(theirs, tmp_path), tmp_path / "ours", r"styles\.npy 已损坏")


def test_a_file_that_is_missing_is_refused(tmp_path: Path, theirs: VoicePackage) -> None:
    (theirs.directory / "graph.onnx").unlink()

    assert_refused(theirs.directory, tmp_path / "ours", r"缺少文件 graph\.onnx")


def test_a_link_in_place_of_a_file_is_refused(tmp_path: Path, theirs: VoicePackage) -> None:
    path = theirs.directory / "graph.onnx"
    path.rename(tmp_path / "elsewhere")
    path.symlink_to(tmp_path / "elsewhere")

    assert_refused(theirs.directory, tmp_path / "ours", r"缺少文件 graph\.onnx")


@FORMS
def test_a_graph_that_reads_another_file_is_refused_though_its_digest_is_right(
    tmp_path: Path, form: Form
) -> None:
    theirs = publish_tiny(tmp_path / "theirs", graph=make_graph(external=True))

    assert_refused(form(theirs, tmp_path), tmp_path / "ours", "外部文件")


@pytest.mark.parametrize(
    "change",
    [
        {"schema_version": 99},
        {"name": "../../evil"},
        {"name": "Evil"},
        {"name": "nul"},
        {"name": "com1"},
        {"name": "kokoro", "engine": "sambert"},
        {"name": "tiny", "engine": "kokoro"},
        {"name": "sambert", "engine": "kokoro"},
        {"files": {"../evil.onnx": {"size": 0, "sha256": "0" * 64}}},
        {"files": {"aux.onnx": {"size": 0, "sha256": "0" * 64}}},
        {"novelty": 1},
        {"proof": {"symbols": 1, "samples": 1, "max_abs_difference": float("inf")}},
    ],
    ids=[
        *("schema", "path in name", "name", "device", "port"),
        *("sambert as kokoro", "another kokoro", "kokoro as sambert"),
        *("path in file", "device in file", "unknown key", "infinity"),
    ],
)
def test_a_manifest_that_breaks_the_schema_is_refused(
    tmp_path: Path, theirs: VoicePackage, change: dict[str, Any]
) -> None:
    amend(theirs, lambda manifest: manifest.update(change))

    assert_refused(theirs.directory, tmp_path / "ours", "manifest.json 无法识别")


def test_a_manifest_that_lists_itself_is_refused(tmp_path: Path, theirs: VoicePackage) -> None:
    entry = {"size": 9, "sha256": digest(theirs.directory / MANIFEST)}
    amend(theirs, lambda manifest: manifest["files"].update({MANIFEST: entry}))

    assert_refused(theirs.directory, tmp_path / "ours", r"manifest\.json 已损坏")


def test_a_manifest_of_gigabytes_is_refused_unread(tmp_path: Path, theirs: VoicePackage) -> None:
    with (theirs.directory / MANIFEST).open("wb") as file:
        file.truncate(1 << 40)  # sparse: it takes no room

    assert_refused(theirs.directory, tmp_path / "ours", "manifest.json 过大")


def test_an_archive_without_a_manifest_is_no_package(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("graph.onnx", make_graph())

    assert_refused(tmp_path / "a.zip", tmp_path / "ours", "不是语音包")


@pytest.mark.parametrize("pack_it", [False, True], ids=["folder", "zip"])
def test_who_holds_a_model_is_told_the_command_for_it(tmp_path: Path, pack_it: bool) -> None:
    (tmp_path / "model" / "voices").mkdir(parents=True)
    (tmp_path / "model" / "configuration.json").write_text("{}", encoding="utf-8")
    with zipfile.ZipFile(tmp_path / "model.zip", "w") as archive:
        for name in ("configuration.json", *(f"voices/{number}" for number in range(100))):
            archive.writestr(name, b"")

    source = tmp_path / ("model.zip" if pack_it else "model")

    assert_refused(source, tmp_path / "ours", "huisheng voices import 导入")


def test_an_archive_with_a_path_that_leaves_is_refused(tmp_path: Path, theirs: VoicePackage) -> None:
    source = pack_file(theirs, tmp_path)
    with zipfile.ZipFile(source, "a") as archive:
        archive.writestr("../evil.txt", "evil")

    assert_refused(source, tmp_path / "ours", "不安全")
    assert not (tmp_path / "evil.txt").exists()


def test_a_file_outside_the_manifest_does_not_come_along(tmp_path: Path, theirs: VoicePackage) -> None:
    (theirs.directory / "readme.txt").write_bytes(b"extra")

    package = import_package(theirs.directory, tmp_path / "ours")

    assert sorted(path.name for path in package.directory.iterdir()) == [
        "graph.onnx",
        "manifest.json",
        "styles.npy",
    ]
