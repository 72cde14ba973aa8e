"""What markup and lexicons ask for, heard in the items of a sentence."""

from __future__ import annotations

import pytest
from tests.unit.text.documents import script

from huisheng.text.frontend import Frontend
from huisheng.text.markup.substitution import with_lexicon
from huisheng.text.pronunciation.user import from_mapping
from huisheng.types import (
    PLAIN,
    Break,
    Emotion,
    EnglishWord,
    Inflection,
    Intonation,
    Mark,
    Sentence,
    Span,
    Syllable,
)


def read(frontend: Frontend, source: str, **said: str) -> Sentence:
    """The one sentence of a marked text with the words of a lexicon."""
    (sentence,) = frontend.sentences(with_lexicon(script(source), from_mapping(said)))
    return sentence


def syllables(sentence: Sentence) -> list[Syllable]:
    return [item for item in sentence.items if isinstance(item, Syllable)]


def marks(sentence: Sentence) -> list[Mark]:
    return [item for item in sentence.items if isinstance(item, Mark)]


def surfaces(sentence: Sentence) -> list[str]:
    return [item.surface for item in syllables(sentence)]


# Silence


def test_a_rest_is_an_exact_mark_where_it_was_asked_for(frontend: Frontend) -> None:
    (mark,) = marks(read(frontend, "你好[停顿 1.5s]世界"))

    assert (mark.pause, mark.exact, mark.span) == (1.5, True, Span(11, 11))


def test_the_word_before_a_rest_ends_a_phrase(frontend: Frontend) -> None:
    sentence = read(frontend, "你好[停顿]世界")

    assert sentence.items[1].after is Break.PHRASE


def test_a_written_mark_is_not_exact(frontend: Frontend) -> None:
    assert [mark.exact for mark in marks(read(frontend, "你好，[停顿]世界"))] == [False, True]


def test_a_rest_of_nothing_is_not_heard(frontend: Frontend) -> None:
    assert marks(read(frontend, "你好[停顿 0s]世界")) == []


@pytest.mark.parametrize(
    ("source", "intonation"),
    [
        ('<speak>去？<break time="1s"/></speak>', Intonation.QUESTION),
        ('<speak>好！<break time="1s"/></speak>', Intonation.EXCLAMATION),
        ('<speak>去吗<break time="1s"/></speak>', Intonation.QUESTION),
    ],
)
def test_a_rest_at_the_end_leaves_the_melody_of_the_mark_before_it(
    frontend: Frontend, source: str, intonation: Intonation
) -> None:
    assert read(frontend, source).intonation is intonation


# Readings


def test_a_syllable_of_markup_is_said_in_place_of_the_dictionarys(frontend: Frontend) -> None:
    first, second = syllables(read(frontend, "银行[xing2]"))

    assert (first.pinyin, second.pinyin) == ("yin2", "xing2")
    assert (first.grounds.source == "markup", second.grounds.source) == (False, "markup")


def test_a_word_of_the_users_is_said_as_it_asks(frontend: Frontend) -> None:
    sentence = read(frontend, "朝阳", 朝阳="zhao1 yang2")

    assert surfaces(sentence) == ["zhao1", "yang2"]
    assert {item.grounds.source for item in syllables(sentence)} == {"user"}


def test_tones_of_markup_do_not_change(frontend: Frontend) -> None:
    assert surfaces(read(frontend, "老李[lao3 li3]")) == ["lao3", "li3"]


def test_tones_of_the_users_words_change_as_usual(frontend: Frontend) -> None:
    assert surfaces(read(frontend, "老李", 老李="lao3 li3")) == ["lao2", "li3"]


def test_a_tone_of_markup_changes_the_tone_before_it(frontend: Frontend) -> None:
    assert surfaces(read(frontend, "很好[hao3]")) == ["hen2", "hao3"]


def test_markup_makes_er_a_syllable_of_its_own(frontend: Frontend) -> None:
    assert surfaces(read(frontend, "花儿[hua1 er2]")) == ["hua1", "er2"]


def test_er_colours_a_syllable_of_markup_before_it(frontend: Frontend) -> None:
    assert surfaces(read(frontend, "花[hua1]儿")) == ["huar1"]


