"""Compiled dictionaries: what goes in comes out, and a file that does not fit is built again."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huisheng.errors import SetupError
from huisheng.text.dictionary import DictionarySource, Entries, data_file, open_dictionary

ENTRIES = {"你好": "ni3 hao3", "你": "ni3", "好": "hao3", "𬌗": "he2"}
PLAIN = st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]), max_size=5)


def source(
    build: Callable[[], Entries] = ENTRIES.items, fingerprint: str = "1", name: str = "test"
) -> DictionarySource:
    return DictionarySource(name, fingerprint, 1, build)


def never() -> Entries:
    raise AssertionError("built although a compiled file fits")


@given(st.dictionaries(PLAIN.filter(bool), PLAIN))
def test_every_entry_is_found_again(
    tmp_path_factory: pytest.TempPathFactory, entries: dict[str, str]
) -> None:
    dictionary = open_dictionary(source(entries.items), tmp_path_factory.mktemp("d"))

    assert {key: dictionary.get(key) for key in entries} == entries


def test_an_unknown_key_has_no_value(tmp_path: Path) -> None:
    dictionary = open_dictionary(source(), tmp_path)

    assert [dictionary.get(key) for key in ("他", "你们", "")] == [None, None, None]


def test_a_block_holds_what_begins_alike_and_the_longest_length(tmp_path: Path) -> None:
    block = open_dictionary(source(), tmp_path).block("你")

    assert (dict(block.entries), block.longest) == ({"你": "ni3", "你好": "ni3 hao3"}, 2)


def test_the_second_time_nothing_is_built(tmp_path: Path) -> None:
    open_dictionary(source(), tmp_path)

    assert open_dictionary(source(never), tmp_path).get("你好") == "ni3 hao3"


DAMAGES: dict[str, Callable[[bytes], bytes]] = {
    "empty": lambda data: b"",
    "cut short": lambda data: data[:-1],
    "changed": lambda data: data.replace(b"ni3", b"ni4", 1),
    "other version": lambda data: data.replace(b"huisheng-dictionary 1", b"huisheng-dictionary 0"),
    "foreign": lambda data: b"\xff\xfe\n" + data,
    "absurd sizes": lambda data: b"a b c d -1 2 3\n",
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES.keys())
def test_a_file_that_does_not_fit_is_built_again(tmp_path: Path, damage: Callable[[bytes], bytes]) -> None:
    open_dictionary(source(), tmp_path)
    path = tmp_path / "test.dictionary"
    good = path.read_bytes()
    path.write_bytes(damage(good))

    assert open_dictionary(source(), tmp_path).get("你好") == "ni3 hao3"
    assert path.read_bytes() == good


def test_a_changed_source_is_built_again(tmp_path: Path) -> None:
    open_dictionary(source(), tmp_path)

    assert open_dictionary(source({"你": "x"}.items, fingerprint="2"), tmp_path).get("你") == "x"


def test_a_folder_that_cannot_be_written_costs_nothing_but_time(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way", encoding="utf-8")

    assert open_dictionary(source(), tmp_path / "file").get("你好") == "ni3 hao3"


def test_nothing_but_the_compiled_file_stays_behind(tmp_path: Path) -> None:
    open_dictionary(source(), tmp_path)

    assert [path.name for path in tmp_path.iterdir()] == ["test.dictionary"]


@pytest.mark.parametrize(
    ("package", "file"), [("no_such_package_here", "a.txt"), ("jieba", "no_such_file.txt")]
)
def test_missing_data_is_said_plainly(package: str, file: str) -> None:
    with pytest.raises(SetupError, match="重新安装"):
        data_file(package, file)
