"""Every recording gets its one text, or a finding says why not."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

import pytest

from huisheng.training.recordings import transcripts
from huisheng.training.recordings.folder import contents
from huisheng.training.recordings.transcripts import Matched, match, read_text


def put(folder: Path, name: str, content: str | bytes = b"sound") -> None:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)


def match_folder(folder: Path) -> Matched:
    return match(folder, contents(folder))


def texts(folder: Path) -> dict[str, str]:
    return {str(recording.sound): recording.text for recording in match_folder(folder).recordings}


def kinds(folder: Path) -> list[tuple[str, str]]:
    return [(found.file, found.kind) for found in match_folder(folder).findings]


@pytest.mark.parametrize("suffix", [".txt", ".lab", ".TXT"])
def test_a_text_beside_its_recording_belongs_to_it(folder: Path, suffix: str) -> None:
    put(folder, "x/a.mp3")
    put(folder, "x/a" + suffix, "你好。\n")

    assert texts(folder) == {"x/a.mp3": "你好。"}
    assert kinds(folder) == []


def test_a_txt_goes_before_a_lab(folder: Path) -> None:
    put(folder, "a.wav")
    put(folder, "a.lab", "n i h ao")
    put(folder, "a.txt", "你好。")

    assert texts(folder) == {"a.wav": "你好。"}
    assert kinds(folder) == []


@pytest.mark.parametrize(
    "name", ["a", "a.wav", "wavs/a.wav", "wavs\\a.wav", "./wavs/a", "D:\\corpus\\wavs\\a.wav", "/else/a.flac"]
)
def test_a_list_may_name_a_recording_by_any_path_to_it(folder: Path, name: str) -> None:
    put(folder, "wavs/a.wav")
    put(folder, "metadata.csv", f"{name}|你好。\n")

    assert texts(folder) == {"wavs/a.wav": "你好。"}


@pytest.mark.parametrize(
    "name", ["metadata.csv", "transcripts.tsv", "transcripts.txt", "slicer_opt.list", "text", "台词.txt"]
)
def test_a_list_is_known_by_its_name(folder: Path, name: str) -> None:
    put(folder, "a.wav")
    put(folder, name, "a\t你好。\n")

    assert texts(folder) == {"a.wav": "你好。"}


def test_a_list_names_what_lies_beside_it_first(folder: Path) -> None:
    for place in ("one", "two"):
        put(folder, f"{place}/a.wav")
        put(folder, f"{place}/metadata.csv", f"a|{place}\n")

    assert texts(folder) == {"one/a.wav": "one", "two/a.wav": "two"}


def test_a_name_that_fits_two_recordings_is_given_to_none(folder: Path) -> None:
    put(folder, "one/a.wav")
    put(folder, "two/a.wav")
    put(folder, "metadata.csv", "a|你好。\n")

    assert texts(folder) == {}
    assert ("metadata.csv", "several_fit") in kinds(folder)


def test_a_path_that_climbs_out_names_nothing_outside(folder: Path) -> None:
    put(folder.parent, "secret.wav")
    put(folder, "a.wav")
    put(folder, "metadata.csv", "a|你好。\n../secret|再见。\n")

    assert texts(folder) == {"a.wav": "你好。"}


def test_a_name_that_macos_took_apart_is_the_same_name(folder: Path) -> None:
    put(folder, "cafe\u0301.wav")
    put(folder, "metadata.csv", "caf\u00e9|你好。\n")

    assert list(texts(folder).values()) == ["你好。"]


def test_what_has_no_partner_is_told(folder: Path) -> None:
    put(folder, "a.wav")
    put(folder, "b.txt", "再见。")

    assert texts(folder) == {}
    assert sorted(kinds(folder)) == [("a.wav", "without_transcript"), ("b.txt", "without_audio")]


def test_many_texts_without_a_recording_are_one_finding(folder: Path) -> None:
    put(folder, "a.wav")
    put(folder, "metadata.csv", "a|你好。\n" + "x|再见。\n" * 1000)

    found = match_folder(folder).findings

    assert [finding.kind for finding in found] == ["without_audio"]
    assert "1000 条" in found[0].message


@pytest.mark.parametrize(("other", "kind"), [("你好。", "repeated"), ("再见。", "conflict")])
def test_two_texts_are_one_only_when_they_are_equal(folder: Path, other: str, kind: str) -> None:
    put(folder, "a.wav")
    put(folder, "a.txt", "你好。")
    put(folder, "metadata.csv", f"a|{other}\n")

    assert kinds(folder) == [("a.wav", kind)]
    assert texts(folder) == ({"a.wav": "你好。"} if kind == "repeated" else {})


def test_the_lossless_of_two_sounds_with_one_name_is_used(folder: Path) -> None:
    put(folder, "a.mp3")
    put(folder, "a.flac")
    put(folder, "a.txt", "你好。")

    assert texts(folder) == {"a.flac": "你好。"}
    assert kinds(folder) == [("a.mp3", "namesakes")]


def test_a_text_of_nothing_but_blanks_is_told(folder: Path) -> None:
    put(folder, "a.wav")
    put(folder, "a.txt", " \n")

    assert kinds(folder) == [("a.wav", "no_text")]


def test_two_speakers_in_a_list_are_told(folder: Path) -> None:
    put(folder, "a.wav")
    put(folder, "b.wav")
    put(folder, "x.list", "a|小明|zh|你好。\nb|小红|zh|再见。\n")

    assert kinds(folder) == [("x.list", "several_speakers")]


def test_a_list_that_names_no_recording_is_told(folder: Path) -> None:
    put(folder, "a.wav")
    put(folder, "metadata.csv", "今天天气很好。\n")

    assert ("metadata.csv", "no_table") in kinds(folder)


@pytest.mark.parametrize(
    ("encoding", "told"),
    [("utf-8", []), ("utf-8-sig", []), ("gb18030", ["recoded"]), ("utf-16", ["recoded"])],
)
def test_a_text_is_read_in_its_encoding_and_others_than_utf8_are_told(
    folder: Path, encoding: str, told: list[str]
) -> None:
    put(folder, "a.txt", "你好，㐂㐃。".encode(encoding))

    text, findings = read_text(folder, PurePosixPath("a.txt"))

    assert text == "你好，㐂㐃。"
    assert [finding.kind for finding in findings] == told


@pytest.mark.parametrize("content", [b"\xff\xfe\x00", b"RIFF\x00\x00WAVE", b"\xc4", bytes(range(256))])
def test_what_is_no_text_is_refused(folder: Path, content: bytes) -> None:
    put(folder, "a.txt", content)

    text, findings = read_text(folder, PurePosixPath("a.txt"))

    assert text == ""
    assert [finding.kind for finding in findings] == ["undecodable"]


def test_a_text_without_end_is_not_read_to_the_end(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transcripts, "LARGEST", 1)
    with (folder / "a.txt").open("wb") as file:
        file.truncate(1 << 40)  # sparse: it takes no room

    assert [finding.kind for finding in read_text(folder, PurePosixPath("a.txt"))[1]] == ["too_large"]
