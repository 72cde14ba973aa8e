"""Every sentence in every way of speaking, one take after the other."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from typing import NamedTuple

from huisheng.audio.encoding import AudioFormat
from huisheng.errors import RequestError, TextTooLong
from huisheng.listening.candidates import Candidate
from huisheng.runtime.speech import Speech
from huisheng.runtime.synthesizer import SpeechStream, Synthesizer
from huisheng.units import Seconds

LONGEST = 500
"""Characters of one sentence: a paragraph, not a page by mistake."""


@dataclass(frozen=True, slots=True)
class Session:
    """What is spoken.

    Attributes:
        sentences: one row each.
        candidates: one column each.
        markup: what the sentences are written in, as `SynthesisOptions` has it.
    """

    sentences: tuple[str, ...]
    candidates: tuple[Candidate, ...]
    markup: str = "auto"

    @property
    def takes(self) -> int:
        """How many there will be."""
        return len(self.sentences) * len(self.candidates)


class Take(NamedTuple):
    """One sentence in one way of speaking: a labelled file, and how long it sounds."""

    data: bytes
    duration: Seconds


def speak_all(
    session: Session, synthesizer: Synthesizer, audio_format: AudioFormat, producer: str
) -> Generator[Take]:
    """The takes, sentence by sentence, each as soon as it is spoken.

    Args:
        session: what to speak.
        synthesizer: speaks.
        audio_format: of the files.
        producer: code of the generating service (GB 45438-2025).

    Raises:
        RequestError: something is wrong with a sentence, named by its number, before the first take.
    """
    streams = [
        (text, _stream(synthesizer, session, number, candidate))
        for number, text in enumerate(session.sentences)
        for candidate in session.candidates
    ]
    for text, stream in streams:
        speech = Speech.collect(text, stream.chunks)
        yield Take(speech.encode(audio_format, producer=producer), speech.duration)


def _stream(synthesizer: Synthesizer, session: Session, number: int, candidate: Candidate) -> SpeechStream:
    text = session.sentences[number]
    try:
        if len(text) > LONGEST:
            raise TextTooLong(len(text), LONGEST)
        return synthesizer.render(
            text,
            voice=candidate.voice.id,
            emotion=candidate.emotion,
            intensity=candidate.intensity,
            speed=candidate.speed,
            markup=session.markup,
        )
    except RequestError as error:
        raise RequestError(
            f"第 {number + 1} 句：{error.message}", f"Sentence {number + 1}: {error.english}"
        ) from error
