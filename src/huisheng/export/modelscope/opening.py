"""A model as a user has it, directory or zip: where its voices are, and what it says of all of them."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from huisheng.errors import ModelError
from huisheng.export.modelscope.configuration import CONFIGURATION, ModelCard, card
from huisheng.export.modelscope.documents import parse_yaml, read_json
from huisheng.export.modelscope.files import ModelFolder, model_error
from huisheng.export.modelscope.layout import VOICES
from huisheng.voice.archive import unpack
from huisheng.voice.publish import staging

_PACKED: Final = "voices.zip"
_README: Final = "README.md"
_README_READ: Final = 1 << 16
"""Bytes in which its front matter must end."""

_LICENCES: Final = {
    "apache license 2.0": "Apache-2.0",
    "apache-2.0": "Apache-2.0",
    "mit": "MIT",
    "mit license": "MIT",
}
"""How publishers word what SPDX has a name for."""

_LONGEST_LICENCE: Final = 100


@dataclass(frozen=True, slots=True)
class OpenedModel:
    """An opened model.

    Attributes:
        folder: with its voices; what `voices.zip` held, where they lie in one.
        title: what the user calls it.
        card: `configuration.json`.
        licence: SPDX expression or the publisher's words; empty when nothing is stated.
    """

    folder: ModelFolder
    title: str
    card: ModelCard
    licence: str


@contextmanager
def open_model(path: Path) -> Generator[OpenedModel]:
    """The model in a directory or a zip. What must be unpacked is gone at the end.

    Raises:
        ModelError: there is nothing, or its settings cannot be read.
        UnsafeArchive: a zip that must not be unpacked.
        StorageError: no space, or no right to read or write.
    """
    if not path.exists():
        raise model_error(str(path), "没有这个文件或目录", "there is no such file or directory")
    with ExitStack() as stack:
        if path.is_dir():
            outer = ModelFolder(path.resolve())
            title = outer.root.name
        else:
            outer, title = _unpack(stack, path)
        outer, title = _descend(outer, title)
        stated, licence = _read_card(_with_settings(outer, path))
        packed = None if outer.has_folder(VOICES) or stated.custom_ckpt else outer.file(_PACKED)
        inner = outer if packed is None else _unpack(stack, packed.path)[0]
        yield OpenedModel(inner, title, stated, licence)


def _unpack(stack: ExitStack, archive: Path) -> tuple[ModelFolder, str]:
    """Into a folder of the store, which has room for voices, unlike many a temporary one."""
    scratch = stack.enter_context(staging())
    unpack(archive, scratch / "model")
    return ModelFolder((scratch / "model").resolve()), archive.stem


def _descend(folder: ModelFolder, title: str) -> tuple[ModelFolder, str]:
    """The only folder in a folder, as archives often begin with; `voices` is meant as it is."""
    entries = [entry for entry in folder.entries() if not entry.startswith((".", "__MACOSX"))]
    if len(entries) != 1 or entries[0] == VOICES or not folder.has_folder(entries[0]):
        return folder, title
    inner = (folder.root / entries[0]).resolve()
    if inner.parent != folder.root:  # a link, which could lead back here
        return folder, title
    return _descend(ModelFolder(inner), entries[0])


def _with_settings(folder: ModelFolder, path: Path) -> ModelFolder:
    """The folder; for a `voices.zip` that holds no settings, the one where it lies beside them."""
    if path.name != _PACKED or folder.file(CONFIGURATION) is not None:
        return folder
    return ModelFolder(path.parent.resolve())


def _read_card(folder: ModelFolder) -> tuple[ModelCard, str]:
    """What `configuration.json` and the README say; both may be missing."""
    file = folder.file(CONFIGURATION)
    stated = card({} if file is None else read_json(file))
    return stated, _licence(stated.licence or _readme_licence(folder))


def _readme_licence(folder: ModelFolder) -> str:
    """From the YAML between the dashes that a model card begins with. A card that is none says nothing."""
    file = folder.file(_README)
    front = "" if file is None else file.head(_README_READ)
    if not front.startswith("---") or "\n---" not in front:
        return ""
    with suppress(ModelError):
        table = parse_yaml(front[3:].split("\n---", 1)[0], _README)
        return str(table.get("license") or table.get("licence") or "")
    return ""


def _licence(stated: str) -> str:
    """One line of it, as SPDX where SPDX has a name for it."""
    line = " ".join(stated.split())[:_LONGEST_LICENCE]
    printable = "".join(letter for letter in line if letter.isprintable())
    return _LICENCES.get(printable.lower(), printable)
