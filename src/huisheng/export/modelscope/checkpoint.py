"""Weights of a checkpoint that a stranger wrote: no code of it runs, and only what is wanted is copied.

A training file of the vocoder has a gigabyte, 20 MB of which are the generator. It is mapped, not read, so
the discriminators and the optimiser's moments never reach memory.
"""

from __future__ import annotations

import re
import warnings
import zipfile
import zlib
from collections.abc import Mapping
from typing import Any, Final, TypeAlias

import torch
from torch import Tensor

from huisheng.export.modelscope.arrays import read_arrays
from huisheng.export.modelscope.documents import as_table
from huisheng.export.modelscope.files import ModelFile, model_error
from huisheng.voice.store import storage

State: TypeAlias = dict[str, Tensor]
"""Key → tensor, of any dense kind, still where the file has it."""

LARGEST: Final = 3 << 30
"""Bytes of a checkpoint; the largest published one has 0.9 GB."""

_LARGEST_UNMAPPED: Final = 256 << 20
"""Bytes of a checkpoint in a format that must be read whole: torch before 1.6, and pickled arrays."""

_LARGEST_PICKLE: Final = 64 << 20
_MOST_RECORDS: Final = 20_000
_MOST_KEYS: Final = 10_000
_LONGEST_KEY: Final = 256

_ZIP: Final = b"PK\x03\x04"
_OLD_TORCH: Final = b"\x80\x02\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19."
"""What a file of torch before 1.6 begins with: its magic number, pickled."""

_PICKLE: Final = b"\x80"
_LFS: Final = b"version https://git-lfs"

_WRAPPINGS: Final = ("model", "fsnet", "generator")
"""Keys around a state dict, from the outside in: of trainers, of the acoustic models of 2022, of vocoders."""

_NAMES_OF_2022: Final = (
    (re.compile(r"^ups\.(\d+)\."), r"transpose_upsamples.\1.1."),
    (re.compile(r"^repeat_ups\."), "repeat_upsamples."),
    (re.compile(r"^resblocks\."), "conv_blocks."),
)
"""Prefix of the vocoder's weights; the network is the same."""


def read_state(file: ModelFile) -> State:
    """The state dict in a checkpoint, whatever it is wrapped in.

    Args:
        file: of torch, of any version, or a pickle of arrays as some models of 2022 were.

    Returns:
        Views of the mapped file where the format allows it; nothing was copied then.

    Raises:
        ModelError: it cannot be read without running what it says, is damaged, or holds no state dict.
        StorageError: it cannot be read.
    """
    file.check_size(LARGEST)
    content = as_table(_content(file)) or {}
    for key in _WRAPPINGS:
        content = as_table(content.get(key)) or content
    if not 0 < len(content) <= _MOST_KEYS:
        raise model_error(file.name, "其中没有模型权重", "it holds no state dict")
    for key, value in content.items():
        _check_entry(key, value, file.name)
    return dict(content)


def with_current_names(state: State) -> State:
    """A vocoder's state dict with the keys of today instead of those of 2022."""
    renamed: State = {}
    for key, value in state.items():
        for pattern, replacement in _NAMES_OF_2022:
            key = pattern.sub(replacement, key)  # noqa: PLW2901 (one rule after the other)
        renamed[key] = value
    return renamed


def select_tensors(state: State, wanted: Mapping[str, torch.Size], place: str) -> State:
    """Copies of the tensors that a network needs, float32 and contiguous; the rest stays in the file.

    Args:
        state: from `read_state`, its shapes checked.
        wanted: key → shape.
        place: the checkpoint, for messages.

    Raises:
        ModelError: a value is not finite.
        StorageError: there is no memory for them.
    """
    copies: State = {}
    for key in wanted.keys() & state.keys():
        copies[key] = state[key].detach().to(torch.float32, copy=True, memory_format=torch.contiguous_format)
        if not bool(copies[key].isfinite().all()):
            raise model_error(place, f"权重 {key} 含有非有限值，文件已损坏", f"weight {key} is not finite")
    return {key: copies[key] for key in wanted if key in copies}


def _content(file: ModelFile) -> Any:  # noqa: ANN401 (whatever a pickle holds)
    with storage(file.path), file.path.open("rb") as opened:
        start = opened.read(64)
    if start.startswith(_ZIP):
        _check_zip(file)
        return _unpickle(file, mapped=True)
    if start.startswith(_OLD_TORCH):
        file.check_size(_LARGEST_UNMAPPED)
        return _unpickle(file, mapped=False)
    if start.startswith(_PICKLE):
        file.check_size(_LARGEST_UNMAPPED)
        return read_arrays(file)
    if start.startswith(_LFS):
        raise model_error(
            file.name,
            "只是 Git LFS 指针，不是检查点，请用 git lfs pull 或 huisheng voices pull 下载",
            "it is a pointer of Git LFS, no checkpoint; get it with git lfs pull or huisheng voices pull",
        )
    raise model_error(file.name, "不是 PyTorch 检查点", "it is no checkpoint of PyTorch")


def _unpickle(file: ModelFile, *, mapped: bool) -> Any:  # noqa: ANN401 (whatever a pickle holds)
    """What torch's restricted unpickler makes of it: tensors, containers and numbers."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about pickle protocols: nothing that a user could act on
            return torch.load(file.path, map_location="cpu", weights_only=True, mmap=mapped)
    except Exception as error:  # damaged bytes fail in any part of the unpickler
        raise _unsafe(file) from error


def _check_zip(file: ModelFile) -> None:
    """Hold the archive to what torch writes, and to its checksums, which a mapped file is not held to."""
    try:
        with storage(file.path), zipfile.ZipFile(file.path) as archive:
            records = archive.infolist()
            usual = all(record.compress_type == zipfile.ZIP_STORED for record in records)
            pickles = [record.file_size for record in records if record.filename.endswith(".pkl")]
            if not usual or len(records) > _MOST_RECORDS or max(pickles, default=0) > _LARGEST_PICKLE:
                raise model_error(
                    file.name, "不是 PyTorch 写出的检查点", "PyTorch does not write such checkpoints"
                )
            damaged = archive.testzip()
    except (zipfile.BadZipFile, zlib.error, RuntimeError, NotImplementedError, ValueError, EOFError) as error:
        raise _damage_error(file) from error
    if damaged is not None:
        raise _damage_error(file)


def _check_entry(key: object, value: object, place: str) -> None:
    if not isinstance(key, str) or len(key) > _LONGEST_KEY:
        raise model_error(place, "权重的名称不可用", "a key of its state dict is unusable")
    if (
        not isinstance(value, Tensor)
        or value.layout is not torch.strided
        or value.device.type != "cpu"
        or value.is_quantized
        or value.is_complex()
    ):
        raise model_error(place, f"{key} 不是普通张量", f"{key} is no plain tensor")


def _unsafe(file: ModelFile) -> Exception:
    return model_error(
        file.name,
        "检查点不能安全读取：已损坏，或含有张量以外的内容，请重新下载",
        "the checkpoint cannot be read safely: it is damaged, or holds more than tensors; download it again",
    )


def _damage_error(file: ModelFile) -> Exception:
    return model_error(file.name, "检查点已损坏，请重新下载", "the checkpoint is damaged; download it again")
