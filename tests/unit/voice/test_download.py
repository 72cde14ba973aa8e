"""Downloads through pip and by address, from a folder and a server on this machine."""

from __future__ import annotations

import hashlib
import threading
import zipfile
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from huisheng.errors import DownloadError
from huisheng.voice.download import Artifact, fetch, fetch_address

pytestmark = pytest.mark.slow

CONTENT = bytes(range(256)) * 64


class Arrivals(list[tuple[str, int, int]]):
    """What a download told of its progress."""

    def __call__(self, file: str, arrived: int, size: int) -> None:
        self.append((file, arrived, size))


@pytest.fixture
def index(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A folder that is all that pip can reach."""
    folder = tmp_path / "index"
    folder.mkdir()
    for name in ("PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    return folder


def put_wheel(folder: Path, name: str = "tinyvoice") -> Artifact:
    """The smallest wheel that pip accepts."""
    path = folder / f"{name}-1.0-py3-none-any.whl"
    info = f"{name}-1.0.dist-info"
    with zipfile.ZipFile(path, "w") as wheel:
        wheel.writestr(f"{name}/part.bin", CONTENT)
        wheel.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr(f"{info}/RECORD", "")
    content = path.read_bytes()
    return Artifact(f"{name}==1.0", path.name, len(content), hashlib.sha256(content).hexdigest())


def test_an_artifact_of_the_index_is_saved_under_its_name(index: Path, tmp_path: Path) -> None:
    artifact = put_wheel(index)

    path = fetch(artifact, tmp_path / "downloads", Arrivals())

    assert path.read_bytes() == (index / artifact.file).read_bytes()
    assert list((tmp_path / "downloads").iterdir()) == [path]


def test_what_is_there_already_is_not_fetched_again(index: Path, tmp_path: Path) -> None:
    artifact = put_wheel(index)
    first = fetch(artifact, tmp_path / "downloads", Arrivals())
    (index / artifact.file).unlink()

    assert fetch(artifact, tmp_path / "downloads", Arrivals()) == first


def test_a_damaged_download_is_fetched_again(index: Path, tmp_path: Path) -> None:
    artifact = put_wheel(index)
    path = fetch(artifact, tmp_path / "downloads", Arrivals())
    path.write_bytes(b"half")

    assert (
        fetch(artifact, tmp_path / "downloads", Arrivals()).read_bytes()
        == (index / artifact.file).read_bytes()
    )


def test_progress_names_the_file_and_never_passes_its_size(index: Path, tmp_path: Path) -> None:
    arrivals = Arrivals()
    artifact = put_wheel(index)

    fetch(artifact, tmp_path / "downloads", arrivals)

    assert {file for file, _, _ in arrivals} == {artifact.file}
    assert all(0 <= arrived <= size == artifact.size for _, arrived, size in arrivals)
    assert arrivals[-1][1] == artifact.size


def test_a_wrong_hash_is_refused_and_nothing_is_kept(index: Path, tmp_path: Path) -> None:
    artifact = put_wheel(index)
    with (index / artifact.file).open("ab") as wheel:
        wheel.write(b"tampered")

    with pytest.raises(DownloadError, match="校验值不符"):
        fetch(artifact, tmp_path / "downloads", Arrivals())

    assert list((tmp_path / "downloads").iterdir()) == []


def test_an_artifact_that_the_index_lacks_is_told_in_one_line(index: Path, tmp_path: Path) -> None:
    artifact = put_wheel(index)
    (index / artifact.file).unlink()

    with pytest.raises(DownloadError, match="软件源") as caught:
        fetch(artifact, tmp_path / "downloads", Arrivals())

    assert "\n" not in caught.value.message + caught.value.english


def test_no_connection_is_told_as_such(monkeypatch: pytest.MonkeyPatch, index: Path, tmp_path: Path) -> None:
    artifact = put_wheel(index)
    monkeypatch.delenv("PIP_NO_INDEX")
    monkeypatch.setenv("PIP_CONFIG_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("PIP_FIND_LINKS", "")
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")

    with pytest.raises(DownloadError, match="网络连接失败"):
        fetch(artifact, tmp_path / "downloads", Arrivals())


class Files(BaseHTTPRequestHandler):
    """Serves one file, and breaks off in the middle of another."""

    def do_GET(self) -> None:
        if self.path not in {"/whole", "/broken"}:
            self.send_error(404)
            return
        self.send_response(200)
        self.send_header("Content-Length", str(len(CONTENT)))
        self.end_headers()
        self.wfile.write(CONTENT if self.path == "/whole" else CONTENT[:100])

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - inherited
        """Nothing on stderr."""


@pytest.fixture
def address() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Files) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


SHA256 = hashlib.sha256(CONTENT).hexdigest()


def test_a_file_at_an_address_is_saved(address: str, tmp_path: Path) -> None:
    arrivals = Arrivals()

    path = fetch_address(f"{address}/whole", len(CONTENT), SHA256, tmp_path / "file", arrivals)

    assert path.read_bytes() == CONTENT
    assert arrivals[-1] == ("file", len(CONTENT), len(CONTENT))


@pytest.mark.parametrize("name", ["broken", "absent"])
def test_a_file_that_does_not_arrive_whole_is_refused_and_not_kept(
    address: str, tmp_path: Path, name: str
) -> None:
    with pytest.raises(DownloadError):
        fetch_address(f"{address}/{name}", len(CONTENT), SHA256, tmp_path / "file", Arrivals())

    assert list(tmp_path.iterdir()) == []


def test_a_file_that_was_fetched_from_an_address_is_not_fetched_again(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(CONTENT)

    path = fetch_address("http://127.0.0.1:9/whole", len(CONTENT), SHA256, tmp_path / "file", Arrivals())

    assert path.read_bytes() == CONTENT
