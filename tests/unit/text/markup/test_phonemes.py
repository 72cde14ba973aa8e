"""Pinyin, jyutping and IPA as people write them, to the syllables and phones that are said."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huisheng.text.markup import phonemes
from huisheng.text.resources import rows

MARKS = {"1": "\u0304", "2": "\u0301", "3": "\u030c", "4": "\u0300"}
BASES = [row[0] for row in rows("huisheng.text.pronunciation", "syllables.tsv")]
SYLLABLES = st.tuples(st.sampled_from(BASES), st.sampled_from("1234")).map("".join)


def with_mark(syllable: str) -> str:
    """`lv4` → `lǜ`: the mark on the vowel that bears it."""
    base, tone = syllable[:-1].replace("v", "ü"), syllable[-1]
    place = next((base.index(vowel) for vowel in ("a", "o", "e") if vowel in base), -1)
    bearer = place if place >= 0 else max(base.rfind(vowel) for vowel in "iuü")
    return unicodedata.normalize("NFC", base[: bearer + 1] + MARKS[tone] + base[bearer + 1 :])


@pytest.mark.parametrize(
    ("written", "syllables"),
    [
        ("hang2", ("hang2",)),
        ("háng", ("hang2",)),
        ("HÁNG", ("hang2",)),
        ("ha\u0301ng", ("hang2",)),
        ("háng2", ("hang2",)),
        ("hang 2", ("hang2",)),
        ("hang", ("hang5",)),
        ("ma5", ("ma5",)),
        ("yin2hang2", ("yin2", "hang2")),
        ("yin2 - hang2", ("yin2", "hang2")),
        ("yin 2 hang 2", ("yin2", "hang2")),
        ("yínháng", ("yin2", "hang2")),
        ("yín háng", ("yin2", "hang2")),
        ("xiè xie", ("xie4", "xie5")),
        ("xièxie", ("xie4", "xie5")),
        ("nü3 er2", ("nv3", "er2")),
        ("nv3er2", ("nv3", "er2")),
        ("lu:4", ("lv4",)),
        ("nǚ'ér", ("nv3", "er2")),
        ("nǚ’ér", ("nv3", "er2")),
        ("xī'ān", ("xi1", "an1")),
        ("xiān", ("xian1",)),
        ("xīān", ("xi1", "an1")),
        ("fāngàn", ("fan1", "gan4")),
        ("fāng'àn", ("fang1", "an4")),
        ("tiān'ānmén", ("tian1", "an1", "men2")),
        ("Zhōngguó Rénmín", ("zhong1", "guo2", "ren2", "min2")),
        ("huar1", ("huar1",)),
        ("yīdiǎnr", ("yi1", "dianr3")),
        ("gōngrén", ("gong1", "ren2")),
        ("ɡuɑ̄", ("gua1",)),
        ("ng2", ("en2",)),
    ],
)
def test_pinyin_is_read_however_it_is_written(written: str, syllables: tuple[str, ...]) -> None:
    assert phonemes.pinyin(written) == syllables


@pytest.mark.parametrize(
    "written",
    [
        *(
            "",
            " ",
            "hxng2",
            "hang6",
            "hang0",
            "háng3",
            "hǎńg",
            "yinhang",
            "yinhang2",
            "café",
            "行",
            "2",
            "'hang2",
        ),
        *("hang2!", "hang2 x", "nihǎx", "b1", "hang2,"),
    ],
)
def test_what_is_no_pinyin_is_nothing(written: str) -> None:
    assert phonemes.pinyin(written) == ()


@given(st.lists(SYLLABLES, min_size=1))
def test_syllables_with_digits_are_read_back_joined_or_apart(syllables: list[str]) -> None:
    assert phonemes.pinyin("".join(syllables)) == phonemes.pinyin(" ".join(syllables)) == tuple(syllables)


@given(st.lists(SYLLABLES, min_size=1))
def test_syllables_with_marks_are_read_back_from_joined_words(syllables: list[str]) -> None:
    word = with_mark(syllables[0])
    for syllable in syllables[1:]:
        word += ("'" if syllable[0] in "aeo" else "") + with_mark(syllable)

    assert phonemes.pinyin(word) == tuple(syllables)


@pytest.mark.slow
@pytest.mark.parametrize(
    "written", ["mā" * 50_000, "zhuang" * 20_000 + "ā", "hang " * 30_000, " " * 200_000 + "x"]
)
def test_pinyin_of_any_length_is_read(written: str) -> None:
    assert len(phonemes.pinyin(written)) <= len(written)


@pytest.mark.parametrize(
    ("written", "syllables"),
    [
        ("hong4", ("hong4",)),
        ("ngan4 hong4", ("ngan4", "hong4")),
        ("Gwong2zau1", ("gwong2", "zau1")),
        ("m4 goi1", ("m4", "goi1")),
        ("jyut6-ping3", ("jyut6", "ping3")),
    ],
)
def test_jyutping_is_read_joined_or_apart(written: str, syllables: tuple[str, ...]) -> None:
    assert phonemes.jyutping(written) == syllables


@pytest.mark.parametrize("written", ["", "hong", "hong7", "háng", "xang1", "hong4!", "a" * 200_000])
def test_what_is_no_jyutping_is_nothing(written: str) -> None:
    assert phonemes.jyutping(written) == ()


@pytest.mark.parametrize(
    ("written", "syllables"),
    [
        ("xaŋ˧˥", ("hang2",)),
        ("χaŋ˧˥", ("hang2",)),
        ("in˧˥ xaŋ˧˥", ("yin2", "hang2")),
        ("in˧˥.xaŋ˧˥", ("yin2", "hang2")),
        ("ʈ͡ʂʊŋ˥kwo˧˥", ("zhong1", "guo2")),
        ("tʂʊŋ˥˥", ("zhong1",)),
        ("luo˧˥", ("luo2",)),
        ("ma˨˩˦", ("ma3",)),
        ("ma˥˩", ("ma4",)),
        ("ma˧", ("ma5",)),
    ],
)
def test_ipa_of_mandarin_becomes_pinyin(written: str, syllables: tuple[str, ...]) -> None:
    assert phonemes.mandarin(written) == syllables


@pytest.mark.parametrize("written", ["", "xaŋ", "xaŋ˧˥x", "˧˥", "xaŋ˥˧˥", "θa˥"])
def test_what_is_no_mandarin_in_ipa_is_nothing(written: str) -> None:
    assert phonemes.mandarin(written) == ()


@pytest.mark.parametrize(
    ("written", "phones"),
    [
        ("təˈmeɪtoʊ", ("T", "AH0", "M", "EY1", "T", "OW0")),
        ("/təˈmɑːtəʊ/", ("T", "AH0", "M", "AA1", "T", "OW0")),
        ("ˌɪntəˈnɛt", ("IH2", "N", "T", "AH0", "N", "EH1", "T")),
        ("t͡ʃɜːr", ("CH", "ER1")),
        ("bʊk", ("B", "UH1", "K")),
        ("ðə", ("DH", "AH0")),
        ("ˈa.ɡə", ("AA1", "G", "AH0")),
    ],
)
def test_ipa_of_english_becomes_arpabet(written: str, phones: tuple[str, ...]) -> None:
    assert phonemes.english(written) == phones


@pytest.mark.parametrize("written", ["", " ", "//", ".", "ˈ", "汉", "xɑː", "bʊk2"])
def test_what_is_no_english_in_ipa_is_nothing(written: str) -> None:
    assert phonemes.english(written) == ()


@given(st.one_of(st.text(), st.text(alphabet="hangyīǚ'12 ˥˧ˈəx")))
def test_any_text_is_read_or_nothing(text: str) -> None:
    found = (phonemes.pinyin(text), phonemes.jyutping(text), phonemes.mandarin(text))

    assert all(syllable[-1] in "123456" for syllables in found for syllable in syllables)
    assert all(phone.isalnum() for phone in phonemes.english(text))
