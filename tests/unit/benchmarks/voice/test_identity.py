from __future__ import annotations

import numpy as np
import pytest
from benchmarks.voice.identity import Identity, Kinship, Person, kinships, people, strangers

from huisheng.types import EmotionName


def direction(degrees: float) -> np.ndarray:
    radians = np.deg2rad(degrees)
    return np.array([np.cos(radians), np.sin(radians)])


def cosine(degrees: float) -> object:
    """What a similarity should be."""
    return pytest.approx(np.cos(np.deg2rad(degrees)))


def directions(*angles: tuple[str, EmotionName, float]) -> dict[tuple[str, EmotionName], np.ndarray]:
    return {(voice, emotion): direction(angle) for voice, emotion, angle in angles}


ASKED = directions(
    ("a", "neutral", 0),
    ("a", "sad", 10),
    ("a", "angry", 30),
    ("b", "neutral", 60),
    ("c", "neutral", 85),
)


def test_a_speaker_is_like_itself_as_far_as_its_emotions_are_alike() -> None:
    person = people(ASKED)[0]

    expected = np.cos(np.deg2rad([10.0, 20.0, 30.0])).mean()
    assert (person.voice, person.own, person.own_least) == ("a", pytest.approx(expected), cosine(30))


def test_the_other_speaker_who_is_most_alike_counts() -> None:
    person = people(ASKED)[0]

    expected = np.cos(np.deg2rad([60.0, 50.0, 30.0])).mean()
    assert (person.nearest, person.other) == ("b", pytest.approx(expected))


def test_every_two_different_sources_are_strangers() -> None:
    pure = directions(("x", "neutral", 0), ("y", "neutral", 60), ("z", "neutral", 90))

    assert strangers(pure) == (cosine(90), cosine(60), cosine(30))


def test_a_speaker_is_compared_with_its_own_sources_the_nearest_first() -> None:
    pure = directions(("zf_xiaoyi", "neutral", 50), ("af_heart", "neutral", 20), ("zm_yunxia", "neutral", 0))

    (kinship,) = kinships(directions(("xiaoman", "neutral", 0), ("xiaoman", "sad", 50)), pure)

    assert list(kinship.sources.items()) == [("af_heart", cosine(20)), ("zf_xiaoyi", cosine(50))]
    assert kinship.nearest == cosine(20)


def identity(own: float = 0.9, other: float = 0.6, source: float = 0.7) -> Identity:
    person = Person("a", own, own, "b", other)
    return Identity(("neutral",), [person], [person], [Kinship("a", {"x": source})], (0.3, 0.8))


@pytest.mark.parametrize(("other", "distinct"), [(0.6, True), (0.95, False)])
def test_a_speaker_more_like_another_than_like_itself_is_lost(other: float, distinct: bool) -> None:
    assert identity(other=other).distinct is distinct


@pytest.mark.parametrize(("source", "nobodys"), [(0.7, True), (0.85, False)])
def test_a_speaker_nearer_to_a_source_than_sources_to_each_other_is_its_double(
    source: float, nobodys: bool
) -> None:
    assert identity(source=source).nobodys_double is nobodys
