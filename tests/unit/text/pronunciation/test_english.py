"""English words, and Chinese names in Latin script, as phones."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huisheng.text.dictionary import open_dictionary
from huisheng.text.pronunciation import arpabet, english
from huisheng.text.pronunciation.english import English
from huisheng.text.pronunciation.letter_to_sound import LetterToSound
from huisheng.text.pronunciation.romanization import LONGEST_NAME, Romanization
from huisheng.text.resources import rows

PACKAGE = "huisheng.text.pronunciation"
ARPABET = {
    *(row[1] for row in rows(PACKAGE, "arpabet.tsv")),
    *(f"{row[1]}{stress}" for row in rows(PACKAGE, "arpabet.tsv") for stress in "012"),
}
SYLLABLES = [row[0] for row in rows(PACKAGE, "syllables.tsv")]
COLUMNS = {
    "beginnings.tsv": {2},
    "contractions.tsv": {2},
    "endings.tsv": {3},
    "english.tsv": {2},
    "mandarin_phones.tsv": {2},
    "romanized_surnames.tsv": {1, 2},
    "spellings.tsv": {4},
    "stresses.tsv": {2},
}
COMMON = {
    "about": "AH0 B AW1 T",
    "attend": "AH0 T EH1 N D",
    "battery": "B AE1 T ER0 IY0",
    "cable": "K EY1 B AH0 L",
    "cancel": "K AE1 N S AH0 L",
    "connection": "K AH0 N EH1 K SH AH0 N",
    "fantastic": "F AE0 N T AE1 S T IH0 K",
    "hotel": "HH OW0 T EH1 L",
    "kitchen": "K IH1 CH AH0 N",
    "magic": "M AE1 JH IH0 K",
    "market": "M AA1 R K AH0 T",
    "mountain": "M AW1 N T AH0 N",
    "number": "N AH1 M B ER0",
    "paper": "P EY1 P ER0",
    "picture": "P IH1 K CH ER0",
    "problem": "P R AA1 B L AH0 M",
    "simple": "S IH1 M P AH0 L",
    "station": "S T EY1 SH AH0 N",
    "summer": "S AH1 M ER0",
    "yellow": "Y EH1 L OW0",
}
"""Words that anybody may check, as the dictionary says them."""


@pytest.fixture(scope="module")
def dictionary(dictionaries: Path) -> English:
    return English(open_dictionary(english.source(), dictionaries))


@pytest.fixture(scope="module")
def romanization() -> Romanization:
    return Romanization()


def edits(said: tuple[str, ...], meant: tuple[str, ...]) -> int:
    """How many phones must be put in, left out or changed."""
    row = list(range(len(meant) + 1))
    for index, phone in enumerate(said, 1):
        diagonal, row[0] = row[0], index
        for place, other in enumerate(meant, 1):
            diagonal, row[place] = (
                row[place],
                min(row[place] + 1, row[place - 1] + 1, diagonal + (phone != other)),
            )
    return row[-1]


@pytest.mark.parametrize(
    ("word", "phones"),
    [
        ("hello", "HH AH0 L OW1"),
        ("Hello", "HH AH0 L OW1"),
        ("HELLO", "HH AH0 L OW1"),
        ("water", "W AO1 T ER0"),
        ("judge", "JH AH1 JH"),
        ("church", "CH ER1 CH"),
        ("boy", "B OY1"),
        ("cow", "K AW1"),
        ("measure", "M EH1 ZH ER0"),
        ("the", "DH AH0"),
        ("A", "EY1"),
        ("a", "EY1"),
        ("W", "D AH1 B AH0 L Y UW0"),
        ("WiFi", "W AY1 F AY2"),
        ("iPhone", "AY1 F OW2 N"),
    ],
)
def test_a_word_has_these_phones(dictionary: English, word: str, phones: str) -> None:
    assert " ".join(dictionary.phones(word)) == phones


def test_an_unknown_word_in_capitals_is_spelled(dictionary: English) -> None:
    assert dictionary.phones("XQZ") == (
        *dictionary.phones("X"),
        *dictionary.phones("Q"),
        *dictionary.phones("Z"),
    )


def test_a_word_without_vowels_is_spelled(dictionary: English) -> None:
    assert dictionary.phones("xqz") == dictionary.phones("XQZ")


def test_words_run_together_are_read_one_by_one(dictionary: English) -> None:
    assert dictionary.phones("HelloWorld") == (*dictionary.phones("hello"), *dictionary.phones("world"))


def test_an_accent_is_no_hindrance(dictionary: English) -> None:
    assert dictionary.phones("café") == dictionary.phones("cafe")


@pytest.mark.parametrize(
    ("word", "base", "ending"),
    [
        ("iPhones", "iphone", "Z"),
        ("tweetups", "tweetup", "S"),
        ("Xboxes", "xbox", "IH0 Z"),
        ("googled", "google", "D"),
        ("cosplayed", "cosplay", "D"),
        ("unboxed", "unbox", "T"),
        ("retweeted", "retweet", "IH0 D"),
        ("vlogging", "vlog", "IH0 NG"),
        ("livestreaming", "livestream", "IH0 NG"),
        ("tiktoker", "tiktok", "ER0"),
        ("GitHub's", "github", "Z"),
        ("TikTok's", "tiktok", "S"),
        ("Xbox's", "xbox", "IH0 Z"),
        ("A's", "A", "Z"),
        ("developers'", "developers", ""),
    ],
)
def test_an_inflected_word_is_its_base_with_the_ending_that_fits(
    dictionary: English, word: str, base: str, ending: str
) -> None:
    assert dictionary.phones(word) == (*dictionary.phones(base), *ending.split())


@pytest.mark.parametrize(
    ("word", "beginning", "base"),
    [("unboxers", "AH2 N", "boxers"), ("relogin", "R IY2", "login"), ("nongoogle", "N AA2 N", "google")],
)
def test_a_beginning_leaves_its_base_as_it_is(
    dictionary: English, word: str, beginning: str, base: str
) -> None:
    assert dictionary.phones(word) == (*beginning.split(), *dictionary.phones(base))


@pytest.mark.parametrize(
    ("word", "first", "second"),
    [("firefox", "fire", "fox"), ("huggingface", "hugging", "face"), ("bytedance", "byte", "dance")],
)
def test_a_compound_is_its_two_words_the_first_stressed(
    dictionary: English, word: str, first: str, second: str
) -> None:
    weak = arpabet.weaken(dictionary.phones(second))

    assert dictionary.phones(word) == (*dictionary.phones(first), *weak)


@pytest.mark.parametrize(
    ("word", "phones"),
    [
        ("Zhang", "JH AA1 NG"),
        ("Xiaoming", "SH Y AW2 M IH1 NG"),
        ("Xi'an", "SH IY2 AA1 N"),
        ("Xi’an", "SH IY2 AA1 N"),
        ("Lüliang", "L Y UW2 L Y AA1 NG"),
        ("Zhāng", "JH AA1 NG"),
        ("Wu", "W UW1"),
        ("Cui", "T S W EY1"),
        ("XiaoMing", "SH Y AW2 M IH1 NG"),
        ("Zhang's", "JH AA1 NG Z"),
        ("kuaishou", "K W AY2 SH OW1"),
    ],
)
def test_a_chinese_name_is_read_as_mandarin(dictionary: English, word: str, phones: str) -> None:
    assert " ".join(dictionary.phones(word)) == phones


@pytest.mark.parametrize("word", ["Can", "Man", "Long", "He", "She", "Sun", "Alice"])
def test_an_english_word_alone_stays_english(dictionary: English, word: str) -> None:
    assert dictionary.phones(word) == dictionary.phones(word.lower())


@pytest.mark.parametrize(
    ("before", "word", "after"),
    [
        ("Li", "Long", ""),
        ("Zhang", "Man", ""),
        ("", "Sun", "Wukong"),
        ("", "Sun", "Yang"),
        ("", "He", "Jiong"),
    ],
)
def test_an_english_word_in_a_chinese_name_is_read_as_mandarin(
    dictionary: English, before: str, word: str, after: str
) -> None:
    assert dictionary.phones(word, before, after) == Romanization().phones(word)


@pytest.mark.parametrize(
    ("before", "word", "after"),
    [("", "Can", "Xiaoming"), ("", "He", "Can"), ("", "Long", "Beach"), ("li", "Long", "")],
)
def test_an_english_word_beside_another_stays_english(
    dictionary: English, before: str, word: str, after: str
) -> None:
    assert dictionary.phones(word, before, after) == dictionary.phones(word)


@pytest.mark.parametrize(
    ("word", "phones"),
    [
        ("shramp", "SH R AE1 M P"),
        ("glape", "G L EY1 P"),
        ("drinch", "D R IH1 N CH"),
        ("cendle", "S EH1 N D AH0 L"),
        ("plation", "P L EY1 SH AH0 N"),
        ("smature", "S M AE1 CH ER0"),
        ("bremmer", "B R EH1 M ER0"),
        ("froved", "F R OW1 V D"),
        ("gloiks", "G L OY1 K S"),
        ("brinology", "B R AH0 N AA1 L AH0 JH IY0"),
        ("bromatic", "B R OW0 M AE1 T IH0 K"),
    ],
)
def test_an_invented_word_is_read_by_its_spelling(dictionary: English, word: str, phones: str) -> None:
    assert " ".join(dictionary.phones(word)) == phones


def test_by_spelling_alone_common_words_have_nine_phones_in_ten_right() -> None:
    spelling = LetterToSound()

    wrong = sum(edits(spelling.phones(word), arpabet.phones(said)) for word, said in COMMON.items())

    assert wrong <= 0.1 * sum(len(arpabet.phones(said)) for said in COMMON.values())


@pytest.mark.parametrize("name", COLUMNS)
def test_every_row_has_the_columns_of_its_file(name: str) -> None:
    assert {len(row) for row in rows(PACKAGE, name)} <= COLUMNS[name]


def test_every_surname_is_pinyin(romanization: Romanization) -> None:
    assert [
        row[0] for row in rows(PACKAGE, "romanized_surnames.tsv") if not romanization.phones(row[0])
    ] == []


@pytest.mark.parametrize(
    "word", ["ing" * 3000, "un" * 3000, "nan" * 3000, "a" + "'s" * 3000, "unreununreinginged"]
)
def test_a_word_of_any_length_is_said(dictionary: English, word: str) -> None:
    assert ARPABET.issuperset(dictionary.phones(word))


@pytest.mark.parametrize(("word", "is_name"), [("zhuang" * 4, True), ("zhuang" * 3 + "xiaoxia", False)])
def test_a_word_of_more_letters_than_a_name_has_is_none(
    romanization: Romanization, word: str, is_name: bool
) -> None:
    assert (len(word) <= LONGEST_NAME) is is_name
    assert bool(romanization.phones(word)) is is_name


@given(
    st.lists(st.sampled_from(SYLLABLES), min_size=1, max_size=4).filter(
        lambda syllables: len("'".join(syllables)) <= LONGEST_NAME
    )
)
def test_syllables_parted_by_apostrophes_sound_as_they_do_alone(
    romanization: Romanization, syllables: list[str]
) -> None:
    said = [phone.rstrip("012") for phone in romanization.phones("'".join(syllables))]

    assert said == [phone.rstrip("12") for one in syllables for phone in romanization.phones(one)]


@given(st.text(st.characters(max_codepoint=0x24F, categories=["Lu", "Ll"]), max_size=20))
def test_any_latin_word_gives_arpabet_or_nothing(dictionary: English, word: str) -> None:
    assert ARPABET.issuperset(dictionary.phones(word))


@given(st.text("abcdefghijklmnopqrstuvwxyz", min_size=1, max_size=12))
def test_every_english_word_is_said_somehow(dictionary: English, word: str) -> None:
    assert dictionary.phones(word)
