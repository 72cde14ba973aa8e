"""What a manifest tells of the voices in it."""

from __future__ import annotations

import pytest
from tests.unit.engines.sambert.tiny import KINDS, package

from huisheng.emotion.names import NAMES
from huisheng.engines.two_stage.voices import details, emotions, inventory, voices
from huisheng.types import VoiceInfo


def voice(kind: str = "plain") -> VoiceInfo:
    (only,) = voices(package(kind).manifest)
    return only


@pytest.mark.parametrize("kind", ["plain", "cantonese", "shanghai"])
def test_the_symbols_of_a_voice_are_those_of_its_model(kind: str) -> None:
    assert inventory(package(kind).manifest) == KINDS[kind].inventory


def test_a_voice_shows_every_emotion_that_its_model_has_a_category_for() -> None:
    assert voice().emotions == NAMES


def test_a_voice_without_a_category_does_not_show_the_emotion() -> None:
    known = details(package().manifest)
    fewer = known.model_copy(update={"emotions": ("emotion_none", "emotion_happy")})

    assert emotions(fewer) == ("neutral", "happy")


def test_a_voice_speaks_at_the_rate_of_its_model() -> None:
    assert voice().sample_rate == KINDS["plain"].sample_rate


def test_an_emotion_may_change_in_the_middle_of_a_sentence() -> None:
    assert voice().shifts


def test_only_the_speakers_of_one_model_are_a_family() -> None:
    families = {info.family for info in voices(package("several").manifest)}

    assert (voice().family, families) == ("", {"several"})
