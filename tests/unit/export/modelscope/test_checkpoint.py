"""Checkpoints of strangers: no code of theirs runs, damage is seen, and only what is wanted is copied."""

from __future__ import annotations

import io
import os
import pickle
import random
import sys
import zipfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
import torch

from huisheng.errors import ModelError
from huisheng.export.modelscope.checkpoint import LARGEST, read_state, select_tensors, with_current_names
from huisheng.export.modelscope.files import ModelFile

NAME = "voices/zhitian_emo/am/ckpt/checkpoint_1.pth"
STATE = {"a.weight": torch.arange(6.0).reshape(2, 3), "a.bias": torch.ones(2)}


def save_checkpoint(folder: Path, content: object) -> ModelFile:
    torch.save(content, folder / "checkpoint_1.pth")
    return ModelFile(NAME, folder / "checkpoint_1.pth")


def write_checkpoint(folder: Path, content: bytes) -> ModelFile:
    (folder / "checkpoint_1.pth").write_bytes(content)
    return ModelFile(NAME, folder / "checkpoint_1.pth")


def content(obj: object) -> bytes:
    buffer = io.BytesIO()
    torch.save(obj, buffer)
    return buffer.getvalue()


class Hostile:
    """Makes a folder when it is unpickled."""

    def __init__(self, target: Path) -> None:
        self.target = target

    def __reduce__(self) -> tuple[Callable[[str], None], tuple[str]]:
        return os.mkdir, (str(self.target),)


def as_checkpoint(hostile: Hostile) -> bytes:
    return content({"model": STATE, "steps": hostile})


def as_old_checkpoint(hostile: Hostile) -> bytes:
    buffer = io.BytesIO()
    torch.save({"model": hostile}, buffer, _use_new_zipfile_serialization=False)
    return buffer.getvalue()


def as_pickle(hostile: Hostile) -> bytes:
    return pickle.dumps({"fsnet": hostile}, protocol=2)


WRITERS = [as_checkpoint, as_old_checkpoint, as_pickle]


@pytest.mark.parametrize("write", WRITERS)
def test_the_hostile_code_of_these_tests_would_run(tmp_path: Path, write: Callable[[Hostile], bytes]) -> None:
    path = tmp_path / "checkpoint.pth"
    path.write_bytes(write(Hostile(tmp_path / "ran")))

    with path.open("rb") as file:
        if write is as_pickle:
            pickle.load(file)  # noqa: S301 (to show that it is dangerous)
        else:
            torch.load(file, weights_only=False)

    assert (tmp_path / "ran").is_dir()


@pytest.mark.parametrize("write", WRITERS)
def test_code_in_a_checkpoint_is_refused_and_not_run(
    tmp_path: Path, write: Callable[[Hostile], bytes]
) -> None:
    with pytest.raises(ModelError, match=r"checkpoint_1\.pth：检查点不能安全读取"):
        read_state(write_checkpoint(tmp_path, write(Hostile(tmp_path / "ran"))))

    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize("part", [0.0, 0.01, 0.3, 0.6, 0.9, 0.999])
def test_a_checkpoint_that_was_cut_off_is_refused(tmp_path: Path, part: float) -> None:
    whole = content({"model": STATE})

    with pytest.raises(ModelError, match=r"checkpoint_1\.pth"):
        read_state(write_checkpoint(tmp_path, whole[: int(part * len(whole))]))


def test_a_single_changed_bit_of_a_weight_is_seen(tmp_path: Path) -> None:
    whole = bytearray(content({"model": STATE}))
    place = whole.find(STATE["a.weight"].numpy().tobytes())
    whole[place + 5] ^= 1

    with pytest.raises(ModelError, match="已损坏"):
        read_state(write_checkpoint(tmp_path, bytes(whole)))


@pytest.mark.parametrize("zipped", [True, False], ids=["zip", "old"])
def test_whatever_bytes_change_a_checkpoint_is_read_or_refused(tmp_path: Path, zipped: bool) -> None:
    buffer = io.BytesIO()
    torch.save({"model": STATE}, buffer, _use_new_zipfile_serialization=zipped)
    chance = random.Random(0)
    for _ in range(300):
        damaged = bytearray(buffer.getvalue())
        for _ in range(chance.randint(1, 4)):
            damaged[chance.randrange(len(damaged))] = chance.randrange(256)
        with suppress(ModelError):
            read_state(write_checkpoint(tmp_path, bytes(damaged)))


