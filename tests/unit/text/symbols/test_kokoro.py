"""How pinyin and ARPAbet are spelt for Kokoro."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huisheng.text.frontend import Frontend
from huisheng.text.symbols.kokoro import Role, phone, transcribe
from huisheng.types import Break, EnglishWord, Mark, Span, SpokenItem, Syllable
from huisheng.units import Seconds

SPAN = Span(0, 1)
ARPABET = (
    "AA AE AH AO AW AY B CH D DH EH ER EY F G HH IH IY JH K L M N NG OW OY P R S SH T TH UH UW V W Y Z ZH"
)


def syllable(surface: str, after: Break = Break.SYLLABLE) -> Syllable:
    return Syllable(SPAN, "字", surface, surface, after)


def mark(text: str) -> Mark:
    return Mark(SPAN, text, Seconds(0.2))


def spell(*items: SpokenItem) -> str:
    return "".join(symbol.text for symbol in transcribe(items))


@pytest.mark.parametrize(
    ("surface", "symbols"),
    [("ma1", "ma→"), ("ma2", "ma↗"), ("ma3", "ma↓"), ("ma4", "ma↘"), ("ma5", "ma"), ("hao3", "xau↓")],
)
def test_a_tone_is_an_arrow_after_the_vowel_and_the_neutral_tone_nothing(surface: str, symbols: str) -> None:
    assert spell(syllable(surface)) == symbols


def test_the_tone_that_is_heard_is_spelt_not_that_of_the_dictionary() -> None:
    assert spell(Syllable(SPAN, "你", "ni3", "ni2")) == spell(syllable("ni2"))


@pytest.mark.parametrize(
    ("surface", "symbols"),
    [("wanr2", "waɻ↗"), ("hair2", "xaɻ↗"), ("huar1", "xwaɻ→"), ("beir4", "peɻ↘")],
)
def test_in_a_retroflex_final_a_closing_n_or_i_gives_way(surface: str, symbols: str) -> None:
    assert spell(syllable(surface)) == symbols


def test_er_is_a_syllable_and_not_a_retroflex_e() -> None:
    assert spell(syllable("er2")) == "ɚ↗"


def test_english_has_its_stress_before_the_vowel() -> None:
    assert spell(EnglishWord(SPAN, "hello", ("HH", "AH0", "L", "OW1"))) == "həlˈO"


@pytest.mark.parametrize("arpabet", ARPABET.split())
def test_every_phone_of_arpabet_is_spelt(arpabet: str) -> None:
    assert spell(EnglishWord(SPAN, "x", (arpabet,)))


@pytest.mark.parametrize(
    ("arpabet", "letters"),
    [("K", "k"), ("OW", "O"), ("OW1", "ˈO"), ("OW2", "ˌO"), ("OW0", "O"), ("AH0", "ə"), ("ER0", "əɹ")],
)
def test_a_phone_brings_the_letter_of_its_stress(arpabet: str, letters: str) -> None:
    assert phone(arpabet) == letters


@given(st.lists(st.sampled_from([f"{name}{stress}" for name in ARPABET.split() for stress in ("", "1")])))
def test_a_word_is_the_letters_of_its_phones_one_after_another(phones: list[str]) -> None:
    assert spell(EnglishWord(SPAN, "x", tuple(phones))) == "".join(map(phone, phones))


@pytest.mark.parametrize("text", "，、；：。！？…—“”（）")
def test_every_mark_is_one_symbol(text: str) -> None:
    (symbol,) = transcribe((mark(text),))

    assert symbol.role is Role.MARK


def test_words_are_kept_apart_by_a_blank_and_syllables_are_not() -> None:
    assert spell(syllable("ma1"), syllable("ma1", Break.WORD), syllable("ma1")) == "ma→ma→ ma→"


def test_no_blank_comes_before_a_mark_or_at_the_end() -> None:
    assert spell(syllable("ma1", Break.PHRASE), mark("，"), syllable("ma1", Break.SENTENCE)) == "ma→, ma→"


def test_every_symbol_knows_its_item_and_its_role() -> None:
    symbols = transcribe((syllable("ma1", Break.WORD), syllable("ma1"), mark("。")))

    assert [symbol.item for symbol in symbols] == [0, 0, 0, 0, 1, 1, 1, 2]
    assert [symbol.role for symbol in symbols] == [Role.SPOKEN] * 3 + [Role.BLANK] + [Role.SPOKEN] * 3 + [
        Role.MARK
    ]


@given(st.text(st.characters(min_codepoint=0x4E00, max_codepoint=0x9FFF), max_size=40))
def test_every_syllable_that_is_read_can_be_spelt(frontend: Frontend, text: str) -> None:
    for sentence in frontend.sentences(text):
        for item in sentence.items:
            assert transcribe((item,))


@pytest.mark.parametrize(
    "text", ["𰻝𰻝面", "呒", "嗯", "哼", "欸", "噷", "这儿，那儿，哪儿，事儿，字儿，鱼儿，门缝儿"]
)
def test_rare_syllables_can_be_spelt(frontend: Frontend, text: str) -> None:
    for sentence in frontend.sentences(text):
        for item in sentence.items:
            assert transcribe((item,))
