"""What will be said of a text, as plain data: for programs, and for people who ask why."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from typing_extensions import TypedDict

from huisheng.text.frontend import Frontend
from huisheng.text.markup.script import Script
from huisheng.text.pronunciation.user import Conflict
from huisheng.types import Break, EnglishWord, Mark, Sentence, Span, Syllable

UNSURE: Final = 0.75
"""Confidence below which a reading is marked as unsure."""


class SyllableRow(TypedDict):
    """One spoken syllable; see `huisheng.types.Syllable`."""

    start: int
    end: int
    text: str
    pinyin: str
    surface: str


class ExplainedSyllable(SyllableRow):
    """The same with its grounds; see `huisheng.types.Grounds`."""

    source: str
    others: list[str]
    confidence: float
    unsure: bool


class WordRow(TypedDict):
    """One English word or letter, and its phones in ARPAbet."""

    start: int
    end: int
    text: str
    phones: list[str]


class TokenRow(TypedDict):
    """What was not plain text, the rule that read it, and what else it could have been."""

    start: int
    end: int
    written: str
    spoken: str
    rule: str
    others: list[str]


class BreakRow(TypedDict):
    """A break: index of the character that it follows, and its level 1–4."""

    after: int
    level: int


class ConflictRow(TypedDict):
    """A word that two lexicons read differently; `level` wins over `other_level`."""

    word: str
    level: str
    other_level: str


class EmotionRow(TypedDict):
    """The emotion that one sentence suggests."""

    start: int
    end: int
    emotion: str
    emotion_strength: float
    emotion_confidence: float


class TextReading(TypedDict):
    """What will be said of one text."""

    text: str
    spoken: str
    syllables: list[SyllableRow]
    breaks: list[BreakRow]
    emotion: str
    emotion_strength: float
    emotion_confidence: float


class Explanation(TypedDict):
    """What will be said of one text, and why."""

    text: str
    spoken: str
    syllables: list[ExplainedSyllable]
    words: list[WordRow]
    tokens: list[TokenRow]
    breaks: list[BreakRow]
    unread: list[str]
    conflicts: list[ConflictRow]
    sentences: list[EmotionRow]
    emotion: str
    emotion_strength: float
    emotion_confidence: float


def reading(frontend: Frontend, script: Script, *, all_breaks: bool = False) -> TextReading:
    """Everything the front-end says of a text. `all_breaks` adds the levels syllable and word.

    Raises:
        InvalidText: the text holds lone surrogates.
    """
    sentences = list(frontend.sentences(script))
    prediction = frontend.predict_emotion(script.text)
    return TextReading(
        text=script.source,
        spoken="".join(sentence.spoken for sentence in sentences),
        syllables=[_row(syllable) for syllable in _syllables(sentences)],
        breaks=breaks(sentences, all_breaks=all_breaks),
        emotion=prediction.label,
        emotion_strength=prediction.strength,
        emotion_confidence=round(prediction.confidence, 3),
    )


def explanation(frontend: Frontend, script: Script, disputed: Sequence[Conflict] = ()) -> Explanation:
    """Everything the front-end says of a text, with the grounds of each reading and all breaks.

    Args:
        frontend: reads.
        script: what is read.
        disputed: words that the lexicons applied to it read differently.

    Raises:
        InvalidText: the text holds lone surrogates.
    """
    sentences = list(frontend.sentences(script))
    prediction = frontend.predict_emotion(script.text)
    return Explanation(
        text=script.source,
        spoken="".join(sentence.spoken for sentence in sentences),
        syllables=[_explain(syllable) for syllable in _syllables(sentences)],
        words=list(_words(sentences)),
        tokens=list(_tokens(script, sentences)),
        breaks=breaks(sentences, all_breaks=True),
        unread=list(_unread(script, sentences)),
        conflicts=[ConflictRow(**conflict._asdict()) for conflict in disputed],
        sentences=[_emotion_row(frontend, script, sentence) for sentence in sentences],
        emotion=prediction.label,
        emotion_strength=prediction.strength,
        emotion_confidence=round(prediction.confidence, 3),
    )


def breaks(sentences: Sequence[Sentence], *, all_breaks: bool) -> list[BreakRow]:
    """The strongest break after each character of the source."""
    lowest = Break.SYLLABLE if all_breaks else Break.PHRASE
    levels: dict[int, int] = {}
    for sentence in sentences:
        after = -1
        for item in sentence.items:
            after = after if isinstance(item, Mark) else item.span.end - 1
            if after >= 0 and item.after >= lowest:
                levels[after] = max(levels.get(after, 0), int(item.after))
    return [BreakRow(after=after, level=level) for after, level in sorted(levels.items())]


def _syllables(sentences: Sequence[Sentence]) -> Iterator[Syllable]:
    return (item for sentence in sentences for item in sentence.items if isinstance(item, Syllable))


def _row(syllable: Syllable) -> SyllableRow:
    return SyllableRow(
        start=syllable.span.start,
        end=syllable.span.end,
        text=syllable.text,
        pinyin=syllable.pinyin,
        surface=syllable.surface,
    )


def _explain(syllable: Syllable) -> ExplainedSyllable:
    grounds = syllable.grounds
    return ExplainedSyllable(
        **_row(syllable),
        source=grounds.source,
        others=list(grounds.others),
        confidence=round(grounds.confidence, 3),
        unsure=grounds.confidence < UNSURE,
    )


def _words(sentences: Sequence[Sentence]) -> Iterator[WordRow]:
    for sentence in sentences:
        for item in sentence.items:
            if isinstance(item, EnglishWord):
                start, end = item.span
                yield WordRow(start=start, end=end, text=item.text, phones=list(item.phones))


def _tokens(script: Script, sentences: Sequence[Sentence]) -> Iterator[TokenRow]:
    for sentence in sentences:
        for note in sentence.notes:
            yield TokenRow(
                start=note.span.start,
                end=note.span.end,
                written=script.source[note.span.start : note.span.end],
                spoken=note.spoken,
                rule=note.rule,
                others=list(note.others),
            )


def _emotion_row(frontend: Frontend, script: Script, sentence: Sentence) -> EmotionRow:
    prediction = frontend.predict_emotion(source_text(script, sentence))
    return EmotionRow(
        start=sentence.span.start,
        end=sentence.span.end,
        emotion=prediction.label,
        emotion_strength=prediction.strength,
        emotion_confidence=round(prediction.confidence, 3),
    )


def source_text(script: Script, sentence: Sentence) -> str:
    """A sentence as it stands in the source, or as it is said where the source holds markup."""
    return script.source[sentence.span.start : sentence.span.end] if script.plain else sentence.spoken


def _unread(script: Script, sentences: Sequence[Sentence]) -> Iterator[str]:
    """Han characters that no dictionary can read, each once."""
    read = {place for syllable in _syllables(sentences) for place in range(*syllable.span)}
    read.update(place for sentence in sentences for note in sentence.notes for place in range(*note.span))
    missing = (
        character
        for place, character in enumerate(script.text)
        if _is_han(character) and script.origin(Span(place, place + 1)).start not in read
    )
    return iter(dict.fromkeys(missing))


def _is_han(character: str) -> bool:
    return "\u3400" <= character <= "\u9fff" or "\U00020000" <= character <= "\U000323af"
