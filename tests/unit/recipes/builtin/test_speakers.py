"""Speakers are blends that people can tell apart by name, and mistakes in their table are refused."""

from __future__ import annotations

from collections import Counter

import pytest
from pydantic import ValidationError
from recipes.builtin.speakers import Recipe, recipes

from huisheng.emotion.names import NAMES
from huisheng.engines.kokoro import VOICES
from huisheng.engines.kokoro_voices import MANDARIN

EVERY = pytest.mark.parametrize("recipe", recipes().values(), ids=list(recipes()))
VALID = next(iter(recipes().values())).model_dump()


def test_there_are_at_least_four_women_and_four_men_of_several_ages() -> None:
    genders = Counter(recipe.gender for recipe in recipes().values())

    assert min(genders["female"], genders["male"]) >= 4
    assert len({(recipe.gender, recipe.age) for recipe in recipes().values()}) >= 6


def test_names_are_given_once_and_to_no_voice_of_the_teachers() -> None:
    ours = [name for recipe in recipes().values() for name in (recipe.id, recipe.name, recipe.name_en)]
    theirs = {name for info in VOICES for name in (info.id, info.name, info.name_en)}

    assert len(ours) == len(set(ours))
    assert theirs.isdisjoint(ours)


@EVERY
def test_every_timbre_is_a_blend_and_no_source_has_more_than_two_thirds(recipe: Recipe) -> None:
    assert len(recipe.timbre) >= 2
    assert max(recipe.timbre.values()) < 2 / 3


def test_no_two_speakers_are_the_same_blend() -> None:
    blends = [tuple(sorted(recipe.timbre.items())) for recipe in recipes().values()]

    assert len(set(blends)) == len(blends)


@EVERY
def test_every_prosody_is_mostly_that_of_mandarin_voices(recipe: Recipe) -> None:
    assert sum(share for voice, share in recipe.prosody.items() if voice in MANDARIN) > 0.5


@EVERY
def test_the_teacher_takes_a_speaker_with_its_blends_and_every_emotion(recipe: Recipe) -> None:
    speaker = recipe.speaker

    assert (dict(speaker.timbre), dict(speaker.prosody)) == (recipe.timbre, recipe.prosody)
    assert (speaker.info.id, speaker.info.emotions, speaker.gain) == (recipe.id, NAMES, 0.0)


@pytest.mark.parametrize(
    "changed",
    [
        {"timbre": {"zf_xiaobei": 1.0}},
        {"timbre": {"zf_xiaobei": 0.5, "af_sky": 0.4}},
        {"prosody": {"zf_xiaobei": 0.9}},
        {"id": "Tinglan"},
        {"id": "../x"},
        {"age": "ancient"},
        {"colour": "warm"},
    ],
    ids=["one source", "too little", "too little prosody", "capital", "path", "age", "unknown key"],
)
def test_a_mistake_in_the_table_is_refused(changed: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Recipe.model_validate(VALID | changed)
