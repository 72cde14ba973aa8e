"""What the teacher says of time and pitch is what it speaks."""

from __future__ import annotations

from itertools import chain, repeat

import numpy as np
import pytest
from recipes.builtin.speakers import recipes
from recipes.builtin.teacher import FULL_SCALE, Recording, speak
from tests.unit.recipes.builtin.toy_teacher import SILENCE, TEXTS, publish_teacher

from huisheng.audio.pitch import frequency_ratio
from huisheng.engines.kokoro import FRAME, POINTS, KokoroModel
from huisheng.text.frontend import Frontend
from huisheng.text.symbols import kokoro
from huisheng.types import Emotion, Sentence, SpokenItem

SPEAKER = recipes()["tinglan"].speaker
NEUTRAL = Emotion()
SAD = Emotion("sad")


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory, frontend: Frontend) -> KokoroModel:
    return KokoroModel(publish_teacher(tmp_path_factory.mktemp("voices"), frontend), 1)


@pytest.fixture(scope="module")
def sentence(frontend: Frontend) -> Sentence:
    return next(frontend.sentences(TEXTS[0]))


def speak_recording(
    model: KokoroModel,
    sentence: Sentence,
    emotion: Emotion = NEUTRAL,
    prosody: tuple[float, float] = (1.0, 0.0),
) -> Recording:
    recording = speak(model, sentence, SPEAKER, emotion, prosody)
    assert recording is not None
    return recording


@pytest.mark.parametrize("emotion", [NEUTRAL, SAD, Emotion("happy", 2.0)], ids=["neutral", "sad", "happy"])
def test_there_are_two_points_of_each_curve_and_six_hundred_samples_a_frame(
    model: KokoroModel, sentence: Sentence, emotion: Emotion
) -> None:
    found = speak_recording(model, sentence, emotion)

    frames = int(found.frames.sum())
    assert (len(found.f0), len(found.energy), len(found.samples)) == (
        POINTS * frames,
        POINTS * frames,
        FRAME * frames,
    )


def test_every_letter_and_both_silences_have_their_frames(model: KokoroModel, sentence: Sentence) -> None:
    found = speak_recording(model, sentence)

    assert found.letters == "".join(letter.text for letter in kokoro.transcribe(sentence.items))
    assert len(found.frames) == len(found.letters) + 2
    assert (found.frames[0], found.frames[-1]) == (SILENCE, SILENCE)


def test_the_curves_are_those_of_the_samples(model: KokoroModel, sentence: Sentence) -> None:
    found = speak_recording(model, sentence, SAD)

    # The toy's samples are F0 times energy, times a timbre that is the same everywhere.
    shown = found.f0 * np.maximum(found.energy, 0.0)
    heard = found.samples.reshape(-1, FRAME // POINTS)[:, 0] / FULL_SCALE
    timbre = heard.max() / shown.max()
    np.testing.assert_allclose(heard, timbre * shown, atol=1e-4)


def test_clauses_are_spoken_in_one_breath(model: KokoroModel, sentence: Sentence) -> None:
    silent = speak_recording(model, sentence).energy < 0.0

    edge = POINTS * SILENCE
    assert np.flatnonzero(silent).tolist() == [*range(edge), *range(len(silent) - edge, len(silent))]


def test_twice_the_speed_is_half_the_time(model: KokoroModel, sentence: Sentence) -> None:
    plain, fast = (speak_recording(model, sentence, prosody=(speed, 0.0)) for speed in (1.0, 2.0))

    lengths = [int(found.frames[1:-1].sum()) for found in (plain, fast)]
    assert lengths[1] == pytest.approx(lengths[0] / 2, rel=0.1)


def test_semitones_raise_the_pitch(model: KokoroModel, sentence: Sentence) -> None:
    plain, high = (speak_recording(model, sentence, prosody=(1.0, pitch)) for pitch in (0.0, 4.0))

    voiced = plain.energy > 1.0
    ratios = high.f0[voiced] / plain.f0[voiced]
    np.testing.assert_allclose(ratios, frequency_ratio(4.0), rtol=0.01)


def test_where_nothing_is_spoken_there_is_no_recording(model: KokoroModel, frontend: Frontend) -> None:
    sentence = next(frontend.sentences("……"))

    assert speak(model, sentence, SPEAKER, NEUTRAL, (1.0, 0.0)) is None


def longer(sentence: Sentence, letters: int) -> Sentence:
    """The same said over and over, until it has so many letters."""
    items = chain.from_iterable(repeat(sentence.items, letters))
    kept = list[SpokenItem]()
    while len(kokoro.transcribe(tuple(kept))) < letters:
        kept.append(next(items))
    return Sentence(sentence.span, sentence.spoken, tuple(kept))


def test_what_would_be_louder_than_full_scale_is_no_recording(model: KokoroModel, sentence: Sentence) -> None:
    # The toy's timbre and pitch grow with the length of what is said.
    assert speak(model, longer(sentence, 150), SPEAKER, NEUTRAL, (1.0, 0.0)) is None


def test_what_is_longer_than_the_table_of_styles_is_no_recording(
    model: KokoroModel, sentence: Sentence
) -> None:
    assert speak(model, longer(sentence, 511), SPEAKER, NEUTRAL, (1.0, 0.0)) is None


def test_the_same_is_said_the_same_way_again(model: KokoroModel, sentence: Sentence) -> None:
    first, second = (speak_recording(model, sentence, SAD) for _ in range(2))

    np.testing.assert_array_equal(first.samples, second.samples)
    np.testing.assert_array_equal(first.f0, second.f0)
