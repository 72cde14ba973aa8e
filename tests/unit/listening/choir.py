"""Several voices that say silence, and pages of them."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from huisheng.engines.protocol import Capabilities
from huisheng.labels.aigc import SELF_HOSTED
from huisheng.listening.candidates import Choice, candidates
from huisheng.listening.page import Look, page
from huisheng.listening.speaking import Session, Take, speak_all
from huisheng.runtime.synthesizer import Synthesizer
from huisheng.testing import SILENT_VOICE, SilentEngine

PACE: Final = 0.05
"""Seconds of a syllable: long enough to be played, short enough to wait for."""

NAMES: Final = (("lan", "岚", "Lan"), ("mei", "眉", "Mei"), ("he", "荷", "He"))
"""Id, Chinese and English name of each."""

HOSTILE: Final = (
    "</script><script>document.title='打开了'</script><img src=x onerror=\"document.title='打开了'\">"
)

MP3: Final = "audio/mpeg"


class Choir(SilentEngine):
    """Voices of one family, so that they can be mixed.

    Args:
        names: id, Chinese and English name of each.
    """

    def __init__(self, names: tuple[tuple[str, str, str], ...] = NAMES) -> None:
        super().__init__(seconds_per_item=PACE)
        self._voices = tuple(
            replace(SILENT_VOICE, id=voice, name=name, name_en=english, family="choir")
            for voice, name, english in names
        )

    @property
    def capabilities(self) -> Capabilities:
        return Capabilities("choir", self._voices)


def synthesizer(names: tuple[tuple[str, str, str], ...] = NAMES) -> Synthesizer:
    return Synthesizer(Choir(names))


def make_session(sentences: tuple[str, ...], choice: Choice, speaker: Synthesizer | None = None) -> Session:
    return Session(sentences, candidates(choice, speaker or synthesizer()))


def make_takes(session: Session, speaker: Synthesizer | None = None) -> tuple[Take, ...]:
    return tuple(speak_all(session, speaker or synthesizer(), "mp3", SELF_HOSTED))


def make_page(sentences: tuple[str, ...], choice: Choice, look: Look) -> str:
    session = make_session(sentences, choice)
    return page(session, make_takes(session), look)