def test_markup_may_write_the_coloured_syllable_itself(frontend: Frontend) -> None:
    assert surfaces(read(frontend, "花[huar1]")) == ["huar1"]


def test_english_is_said_with_the_phones_of_markup(frontend: Frontend) -> None:
    source = '<speak>说<phoneme alphabet="ipa" ph="ɹɛd">read</phoneme>和read</speak>'

    marked, usual = (item for item in read(frontend, source).items if isinstance(item, EnglishWord))

    assert marked.phones == ("R", "EH1", "D")
    assert usual.phones != marked.phones


def test_a_word_of_the_users_may_hold_digits_letters_and_signs(frontend: Frontend) -> None:
    sentence = read(frontend, "用5G和C++吧", **{"5G": "wu3 ji4", "C++": "xi1 jia1 jia1"})

    spans = {item.text: (item.pinyin, item.span) for item in syllables(sentence)}
    assert (spans["5"], spans["G"]) == (("wu3", Span(1, 2)), ("ji4", Span(2, 3)))
    assert (spans["C"], spans["+"]) == (("xi1", Span(4, 5)), ("jia1", Span(6, 7)))


def test_a_word_of_the_users_with_digits_is_told_with_its_source(frontend: Frontend) -> None:
    (note,) = read(frontend, "用5G吧", **{"5G": "wu3 ji4"}).notes

    assert (note.span, note.rule) == (Span(1, 3), "lexicon")


# Words


def test_a_word_of_markup_is_kept_whole(frontend: Frontend) -> None:
    free = read(frontend, "研究生命")
    kept = read(frontend, "<speak><w>研究生命</w></speak>")

    assert Break.WORD in [item.after for item in free.items]
    assert [item.after for item in kept.items] == [*[Break.SYLLABLE] * 3, Break.SENTENCE]


@pytest.mark.parametrize("written", ["hello", "3天", "研究 生命"])
def test_a_word_of_markup_is_never_silent(frontend: Frontend, written: str) -> None:
    usual = [item.text for item in read(frontend, written).items]

    assert [item.text for item in read(frontend, f"<speak><w>{written}</w></speak>").items] == usual


def test_what_is_said_of_a_stretch_counts_and_is_told(frontend: Frontend) -> None:
    source = '<speak>打<say-as interpret-as="telephone">110</say-as></speak>'

    sentence = read(frontend, source)

    assert sentence.spoken == "打幺幺零"
    assert [(source[slice(*note.span)], note.rule) for note in sentence.notes] == [("110", "markup")]


# How it is said


def inflections(sentence: Sentence) -> list[tuple[str, Inflection]]:
    return [(item.text, item.inflection) for item in sentence.items if not isinstance(item, Mark)]


def test_items_of_a_plain_text_have_no_inflection(frontend: Frontend) -> None:
    assert all(inflection is PLAIN for _, inflection in inflections(read(frontend, "你好hello")))


def test_items_are_said_as_the_markup_around_them_asks(frontend: Frontend) -> None:
    inside = '好<emphasis level="strong">了</emphasis>hi'
    source = f'<speak>你<prosody rate="2" pitch="+2st">{inside}</prosody>呀</speak>'

    fast = Inflection(speed=2.0, pitch=2.0)
    assert inflections(read(frontend, source)) == [
        ("你", PLAIN),
        ("好", fast),
        ("了", Inflection(speed=2.0, pitch=2.0, emphasis=2)),
        ("hi", fast),
        ("呀", PLAIN),
    ]


def test_every_syllable_of_a_number_is_said_as_the_number(frontend: Frontend) -> None:
    sentence = read(frontend, "共[开心]12[/]天")

    emotions = [inflection.emotion for _, inflection in inflections(sentence)]
    assert emotions == [None, Emotion("happy"), Emotion("happy"), None]


def test_an_alias_is_said_as_its_word(frontend: Frontend) -> None:
    sentence = read(frontend, "问[重读]WHO[/]吧", WHO="=世卫")

    assert [inflection.emphasis for _, inflection in inflections(sentence)] == [0, 1, 1, 0]
