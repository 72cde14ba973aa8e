"""The names that markup may use, and what it may ask of the voices behind them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Final, NamedTuple

from huisheng.emotion.names import aliases
from huisheng.engines.protocol import Capabilities
from huisheng.engines.stand_ins import substitution_notice
from huisheng.errors import UnpronounceableSymbol
from huisheng.text.markup.faults import MarkupFault, error_at
from huisheng.text.markup.script import MarkupVocabulary, Phonemes, Script, StandIn
from huisheng.text.symbols.advice import advice
from huisheng.types import (
    PLAIN,
    EmotionName,
    Inflection,
    Notice,
    ResolvedOptions,
    Sentence,
    Span,
    Syllable,
    VoiceInfo,
)

_CANTONESE: Final = "yue"


class TextRun(NamedTuple):
    """A stretch of a script without a change of options; it begins with the character at `at` of the text."""

    at: int
    inflection: Inflection


def make_vocabulary(capabilities: Capabilities) -> MarkupVocabulary:
    """What markup may ask for of an engine."""

    def stand_in(wanted: str) -> StandIn | None:
        voice = capabilities.stand_in(wanted)
        return StandIn(voice.id, substitution_notice(wanted, voice)) if voice else None

    return MarkupVocabulary(_name_emotions(capabilities.emotions), capabilities.names, stand_in)


def voice_notices(capabilities: Capabilities, voice: str) -> Iterator[Notice]:
    """What is told of the voice that a request names."""
    stand_in = capabilities.stand_in(voice)
    if stand_in:
        yield substitution_notice(voice, stand_in)


def check_languages(script: Script, capabilities: Capabilities, voice: str = "") -> None:
    """Whether the sounds that markup writes can be said by the voice that they stand under.

    Args:
        script: of the request.
        capabilities: of the engine.
        voice: id of the voice of the whole; empty where none is chosen, and one that could is enough.

    Raises:
        MarkupError: one cannot; where.
    """
    for directive in script.directives:
        if isinstance(directive, Phonemes) and directive.language == _CANTONESE:
            speaker = script.inflection(directive.span.start).voice or voice
            languages = capabilities.find(speaker).languages if speaker else capabilities.languages
            if all(language.partition("-")[0] != _CANTONESE for language in languages):
                place = script.origin(directive.span).start
                raise error_at(script.source, place, _refuse_cantonese(speaker))


def check_emotions(script: Script, capabilities: Capabilities, options: ResolvedOptions) -> None:
    """Whether every stretch of a script is said by a voice that shows its emotion.

    Raises:
        MarkupError: one is not; where.
    """
    for part in split_runs(script):
        voice = capabilities.find(part.inflection.voice or options.voice)
        emotion = part.inflection.emotion or options.emotion
        for name, _ in emotion.parts:
            if name not in voice.emotions:
                place = script.origin(Span(part.at, part.at + 1)).start
                raise error_at(script.source, place, _refuse_emotion(voice, name))


def check_syllables(sentence: Sentence, capabilities: Capabilities, options: ResolvedOptions) -> None:
    """Whether every syllable is in a language of the voice that says it.

    Raises:
        UnpronounceableSymbol: one is not; which, and where.
    """
    for item in sentence.items:
        if isinstance(item, Syllable):
            voice = capabilities.find(item.inflection.voice or options.voice)
            if item.language not in voice.syllables:
                raise UnpronounceableSymbol(item.surface, item.text, item.span, *advice(voice.languages))


def list_voices(
    script: Script, capabilities: Capabilities, options: ResolvedOptions
) -> tuple[VoiceInfo, ...]:
    """The voices of all parts of a script."""
    return tuple(capabilities.find(part.inflection.voice or options.voice) for part in split_runs(script))


def split_runs(script: Script) -> Iterator[TextRun]:
    """The stretches of a script between its changes, without those that hold nothing but blanks."""
    changes = (TextRun(0, PLAIN), *(TextRun(change.at, change.inflection) for change in script.changes))
    for part, following in pairwise((*changes, TextRun(len(script.text), PLAIN))):
        if script.text[part.at : following.at].strip():
            yield part


def _name_emotions(emotions: Sequence[EmotionName]) -> dict[str, tuple[EmotionName, float]]:
    named: dict[str, tuple[EmotionName, float]] = {emotion: (emotion, 1.0) for emotion in emotions}
    for name, alias in aliases().items():
        if alias.emotion in emotions:
            named[name] = (alias.emotion, alias.strength)
    return named


def _refuse_cantonese(voice: str) -> MarkupFault:
    subject, english = (
        (f"音色 {voice} ", f"voice {voice!r}") if voice else ("已安装的音色都", "the installed voices")
    )
    return MarkupFault(
        f"{subject}不支持粤语，jyutping 请改用 pinyin，或换用粤语音色",
        f"{english} cannot speak Cantonese; write pinyin instead of jyutping, or choose a Cantonese voice",
    )


def _refuse_emotion(voice: VoiceInfo, emotion: EmotionName) -> MarkupFault:
    known = "、".join(voice.emotions)
    return MarkupFault(
        f"音色 {voice.id} 没有情感 {emotion}，可用：{known}",
        f"voice {voice.id!r} does not show {emotion}; known: {known}",
    )
