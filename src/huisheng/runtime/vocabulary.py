"""The names that markup may use: those of an engine's voices and feelings."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from huisheng.emotion.names import aliases
from huisheng.text.markup.faults import Fault, error_at
from huisheng.text.markup.script import Phonemes, Script, Vocabulary
from huisheng.types import EmotionName, VoiceInfo

_CANNOT_SAY: Final = Fault(
    "当前引擎不会说粤语，jyutping 请改用 pinyin",
    "this engine does not speak Cantonese; write pinyin instead of jyutping",
)


def vocabulary(voices: Iterable[VoiceInfo], emotions: Sequence[EmotionName]) -> Vocabulary:
    """What markup may ask for of an engine with these voices and feelings."""
    named: dict[str, tuple[EmotionName, float]] = {emotion: (emotion, 1.0) for emotion in emotions}
    for name, alias in aliases().items():
        if alias.emotion in emotions:
            named[name] = (alias.emotion, alias.strength)
    known = {name: voice.id for voice in voices for name in (voice.id, voice.name)}
    return Vocabulary(named, known)


def check_languages(script: Script, languages: Iterable[str]) -> None:
    """Whether an engine can say every sound that markup writes.

    Args:
        script: of the request.
        languages: of the engine, BCP 47 tags.

    Raises:
        MarkupError: it cannot; where.
    """
    spoken = {language.partition("-")[0] for language in languages}
    for directive in script.directives:
        if isinstance(directive, Phonemes) and directive.language not in spoken:
            place = script.origin(directive.span).start
            raise error_at(script.source, place, _CANNOT_SAY)
