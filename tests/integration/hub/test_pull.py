"""A model comes from the hub by the hub's own client: only what is needed, and resumed where it was left."""

from __future__ import annotations

import sys
from http import HTTPStatus
from pathlib import Path

import pytest
from tests.integration.hub.conftest import VOCODER
from tests.integration.hub.stand_in import MODEL, Hub

from huisheng.errors import DownloadError, HuishengError, StorageError, UnsafeArchive
from huisheng.export.hub import pull

LARGEST = "voices/zhibei/voc/ckpt/checkpoint_2400000.pth"
NEEDED = {
    "configuration.json",
    "README.md",
    "voices/voices.json",
    "voices/zhibei/am/ckpt/checkpoint_980000.pth",
    LARGEST,
}


class RecordedPull:
    """What a pull says while it runs; interrupts it after so many bytes of the largest file."""

    def __init__(self, interrupted_at: int = 1 << 60) -> None:
        self.sentences: list[str] = []
        self.arrivals: list[tuple[str, int, int]] = []
        self._interrupted_at = interrupted_at

    def progress(self, file: str, arrived: int, size: int) -> None:
        self.arrivals.append((file, arrived, size))
        if file == LARGEST and arrived >= self._interrupted_at:
            raise KeyboardInterrupt

    def pull(self, model: str = MODEL, revision: str = "") -> Path:
        return pull(model, revision, self.progress, self.sentences.append)


def refusal(kind: type[HuishengError], model: str = MODEL, revision: str = "") -> str:
    with pytest.raises(kind) as caught:
        RecordedPull().pull(model, revision)
    assert "\n" not in caught.value.message + caught.value.english
    assert "http" not in caught.value.message + caught.value.english
    return caught.value.message


def files(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()
    }


def test_what_a_voice_needs_arrives_and_nothing_else_is_asked_for(hub: Hub, tmp_path: Path) -> None:
    folder = RecordedPull().pull()

    assert files(folder) == {path: hub.files[path] for path in NEEDED}
    assert {request.file for request in hub.requests if request.route == "content"} == NEEDED


def test_the_cache_is_that_of_the_client(hub: Hub, tmp_path: Path) -> None:
    assert RecordedPull().pull().is_relative_to(tmp_path / "cache")


def test_base_models_are_fetched_where_a_model_has_no_voices(hub: Hub) -> None:
    for path in [path for path in hub.files if path.startswith("voices/")]:
        del hub.files[path]

    assert "basemodel_16k/sambert/ckpt/checkpoint_980000.pth" in files(RecordedPull().pull())


def test_the_licence_is_shown_before_the_weights_are_fetched(hub: Hub) -> None:
    recorded = RecordedPull()

    recorded.pull()

    assert recorded.sentences == ["模型许可证 Licence of the model：Apache License 2.0"]
    assert next(file for file, _, _ in recorded.arrivals) == "README.md"


@pytest.mark.parametrize("card", [b"", b"# Model\nlicense: not here\n", b"---\nlicense:\n---\n"])
def test_a_licence_that_is_not_stated_is_shown_as_such(hub: Hub, card: bytes) -> None:
    hub.files["README.md"] = card
    recorded = RecordedPull()

    recorded.pull()

    assert "没有注明许可证" in recorded.sentences[0]


def test_progress_counts_every_byte_of_every_file(hub: Hub) -> None:
    recorded = RecordedPull()

    recorded.pull()

    last = {file: (arrived, size) for file, arrived, size in recorded.arrivals}
    assert last == {path: (len(hub.files[path]), len(hub.files[path])) for path in NEEDED}


def test_nothing_of_the_client_appears_on_stderr(hub: Hub, capsys: pytest.CaptureFixture[str]) -> None:
    hub.cut[LARGEST] = 1000

    RecordedPull().pull()

    assert capsys.readouterr().err == ""


def test_what_is_there_already_is_not_fetched_again(hub: Hub) -> None:
    first = RecordedPull().pull()
    hub.requests.clear()

    assert RecordedPull().pull() == first
    assert [request.route for request in hub.requests] == ["list"]


