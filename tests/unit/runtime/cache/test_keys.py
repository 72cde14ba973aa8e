"""Equal names, equal sound: what makes a key another one, and what does not."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huisheng.runtime.cache import keys
from huisheng.runtime.cache.keys import normalize_text, program_digest, request_key, utterance_key
from huisheng.runtime.options import SynthesisOptions
from huisheng.runtime.synthesizer import Synthesizer
from huisheng.text.frontend import Frontend
from huisheng.types import (
    Break,
    Emotion,
    EnglishWord,
    Grounds,
    Inflection,
    Intonation,
    Mark,
    Note,
    ResolvedOptions,
    Sentence,
    Span,
    SpokenItem,
    Syllable,
    Utterance,
)
from huisheng.units import Seconds

SYLLABLE = Syllable(Span(10, 11), "好", "hao3", "hao2")
WORD = EnglishWord(Span(11, 13), "hi", ("HH", "AY1"))
MARK = Mark(Span(13, 14), "。", Seconds(0.4), Break.SENTENCE)
SENTENCE = Sentence(Span(10, 14), "好hi。", (SYLLABLE, WORD, MARK))
UTTERANCE = Utterance(SENTENCE, ResolvedOptions("lan"))


def key(utterance: Utterance = UTTERANCE, digest: str = "d") -> str:
    return utterance_key(utterance, digest)


def with_item(place: int, **changed: object) -> Utterance:
    """The utterance with another item."""
    items: list[SpokenItem] = list(SENTENCE.items)
    items[place] = replace(items[place], **changed)  # pyright: ignore[reportArgumentType]
    return replace(UTTERANCE, sentence=replace(SENTENCE, items=tuple(items)))


def with_options(**changed: object) -> Utterance:
    """The utterance with other options."""
    return replace(UTTERANCE, options=replace(UTTERANCE.options, **changed))  # pyright: ignore[reportArgumentType]


HEARD = {
    "reading": with_item(0, surface="hao3"),
    "dictionary reading": with_item(0, pinyin="hao4"),
    "character": with_item(0, text="郝"),
    "break": with_item(0, after=Break.PHRASE),
    "language": with_item(0, language="yue"),
    "emphasis": with_item(0, inflection=Inflection(emphasis=1)),
    "pitch of a syllable": with_item(0, inflection=Inflection(pitch=1.0)),
    "emotion of a syllable": with_item(0, inflection=Inflection(emotion=Emotion("sad"))),
    "place in the sentence": with_item(0, span=Span(10, 12)),
    "phones": with_item(1, phones=("HH", "IY1")),
    "word": with_item(1, text="hy"),
    "pause": with_item(2, pause=Seconds(0.5)),
    "mark": with_item(2, text="！"),
    "exactness": with_item(2, exact=True),
    "melody of a mark": with_item(2, intonation=Intonation.QUESTION),
    "intonation": replace(UTTERANCE, sentence=replace(SENTENCE, intonation=Intonation.QUESTION)),
    "length": replace(UTTERANCE, sentence=replace(SENTENCE, span=Span(10, 15))),
    "items": replace(UTTERANCE, sentence=replace(SENTENCE, items=SENTENCE.items[:2])),
    "emotion": with_options(emotion=Emotion("happy")),
    "intensity": with_options(emotion=Emotion("happy", 0.5)),
    "second emotion": with_options(emotion=Emotion("happy", 1.0, (("sad", 0.3),))),
    "speed": with_options(speed=1.1),
    "pitch": with_options(pitch=1.0),
}
"""What is heard, so that no two of these may share a key."""


def test_all_that_is_heard_makes_another_key() -> None:
    made = {name: key(utterance) for name, utterance in HEARD.items()}

    assert len({key(), key(digest="e"), *made.values()}) == len(HEARD) + 2


@pytest.mark.parametrize(
    "utterance",
    [
        with_options(volume=3.0),
        with_options(voice="package:lan"),
        with_options(speed=1),
        with_item(0, grounds=Grounds("model", ("hao4",), 0.6)),
        with_item(0, inflection=Inflection()),
        with_item(0, inflection=Inflection(voice="lan")),
        replace(UTTERANCE, sentence=replace(SENTENCE, pause=Seconds(1.0))),
        replace(UTTERANCE, sentence=replace(SENTENCE, notes=(Note(Span(10, 11), "好", "rule"),))),
    ],
    ids=["volume", "name", "whole number", "grounds", "plain", "own voice", "pause after", "notes"],
)
def test_what_the_engine_does_not_hear_leaves_the_key(utterance: Utterance) -> None:
    assert key(utterance) == key()


def shift(sentence: Sentence, offset: int) -> Sentence:
    """The sentence further back in a text."""
    items = tuple(replace(item, span=item.span.shifted(offset)) for item in sentence.items)
    return replace(sentence, span=sentence.span.shifted(offset), items=items)


@given(st.integers(0, 20_000))
def test_a_sentence_has_the_same_key_wherever_it_stands(offset: int) -> None:
    assert key(replace(UTTERANCE, sentence=shift(SENTENCE, offset))) == key()


def test_a_sentence_that_is_read_alike_in_two_texts_has_one_key(frontend: Frontend) -> None:
    synthesizer = Synthesizer(frontend=frontend)
    texts = "今天天气很好。", "先说一句别的。今天天气很好。"
    last = [list(frontend.sentences(synthesizer.script(text, SynthesisOptions())))[-1] for text in texts]

    assert len({key(Utterance(sentence, ResolvedOptions())) for sentence in last}) == 1


def test_characters_that_are_read_differently_have_two_keys(frontend: Frontend) -> None:
    synthesizer = Synthesizer(frontend=frontend)
    scripts = [
        synthesizer.script("单于来了。", SynthesisOptions(lexicon=words))
        for words in ({}, {"单于": "dan1 yu2"})
    ]
    first = [next(iter(frontend.sentences(script))) for script in scripts]

    assert len({key(Utterance(sentence, ResolvedOptions())) for sentence in first}) == 2


# Requests


def test_the_order_of_the_parts_does_not_matter() -> None:
    assert request_key({"text": "好", "speed": 1.5}) == request_key({"speed": 1.5, "text": "好"})


@pytest.mark.parametrize(
    "other", [{"text": "好 "}, {"text": None}, {"texts": "好"}, {"text": "好", "more": ""}]
)
def test_other_parts_make_another_key(other: dict[str, object]) -> None:
    assert request_key(other) != request_key({"text": "好"})


@given(st.dictionaries(st.text(), st.text() | st.integers() | st.floats(-12.0, 12.0)))
def test_a_key_is_64_hexadecimal_digits_whatever_is_asked_for(parts: dict[str, object]) -> None:
    assert len(bytes.fromhex(request_key({**parts, "broken": "\ud800"}))) == 32


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("  你好\r\n世界 \n", "你好\n世界"),
        ("a\rb", "a\nb"),
        ("cafe\u0301", "caf\u00e9"),
        ("你  好，Ａ", "你  好，Ａ"),
    ],
)
def test_only_what_is_not_heard_is_normalized(text: str, same: str) -> None:
    assert normalize_text(text) == same


# The program


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A program of few files."""
    for name in ("types.py", "units.py", "text/rule.py", "text/data/words.tsv", "engines/one.py"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(name)
    for name in ("emotion", "audio", "runtime"):
        (tmp_path / name).mkdir()
    monkeypatch.setattr(keys, "_PACKAGE", tmp_path)
    return tmp_path


def changed_data(tree: Path) -> None:
    (tree / "text/data/words.tsv").write_text("other")


def changed_code(tree: Path) -> None:
    (tree / "types.py").write_text("other")


def rename_module(tree: Path) -> None:
    (tree / "engines/one.py").rename(tree / "engines/two.py")


def add_module(tree: Path) -> None:
    (tree / "audio/new.py").write_text("")


@pytest.mark.parametrize("change", [changed_data, changed_code, rename_module, add_module])
def test_another_program_has_another_digest(tree: Path, change: Callable[[Path], None]) -> None:
    before = program_digest.__wrapped__()
    change(tree)

    assert program_digest.__wrapped__() != before


def test_compiled_code_is_no_other_program(tree: Path) -> None:
    before = program_digest.__wrapped__()
    (tree / "text/__pycache__").mkdir()
    (tree / "text/__pycache__/rule.pyc").write_bytes(b"x")

    assert program_digest.__wrapped__() == before


def test_another_version_of_a_library_is_another_program(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = program_digest.__wrapped__()
    monkeypatch.setattr(keys, "_FOREIGN", ("pytest",))

    assert program_digest.__wrapped__() != before


def test_another_program_has_other_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    before = key(), request_key({})
    monkeypatch.setattr(keys, "program_digest", lambda: "of another program")

    assert not {*before} & {key(), request_key({})}


@pytest.mark.slow
def test_two_processes_give_one_key() -> None:
    code = "from huisheng.runtime.cache.keys import request_key; print(request_key({'text': '好'}))"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout

    assert said.strip() == request_key({"text": "好"})