def test_whatever_bytes_change_pickled_arrays_are_read_or_refused(tmp_path: Path) -> None:
    whole = pickle.dumps({"fsnet": {key: value.numpy() for key, value in STATE.items()}}, protocol=2)
    chance = random.Random(1)
    for _ in range(300):
        damaged = bytearray(whole)
        damaged[chance.randrange(len(damaged))] = chance.randrange(256)
        with suppress(ModelError):
            read_state(write_checkpoint(tmp_path, bytes(damaged)))


@pytest.mark.parametrize(
    "start",
    [
        b"",
        b"hello",
        b"<!DOCTYPE html>",
        b"\x89HDF\r\n\x1a\n",
        b"version https://git-lfs.github.com/spec/v1\noid",
    ],
    ids=["empty", "text", "page", "HDF5", "LFS"],
)
def test_what_is_no_checkpoint_is_refused(tmp_path: Path, start: bytes) -> None:
    with pytest.raises(ModelError):
        read_state(write_checkpoint(tmp_path, start))


def test_a_pointer_in_place_of_a_checkpoint_is_told_as_such(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="git lfs pull"):
        read_state(
            write_checkpoint(tmp_path, b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 9\n")
        )


def test_a_checkpoint_that_is_too_large_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "checkpoint_1.pth"
    with path.open("wb") as file:
        file.truncate(LARGEST + 1)

    with pytest.raises(ModelError, match="上限"):
        read_state(ModelFile(NAME, path))


def test_a_compressed_checkpoint_is_refused(tmp_path: Path) -> None:
    with (
        zipfile.ZipFile(io.BytesIO(content({"model": STATE}))) as plain,
        zipfile.ZipFile(tmp_path / "checkpoint_1.pth", "w", zipfile.ZIP_DEFLATED) as packed,
    ):
        for record in plain.namelist():
            packed.writestr(record, plain.read(record))

    with pytest.raises(ModelError, match="不是 PyTorch 写出的检查点"):
        read_state(ModelFile(NAME, tmp_path / "checkpoint_1.pth"))


@pytest.mark.parametrize(
    "value",
    [
        1.0,
        "weights",
        [1.0, 2.0],
        torch.ones(2).to_sparse(),
        torch.ones(2, dtype=torch.complex64),
        torch.empty(2, device="meta"),
    ],
    ids=["number", "text", "list", "sparse", "complex", "meta"],
)
def test_what_is_no_plain_tensor_is_refused(tmp_path: Path, value: object) -> None:
    with pytest.raises(ModelError, match=r"checkpoint_1\.pth"):
        read_state(save_checkpoint(tmp_path, {"model": STATE | {"b.weight": value}}))


@pytest.mark.parametrize("state", [{}, {"model": {}}, [], 1], ids=["nothing", "empty", "list", "number"])
def test_a_checkpoint_without_weights_is_refused(tmp_path: Path, state: object) -> None:
    with pytest.raises(ModelError):
        read_state(save_checkpoint(tmp_path, state))


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf")])
def test_a_value_that_is_not_finite_is_refused_with_its_key(tmp_path: Path, value: float) -> None:
    spoiled = STATE | {"a.bias": torch.tensor([0.0, value])}
    wanted = {key: tensor.shape for key, tensor in STATE.items()}

    with pytest.raises(ModelError, match=r"a\.bias"):
        select_tensors(read_state(save_checkpoint(tmp_path, spoiled)), wanted, NAME)


def test_a_double_beyond_single_precision_is_refused(tmp_path: Path) -> None:
    state = read_state(save_checkpoint(tmp_path, {"a": torch.tensor([1e300], dtype=torch.float64)}))

    with pytest.raises(ModelError, match="非有限值"):
        select_tensors(state, {"a": torch.Size([1])}, NAME)


def test_a_value_that_is_not_finite_does_not_matter_where_it_is_not_wanted(tmp_path: Path) -> None:
    state = read_state(save_checkpoint(tmp_path, STATE | {"extra": torch.tensor([float("nan")])}))

    assert select_tensors(state, {"a.bias": torch.Size([2])}, NAME).keys() == {"a.bias"}


@pytest.mark.skipif(sys.platform != "linux", reason="the peak of a process is read from Linux")
def test_the_discriminators_of_a_large_vocoder_never_reach_memory(tmp_path: Path) -> None:
    judge = torch.zeros(24_000_000)  # 96 MB
    file = save_checkpoint(tmp_path, {"model": {"generator": STATE, "discriminator": {"judge": judge}}})
    del judge
    before = reset_peak()

    select_tensors(read_state(file), {key: value.shape for key, value in STATE.items()}, NAME)

    assert memory("VmHWM") - before < 24_000_000


def reset_peak() -> int:
    """Forget the peak so far; bytes in memory now."""
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
    return memory("VmRSS")


def memory(field: str) -> int:
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return 1024 * int(status.partition(f"{field}:")[2].split()[0])


@pytest.mark.parametrize("dtype", ["<f4", ">f4", "<f2", "<f8", "<i8"])
def test_pickled_arrays_of_numbers_are_read(tmp_path: Path, dtype: str) -> None:
    array = np.arange(6).reshape(2, 3).astype(dtype)
    state = read_state(
        write_checkpoint(tmp_path, pickle.dumps({"fsnet": {"a": array, "b": array.T}}, protocol=2))
    )

    found = select_tensors(state, {"a": torch.Size([2, 3]), "b": torch.Size([3, 2])}, NAME)

    assert found["a"].equal(torch.arange(6.0).reshape(2, 3))
    assert found["b"].equal(torch.arange(6.0).reshape(2, 3).T)


@pytest.mark.parametrize("protocol", [2, 3, 4])
def test_pickled_arrays_of_every_protocol_of_the_time_are_read(tmp_path: Path, protocol: int) -> None:
    arrays = {"fsnet": {"a": np.ones((2, 2), np.float32)}}

    state = read_state(write_checkpoint(tmp_path, pickle.dumps(arrays, protocol=protocol)))

    assert state["a"].equal(torch.ones(2, 2))


def test_a_pickled_array_of_objects_is_refused(tmp_path: Path) -> None:
    arrays = {"fsnet": {"a": np.array([Hostile(tmp_path / "ran")], dtype=object)}}

    with pytest.raises(ModelError, match="不能安全读取"):
        read_state(write_checkpoint(tmp_path, pickle.dumps(arrays, protocol=2)))

    assert not (tmp_path / "ran").exists()


def test_a_pickled_array_whose_shape_its_bytes_do_not_fill_is_refused(tmp_path: Path) -> None:
    whole = pickle.dumps({"fsnet": {"a": np.ones(77, np.float32)}}, protocol=2)

    with pytest.raises(ModelError, match="不能安全读取"):
        read_state(write_checkpoint(tmp_path, whole.replace(b"KM\x85", b"K\x7f\x85")))


def test_a_pickle_cannot_change_what_the_names_it_knows_do(tmp_path: Path) -> None:
    spoiling = b"\x80\x02cnumpy.core.multiarray\n_reconstruct\nN}X\x08\x00\x00\x00__call__K\x01s\x86b."
    array = pickle.dumps({"fsnet": {"a": np.ones(2, np.float32)}}, protocol=2)

    with pytest.raises(ModelError, match="不能安全读取"):
        read_state(write_checkpoint(tmp_path, spoiling))

    assert read_state(write_checkpoint(tmp_path, array))["a"].equal(torch.ones(2))


@pytest.mark.parametrize(
    ("then", "now"),
    [
        ("ups.0.deconv.weight_g", "transpose_upsamples.0.1.deconv.weight_g"),
        ("repeat_ups.3.2.conv1d.bias", "repeat_upsamples.3.2.conv1d.bias"),
        ("resblocks.11.convs1.2.conv1d.weight_v", "conv_blocks.11.convs1.2.conv1d.weight_v"),
        ("conv_pre.conv1d.bias", "conv_pre.conv1d.bias"),
        ("transpose_upsamples.0.1.deconv.bias", "transpose_upsamples.0.1.deconv.bias"),
    ],
)
def test_keys_of_2022_become_those_of_today(then: str, now: str) -> None:
    assert list(with_current_names({then: torch.ones(1)})) == [now]
