"""Archives from outside leave nothing behind when they are refused; ours are the same bytes every time."""

from __future__ import annotations

import hashlib
import os
import stat
import struct
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huisheng.errors import StorageError, UnsafeArchive
from huisheng.voice.archive import ArchiveLimits, pack, unpack
from huisheng.voice.load import VoicePackage, read_package
from huisheng.voice.manifest import Description, Proof
from huisheng.voice.publish import publish, staging

Entries = list[tuple[str | zipfile.ZipInfo, bytes]]


def write_zip(path: Path, entries: Entries, method: int = zipfile.ZIP_DEFLATED) -> Path:
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, content in entries:
            archive.writestr(name, content)
    return path


def of_kind(name: str, kind: int) -> zipfile.ZipInfo:
    """An entry that says in its Unix mode what it is."""
    info = zipfile.ZipInfo(name)
    info.external_attr = (kind | 0o644) << 16
    return info


def alter(path: Path, signature: bytes, offset: int, value: bytes) -> Path:
    """The same archive with other bytes in its first record of a kind."""
    content = bytearray(path.read_bytes())
    start = content.index(signature) + offset
    content[start : start + len(value)] = value
    path.write_bytes(content)
    return path


LOCAL, CENTRAL = b"PK\x03\x04", b"PK\x01\x02"


def tree(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()
    }


def assert_refused(archive: Path, into: Path, limits: ArchiveLimits = ArchiveLimits()) -> UnsafeArchive:  # noqa: B008
    """Refused by one line, with nothing left behind."""
    before = sorted(into.parent.rglob("*"))
    with pytest.raises(UnsafeArchive) as caught:
        unpack(archive, into, limits)
    assert sorted(into.parent.rglob("*")) == before
    assert "\n" not in caught.value.message + caught.value.english
    return caught.value


def test_what_was_packed_comes_out_with_its_folders(tmp_path: Path) -> None:
    files = {
        "voices/one/am/ckpt/checkpoint_9.pth": b"weights" * 9,
        "voices/voices.json": b"{}",
        "空.txt": b"",
    }
    archive = write_zip(tmp_path / "a.zip", [("voices/", b""), *files.items()])

    unpack(archive, tmp_path / "out")

    assert tree(tmp_path / "out") == files


@pytest.mark.parametrize(
    "name",
    [
        "../evil",
        "a/../../evil",
        "/etc/evil",
        "C:/evil",
        "c:evil",
        "a\\..\\evil",
        "\\\\host\\evil",
        "a//b",
        "./a",
        "a/.",
        "..",
        "evil\n",
        "evil\x1b[2J",
        "evil\u202etxt",
        "file. ",
        "file.",
        "aux.txt",
        "NUL",
        "stream:evil",
        "n" * 256,
        "/".join("d" * 17),
        "/",
    ],
)
def test_a_path_that_leaves_or_that_systems_read_otherwise_is_refused(tmp_path: Path, name: str) -> None:
    archive = write_zip(tmp_path / "a.zip", [("fine.txt", b"fine"), (name, b"evil")])

    assert_refused(archive, tmp_path / "out")


def test_a_name_that_ends_early_at_a_nul_is_refused(tmp_path: Path) -> None:
    archive = write_zip(tmp_path / "a.zip", [("fine.txtXevil", b"evil")])
    archive.write_bytes(archive.read_bytes().replace(b"fine.txtXevil", b"fine.txt\x00evil"))

    assert_refused(archive, tmp_path / "out")


@pytest.mark.parametrize(
    "kind", [stat.S_IFLNK, stat.S_IFCHR, stat.S_IFBLK, stat.S_IFIFO, stat.S_IFSOCK, stat.S_IFDIR]
)
def test_anything_but_a_file_under_the_name_of_a_file_is_refused(tmp_path: Path, kind: int) -> None:
    archive = write_zip(tmp_path / "a.zip", [(of_kind("link", kind), b"/etc/passwd")])

    assert "链接或设备" in assert_refused(archive, tmp_path / "out").message


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize(
    "names",
    [
        ("a.txt", "a.txt"),
        ("a.txt", "A.TXT"),
        ("stra\u00dfe", "STRASSE"),
        ("\u00e9", "e\u0301"),
        ("a", "a/b"),
        ("A/b", "a"),
        ("a/", "a/"),
    ],
    ids=["same", "case", "folded case", "normal form", "inside a file", "file over a folder", "folder twice"],
)
def test_two_entries_of_one_path_are_refused(tmp_path: Path, names: tuple[str, str]) -> None:
    archive = write_zip(tmp_path / "a.zip", [(name, b"") for name in names])

    assert "重复" in assert_refused(archive, tmp_path / "out").message