def test_a_file_that_was_damaged_in_the_cache_is_fetched_again(hub: Hub) -> None:
    folder = RecordedPull().pull()
    (folder / LARGEST).write_bytes(VOCODER[:-1] + b"?")

    RecordedPull().pull()

    assert (folder / LARGEST).read_bytes() == VOCODER


def test_after_a_cut_connection_only_the_rest_is_fetched(hub: Hub) -> None:
    hub.cut[LARGEST] = 100_000

    folder = RecordedPull().pull()

    assert hub.fetched_ranges(LARGEST) == ["", "bytes=100000-"]
    assert (folder / LARGEST).read_bytes() == VOCODER


def test_after_an_interruption_the_next_pull_takes_the_file_up_where_it_was(hub: Hub) -> None:
    hub.stalled[LARGEST] = 100_000
    with pytest.raises(KeyboardInterrupt):
        RecordedPull(interrupted_at=100_000).pull()
    hub.stalled.clear()
    hub.requests.clear()

    folder = RecordedPull().pull()

    assert hub.fetched_ranges(LARGEST) == ["bytes=100000-"]
    assert hub.fetched_ranges("voices/zhibei/am/ckpt/checkpoint_980000.pth") == []
    assert (folder / LARGEST).read_bytes() == VOCODER


def test_a_revision_has_a_folder_of_its_own(hub: Hub) -> None:
    assert RecordedPull().pull(revision="v1.0.0") != RecordedPull().pull()


def test_a_model_that_does_not_exist_is_reported_with_what_to_check(hub: Hub) -> None:
    assert "没有这个模型" in refusal(DownloadError, "damo/nobody")


def test_a_revision_that_does_not_exist_is_reported_with_those_that_do(hub: Hub) -> None:
    message = refusal(DownloadError, revision="v9")

    assert "没有版本 v9" in message
    assert "master、v1.0.0" in message


def test_a_model_without_files_is_reported_as_such(hub: Hub) -> None:
    hub.files.clear()

    assert "没有文件" in refusal(DownloadError)


@pytest.mark.parametrize(
    ("status", "words"),
    [(HTTPStatus.UNAUTHORIZED, "ms-hub login"), (HTTPStatus.FORBIDDEN, "ms-hub login")],
)
def test_a_refusal_of_the_hub_says_what_to_do(hub: Hub, status: HTTPStatus, words: str) -> None:
    hub.status = status

    assert words in refusal(DownloadError)


def test_content_that_differs_from_the_list_is_refused_and_not_kept(hub: Hub, tmp_path: Path) -> None:
    hub.listed["configuration.json"] = {"Size": 3}

    assert "清单不符" in refusal(DownloadError)
    assert not list((tmp_path / "cache").rglob("configuration.json*"))


def test_a_disk_without_room_is_reported_before_anything_is_fetched(hub: Hub) -> None:
    hub.listed[LARGEST] = {"Size": 1 << 60}

    assert "磁盘空间不足" in refusal(StorageError)
    assert [request.route for request in hub.requests] == ["list"]


def test_a_cache_that_cannot_be_written_is_reported(hub: Hub, tmp_path: Path) -> None:
    (tmp_path / "cache").write_bytes(b"")

    assert "cache" in refusal(StorageError)


@pytest.mark.parametrize("path", ["../evil.pth", "voices/../../evil.pth", "/etc/evil", "a\\evil", "C:/evil"])
def test_a_path_that_leads_out_of_the_folder_is_refused(hub: Hub, tmp_path: Path, path: str) -> None:
    hub.files[path] = b"evil"

    assert "不安全" in refusal(UnsafeArchive)
    assert not list(tmp_path.rglob("evil*"))


def test_without_the_client_the_message_says_how_to_install_it(
    hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "modelscope_hub", None)

    assert "pip install 'huisheng[hub,train]'" in refusal(DownloadError)
