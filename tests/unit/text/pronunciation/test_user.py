"""Lexicons of users: what a line may say, which words are found, which level wins, and files that change."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huisheng.errors import LexiconError, StorageError
from huisheng.text.pronunciation.user import (
    LONGEST_ALIAS,
    LONGEST_WORD,
    MOST_ENTRIES,
    Conflict,
    LexiconEntry,
    LexiconFile,
    UserLexicon,
    conflicts,
    from_mapping,
    merge_lexicons,
    parse,
)

ZHAOYANG = LexiconEntry(("zhao1", "yang2"))
CHAOYANG = LexiconEntry(("chao2", "yang2"))
WORDS = st.text("银行家US8 .中", min_size=1, max_size=4).filter(lambda word: word == word.strip())


def found(said: Mapping[str, str], text: str) -> list[str]:
    """The words of a lexicon as they stand in a text."""
    return [text[start:end] for start, end, _ in from_mapping(said).find(text)]


def aliases(*words: str) -> dict[str, str]:
    """Entries that say something else for each word."""
    return dict.fromkeys(words, "=别的")


def refusal(text: str) -> LexiconError:
    with pytest.raises(LexiconError) as caught:
        parse(text)
    return caught.value


def rewritten(path: Path, text: str) -> None:
    """The file with another content, and a time of its own however coarse the clock."""
    path.write_text(text, encoding="utf-8")
    os.utime(path, (1_800_000_000, 1_800_000_000))


# What a line says


@pytest.mark.parametrize(
    "line",
    [
        "朝阳\tzhao1 yang2",
        "朝阳 zhao1 yang2",
        "朝阳   zhāo yáng ",
        "  朝阳\t zhao1yang2",
        "朝阳\u3000zhao1 yang2",
        "\ufeff朝阳 zhao1 yang2",
        "# 注\n\n  # 注\n朝阳 zhao1 yang2\r\n",
    ],
)
def test_a_line_is_a_word_and_its_pinyin(line: str) -> None:
    assert parse(line).entries == {"朝阳": ZHAOYANG}


@pytest.mark.parametrize("line", ["WHO = 世界卫生组织", "WHO\t=世界卫生组织", "who =  世界卫生组织 "])
def test_an_equals_sign_says_something_else_instead(line: str) -> None:
    assert parse(line).entries == {"who": LexiconEntry(alias="世界卫生组织")}


def test_a_tab_lets_a_word_hold_blanks() -> None:
    assert parse("New York\t= 纽约").entries == {"new york": LexiconEntry(alias="纽约")}


def test_u_with_two_dots_may_be_written_v() -> None:
    assert parse("女儿 nv3 er2").entries == {"女儿": LexiconEntry(("nv3", "er2"))}


@pytest.mark.parametrize("text", ["", "\n\n", "# 只有注释"])
def test_a_text_without_entries_is_an_empty_lexicon(text: str) -> None:
    assert not parse(text)


def test_the_same_entry_twice_is_one() -> None:
    assert len(parse("朝阳 zhao1 yang2\n朝阳 zhāo yáng").entries) == 1


# What is wrong with it


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("朝阳", "应写成"),
        ("\tzhao1", "应写成"),
        ("朝阳 zhao1", "2 个字，却有 1 个音节"),
        ("朝阳 zhao1 yang2 qu1", "却有 3 个音节"),
        ("朝阳 hello", "不是拼音"),
        ("朝阳 zhao6 yang2", "不是拼音"),
        ("WHO =", "没有替换文字"),
        ("好" * (LONGEST_WORD + 1) + " = 好", "最长"),
        ("好 = " + "好" * LONGEST_ALIAS, "最长"),
    ],
)
def test_a_wrong_line_is_named_with_what_is_wrong(line: str, reason: str) -> None:
    error = refusal(f"# 词典\n银行 yin2 hang2\n{line}")

    assert error.line == 3
    assert "（第 3 行）" in error.message
    assert reason in error.message
    assert error.english.startswith("Line 3: ")


@pytest.mark.parametrize("second", ["朝阳 chao2 yang2", "朝阳 = 早上"])
def test_two_readings_of_one_word_are_refused_at_the_second(second: str) -> None:
    assert refusal(f"朝阳 zhao1 yang2\n\n{second}").line == 3


def test_two_readings_of_one_word_are_refused_in_a_mapping_too() -> None:
    with pytest.raises(LexiconError):
        from_mapping({"WHO": "=世界卫生组织", "who": "=谁"})


def test_an_error_in_a_mapping_names_no_line() -> None:
    with pytest.raises(LexiconError) as caught:
        from_mapping({"朝阳": "zhao1"})

    assert caught.value.line == 0
    assert "行）" not in caught.value.message


def test_more_entries_than_the_limit_are_refused() -> None:
    lines = "".join(f"v{number} = 甲\n" for number in range(MOST_ENTRIES + 1))

    assert refusal(lines).line == MOST_ENTRIES + 1
    assert len(parse(lines.rpartition("v")[0]).entries) == MOST_ENTRIES


def line_refused(text: str) -> int | None:
    """The line that is wrong in a text; None when none is."""
    try:
        parse(text)
    except LexiconError as error:
        return error.line
    return None


@given(st.text())
def test_any_text_is_a_lexicon_or_refused_with_its_line(text: str) -> None:
    assert line_refused(text) in {None, *range(1, len(text.splitlines()) + 1)}


# Which words are found


def test_the_longest_word_at_a_place_is_taken() -> None:
    assert found(aliases("银", "银行", "银行家"), "银行家在银行数银子") == ["银行家", "银行", "银"]


def test_a_word_that_begins_earlier_is_taken_before_a_longer_one() -> None:
    assert found(aliases("中银", "银行家"), "中银行家") == ["中银"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("我爱US", ["US"]),
        ("us和Us", ["us", "Us"]),
        ("US, BUS USA US2 2US", ["US"]),
        ("在US工作", ["US"]),
        ("US-US", ["US", "US"]),
    ],
)
def test_a_latin_word_counts_alone_in_either_case(text: str, words: list[str]) -> None:
    assert found(aliases("US"), text) == words


@pytest.mark.parametrize(("text", "words"), [("v2", ["v2"]), ("v20", []), ("av2", []), ("第v2版", ["v2"])])
def test_a_word_that_ends_in_a_digit_counts_alone(text: str, words: list[str]) -> None:
    assert found(aliases("v2"), text) == words


def test_a_sign_at_the_end_of_a_word_needs_no_boundary() -> None:
    assert found(aliases("C++"), "C++11和AC++") == ["C++"]


def test_a_shorter_word_is_found_where_the_longer_one_does_not_stand_alone() -> None:
    assert found(aliases("3D", "3D打", "3D打A"), "3D打AB") == ["3D打"]


@given(st.lists(WORDS, min_size=1, max_size=6), st.text("银行家USus8 .中", max_size=30))
def test_words_are_found_in_order_apart_and_as_they_are_written(words: list[str], text: str) -> None:
    lexicon = from_mapping(aliases(*{word.lower() for word in words}))
    place = 0

    for start, end, _ in lexicon.find(text):
        assert place <= start < end
        assert text[start:end].lower() in lexicon.entries
        place = end


def test_a_long_text_is_searched_in_linear_time() -> None:
    lexicon = from_mapping(aliases(*("好" * length for length in range(2, LONGEST_WORD + 1))))

    assert sum(1 for _ in lexicon.find("好" * 80_000)) == 2_000


# Levels


def test_the_nearest_level_wins_and_the_others_fill_in() -> None:
    near, far = parse("朝阳 zhao1 yang2"), parse("朝阳 chao2 yang2\n银行 yin2 hang2")

    assert merge_lexicons([near, far]).entries == {"朝阳": ZHAOYANG, "银行": LexiconEntry(("yin2", "hang2"))}


def test_a_single_level_is_itself() -> None:
    lexicon = parse("朝阳 zhao1 yang2")

    assert merge_lexicons([UserLexicon(), lexicon, UserLexicon()]) is lexicon


def test_no_levels_are_an_empty_lexicon() -> None:
    assert not merge_lexicons([])


def test_a_longer_word_of_a_farther_level_is_found_too() -> None:
    lexicon = merge_lexicons([parse("朝阳 zhao1 yang2"), parse("朝阳区 = 朝区")])

    assert [word.end - word.start for word in lexicon.find("朝阳区的朝阳")] == [3, 2]


def test_what_two_levels_say_differently_is_a_conflict() -> None:
    near, far = parse("朝阳 zhao1 yang2\n银行 yin2 hang2"), parse("朝阳 chao2 yang2\n银行 yín háng")

    assert conflicts([("request", near), ("file", far)]) == (Conflict("朝阳", "request", "file"),)


def test_every_pair_of_levels_is_compared() -> None:
    levels = [("a", parse("行 xing2")), ("b", parse("行 hang2")), ("c", parse("行 xing2"))]

    assert [found[1:] for found in conflicts(levels)] == [("a", "b"), ("b", "c")]


# Files


def test_a_file_is_read_again_when_it_has_changed(tmp_path: Path) -> None:
    path = tmp_path / "words.txt"
    path.write_text("朝阳 zhao1 yang2", encoding="utf-8")
    file = LexiconFile(path)
    before = file.current()

    rewritten(path, "朝阳 chao2 yang2")

    assert (before.entries["朝阳"], file.current().entries["朝阳"]) == (ZHAOYANG, CHAOYANG)


def test_a_file_that_has_not_changed_is_not_read_again(tmp_path: Path) -> None:
    path = tmp_path / "words.txt"
    path.write_text("朝阳 zhao1 yang2", encoding="utf-8")
    file = LexiconFile(path)

    assert file.current() is file.current()


def test_a_file_that_is_not_there_is_empty_until_it_comes(tmp_path: Path) -> None:
    path = tmp_path / "words.txt"
    file = LexiconFile(path)
    before = file.current()

    path.write_text("朝阳 zhao1 yang2", encoding="utf-8")

    assert (bool(before), bool(file.current())) == (False, True)


def test_a_file_that_goes_away_is_empty(tmp_path: Path) -> None:
    path = tmp_path / "words.txt"
    path.write_text("朝阳 zhao1 yang2", encoding="utf-8")
    file = LexiconFile(path)
    file.current()

    path.unlink()

    assert not file.current()


def test_a_file_with_a_wrong_line_is_refused_until_it_is_mended(tmp_path: Path) -> None:
    path = tmp_path / "words.txt"
    path.write_text("朝阳 zhao1", encoding="utf-8")
    file = LexiconFile(path)
    for _ in range(2):
        with pytest.raises(LexiconError):
            file.current()

    rewritten(path, "朝阳 zhao1 yang2")

    assert file.current().entries == {"朝阳": ZHAOYANG}


def test_a_file_that_is_not_utf_8_is_refused_by_its_name(tmp_path: Path) -> None:
    path = tmp_path / "words.txt"
    path.write_bytes("朝阳 zhao1 yang2".encode("gbk"))

    with pytest.raises(StorageError, match=r"words\.txt"):
        LexiconFile(path).current()


def test_a_folder_in_place_of_a_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StorageError):
        LexiconFile(tmp_path).current()


@pytest.mark.skipif(os.name == "nt", reason="there a path below a file is one that does not exist")
def test_a_path_that_cannot_be_looked_at_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(StorageError):
        LexiconFile(tmp_path / "file" / "words.txt").current()