@pytest.mark.parametrize("flag", [0x1, 0x40, 0x2000], ids=["content", "strong", "directory"])
def test_an_encrypted_entry_is_refused(tmp_path: Path, flag: int) -> None:
    archive = write_zip(tmp_path / "a.zip", [("a.txt", b"secret")])
    alter(archive, CENTRAL, 8, struct.pack("<H", flag))

    assert "加密" in assert_refused(archive, tmp_path / "out").message


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_compression_that_may_take_gigabytes_of_memory_is_refused(tmp_path: Path, method: int) -> None:
    archive = write_zip(tmp_path / "a.zip", [("a.txt", b"a")], method)

    assert "压缩方式" in assert_refused(archive, tmp_path / "out").message


def test_a_name_in_the_encoding_of_an_old_system_is_refused(tmp_path: Path) -> None:
    archive = write_zip(tmp_path / "a.zip", [("XXXX", b"a")])
    archive.write_bytes(archive.read_bytes().replace(b"XXXX", "音色".encode("gbk")))

    assert "UTF-8" in assert_refused(archive, tmp_path / "out").message


def test_a_utf_8_name_without_its_flag_is_read_as_macos_writes_it(tmp_path: Path) -> None:
    archive = write_zip(tmp_path / "a.zip", [("XXXXXX", b"a")])
    archive.write_bytes(archive.read_bytes().replace(b"XXXXXX", "音色".encode()))

    unpack(archive, tmp_path / "out")

    assert tree(tmp_path / "out") == {"音色": b"a"}


def test_a_name_that_is_flagged_as_utf_8_and_is_not_is_refused(tmp_path: Path) -> None:
    archive = write_zip(tmp_path / "a.zip", [("音色", b"a")])
    archive.write_bytes(archive.read_bytes().replace("音".encode(), b"\xff\xfe\xff"))

    assert_refused(archive, tmp_path / "out")


ZEROS = b"\0" * (8 << 20)


def test_a_bomb_is_refused_by_its_ratio(tmp_path: Path) -> None:
    archive = write_zip(tmp_path / "a.zip", [("zeros", ZEROS)])

    assert "压缩炸弹" in assert_refused(archive, tmp_path / "out").message


def test_entries_that_share_their_bytes_are_refused(tmp_path: Path) -> None:
    """The overlap of David Fifield's zip bomb (WOOT 2019), by a directory that names one file many times."""
    archive = write_zip(tmp_path / "a.zip", [("0", hashlib.sha256(b"").digest() * 4096)], zipfile.ZIP_STORED)
    content = archive.read_bytes()
    start = content.index(CENTRAL)
    record, end = content[start : content.index(b"PK\x05\x06")], bytearray(content[-22:])
    records = b"".join(record[:46] + bytes([97 + k % 26]) + record[47:] for k in range(20))
    end[8:12] = struct.pack("<HH", 20, 20)
    end[12:16] = struct.pack("<I", len(records))
    archive.write_bytes(content[:start] + records + bytes(end))

    assert_refused(archive, tmp_path / "out", ArchiveLimits(ratio=10))


@pytest.mark.parametrize(
    ("limits", "words"),
    [
        (ArchiveLimits(files=1), "超过 1 个"),
        (ArchiveLimits(file_bytes=9), "文件 b 过大"),
        (ArchiveLimits(total_bytes=14), "15 字节"),
    ],
    ids=["files", "file", "total"],
)
def test_an_archive_over_a_limit_is_refused(tmp_path: Path, limits: ArchiveLimits, words: str) -> None:
    archive = write_zip(tmp_path / "a.zip", [("a", b"5" * 5), ("b", b"0" * 10)])

    assert words in assert_refused(archive, tmp_path / "out", limits).message


def test_an_archive_at_its_limits_is_taken(tmp_path: Path) -> None:
    archive = write_zip(tmp_path / "a.zip", [("a", b"5" * 5), ("b", b"0" * 10)])

    unpack(archive, tmp_path / "out", ArchiveLimits(files=2, file_bytes=10, total_bytes=15))

    assert tree(tmp_path / "out") == {"a": b"5" * 5, "b": b"0" * 10}


@pytest.mark.parametrize("declared", [1, 10_000_000], ids=["more than declared", "less than declared"])
def test_content_of_another_length_than_declared_is_refused(tmp_path: Path, declared: int) -> None:
    archive = write_zip(tmp_path / "a.zip", [("a", b"a" * 5000)])
    for signature, offset in ((LOCAL, 22), (CENTRAL, 24)):
        alter(archive, signature, offset, struct.pack("<I", declared))

    assert_refused(archive, tmp_path / "out", ArchiveLimits(ratio=1e9))


def test_a_file_that_ends_early_is_refused_when_its_checksum_fits(tmp_path: Path) -> None:
    archive = write_zip(tmp_path / "a.zip", [("a", b"a" * 5000)])
    alter(archive, CENTRAL, 24, struct.pack("<I", 5001))

    assert_refused(archive, tmp_path / "out")


def test_damaged_content_is_refused_and_what_came_before_it_is_taken_back(tmp_path: Path) -> None:
    archive = write_zip(tmp_path / "a.zip", [("a", b"a"), ("b", b"bbbb")], zipfile.ZIP_STORED)
    archive.write_bytes(archive.read_bytes().replace(b"bbbb", b"bcbb"))
    (tmp_path / "out").mkdir()

    assert_refused(archive, tmp_path / "out")


def test_what_is_no_zip_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.zip").write_bytes(b"Rar!\x1a\x07\x00")

    assert "zip" in assert_refused(tmp_path / "a.zip", tmp_path / "out").message


def test_an_archive_that_is_not_there_is_a_storage_error(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match=r"absent\.zip"):
        unpack(tmp_path / "absent.zip", tmp_path / "out")


def test_a_target_that_holds_something_is_a_mistake_of_the_caller(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "mine").write_bytes(b"mine")

    with pytest.raises(ValueError, match="not empty"):
        unpack(write_zip(tmp_path / "a.zip", [("a", b"")]), tmp_path / "out")

    assert tree(tmp_path / "out") == {"mine": b"mine"}


def test_a_message_shows_nothing_that_a_terminal_obeys(tmp_path: Path) -> None:
    archive = write_zip(tmp_path / "a.zip", [("evil\x1b[2J" + "x" * 500, b"")])

    message = assert_refused(archive, tmp_path / "out").message

    assert "\x1b" not in message
    assert len(message) < 200


@given(data=st.data())
def test_no_damage_to_an_archive_escapes_as_another_error(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    folder = tmp_path_factory.mktemp("fuzz")
    content = bytearray(write_zip(folder / "a.zip", [("a/b", b"b" * 300), ("c", b"c")]).read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    (folder / "a.zip").write_bytes(content[: data.draw(st.integers(0, len(content)))])

    try:
        unpack(folder / "a.zip", folder / "out")
    except (UnsafeArchive, StorageError):
        assert not (folder / "out").exists()


def publish_tiny(folder: Path) -> VoicePackage:
    description = Description(
        name="tiny",
        version="1",
        engine="silent",
        sample_rate=16_000,
        frame_samples=200,
        symbols={},
        speakers=(),
        languages=(),
        licence="MIT",
        origins=(),
        remarks="",
        proof=Proof(symbols=1, samples=1, max_abs_difference=0.0),
    )
    with staging(folder) as staged:
        (staged / "graph.onnx").write_bytes(b"graph" * 1000)
        (staged / "styles.npy").write_bytes(b"styles")
        return publish(staged, description)


def test_a_packed_voice_unpacks_to_the_same_package(tmp_path: Path) -> None:
    package = publish_tiny(tmp_path / "voices")

    pack(package, tmp_path / "tiny.huisheng.zip")
    unpack(tmp_path / "tiny.huisheng.zip", tmp_path / "out")

    assert read_package(tmp_path / "out" / "tiny").manifest == package.manifest


def test_packing_twice_gives_the_same_bytes(tmp_path: Path) -> None:
    package = publish_tiny(tmp_path / "voices")
    pack(package, tmp_path / "one.zip")
    os.utime(package.directory / "graph.onnx", (1e9, 1e9))
    (package.directory / "graph.onnx").chmod(0o600)

    pack(package, tmp_path / "two.zip")

    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "two.zip").read_bytes()


def test_a_failure_while_packing_leaves_the_old_archive(tmp_path: Path) -> None:
    package = publish_tiny(tmp_path / "voices")
    (tmp_path / "tiny.zip").write_bytes(b"old")
    (package.directory / "styles.npy").unlink()

    with pytest.raises(StorageError):
        pack(package, tmp_path / "tiny.zip")

    assert (tmp_path / "tiny.zip").read_bytes() == b"old"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["tiny.zip", "voices"]
