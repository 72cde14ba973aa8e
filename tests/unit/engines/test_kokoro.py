"""The engine's own logic, on graphs whose results can be foretold."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from tests.unit.engines import toy_kokoro as toy
from tests.unit.engines.toy_kokoro import say

from huisheng.audio.loudness import amplitude
from huisheng.audio.pitch import frequency_ratio
from huisheng.emotion import shaping
from huisheng.emotion.names import NAMES
from huisheng.emotion.styles import shape
from huisheng.engines import kokoro
from huisheng.engines.clauses import clauses
from huisheng.engines.kokoro import (
    FRAME,
    KokoroEngine,
    KokoroModel,
    Melody,
    Task,
    find,
    make_chunk,
    shape_melody,
    time_symbols,
)
from huisheng.engines.kokoro_voices import SPEAKERS
from huisheng.errors import EngineError, UnknownVoice, VoiceMissing, VoicePackageError
from huisheng.text.symbols.kokoro import Role, transcribe
from huisheng.types import (
    AudioChunk,
    Emotion,
    EnglishWord,
    Inflection,
    Mark,
    ResolvedOptions,
    Samples,
    Sentence,
    Span,
    Utterance,
)
from huisheng.voice.load import VoicePackage, load_package

NEUTRAL = shape(Emotion(), "kokoro")
PLAIN_SPEAKER = replace(SPEAKERS[0], gain=0.0)
HELLO = "ni3 hao3 ， shi4 jie4 。"
LONG = "ni3 hao3 shi4 jie4 ni3 hao3 ， shi4 jie4 。"
"""Two clauses."""
UNMARKED = "ni3 hao3 shi4 jie4"
RATE = kokoro.SAMPLE_RATE


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> VoicePackage:
    return toy.publish_toy(tmp_path_factory.mktemp("voices"))


@pytest.fixture(scope="module")
def model(package: VoicePackage) -> KokoroModel:
    return KokoroModel(package, 1)


@pytest.fixture
def engine(package: VoicePackage) -> KokoroEngine:
    return KokoroEngine(threads=1, package=lambda: package)


def make_task(words: str = HELLO, *, speed: float = 1.0, pitch: float = 0.0, **emotion: object) -> Task:
    (clause,) = clauses(say(words), lambda _: 1, 500)
    return Task(
        clause,
        transcribe(clause.items),
        PLAIN_SPEAKER,
        NEUTRAL.model_copy(update=emotion),
        speed,
        pitch,
    )


def speech(task: Task) -> np.ndarray:
    """(L + 2,) which symbols are said."""
    return np.array([False, *(symbol.role is not Role.MARK for symbol in task.symbols), False])


def frames_of(task: Task, each: float = 4.0) -> np.ndarray:
    return np.full(len(task.symbols) + 2, each, dtype=np.float32)


def loudest(samples: Samples) -> float:
    return float(np.abs(samples).max())


def chunks(engine: KokoroEngine, words: str = HELLO, **options: object) -> list[AudioChunk]:
    return list(engine.synthesize(Utterance(say(words), replace(ResolvedOptions(), **options))))  # pyright: ignore[reportArgumentType]


# Time


@given(speed=st.floats(0.5, 2.0), rate=st.floats(0.7, 1.4))
def test_speech_lasts_its_own_length_divided_by_speed_and_rate(speed: float, rate: float) -> None:
    task = make_task(speed=speed, rate=rate)
    plain = frames_of(task, 8.0)

    frames = time_symbols(task, plain, plain)

    assert abs(frames[speech(task)].sum() - plain[speech(task)].sum() / (speed * rate)) <= 1


@pytest.mark.parametrize("speed", [0.5, 2.0])
def test_the_silences_around_stay_as_the_model_wants_them(speed: float) -> None:
    task = make_task(speed=speed)

    frames = time_symbols(task, frames_of(task, 9.0), frames_of(task, 7.0))

    assert (frames[0], frames[-1]) == (7, 7)


def test_mixed_prosody_shares_out_the_time_of_the_speaker() -> None:
    task = make_task()
    plain, weights = frames_of(task), frames_of(task)
    weights[2] = 12.0

    frames = time_symbols(task, plain, weights)

    assert abs(frames[speech(task)].sum() - plain[speech(task)].sum()) <= 1
    assert frames[2] / frames[1] == pytest.approx(3.0, rel=0.35)


def test_the_last_item_before_each_mark_is_drawn_out() -> None:
    task = make_task(final_lengthening=2.0)
    plain = frames_of(task, 10.0)

    frames = time_symbols(task, plain, plain)
    of_item = {
        item: [
            int(frames[place]) for place, symbol in enumerate(task.symbols, start=1) if symbol.item == item
        ]
        for item in (0, 1, 3, 4)
    }

    assert min(of_item[1]) == pytest.approx(2 * max(of_item[0]), abs=2)
    assert min(of_item[4]) == pytest.approx(2 * max(of_item[3]), abs=2)


def mark_frames(task: Task) -> list[int]:
    frames = time_symbols(task, frames_of(task), frames_of(task))
    return [
        int(frames[place]) for place, symbol in enumerate(task.symbols, start=1) if symbol.role is Role.MARK
    ]


@pytest.mark.parametrize(
    ("pause", "speed", "added"), [(1.0, 1.0, 0), (2.0, 1.0, 8), (1.0, 0.5, 8), (1.0, 2.0, 0)]
)
def test_a_mark_inside_a_clause_gets_what_its_pause_exceeds_the_normal_by(
    pause: float, speed: float, added: int
) -> None:
    inside, final = mark_frames(make_task(speed=speed, pause=pause))

    assert inside == 4 + added  # 0.2 s are 8 frames
    assert final == 4


# Pitch


def a_melody(task: Task) -> Melody:
    frames = time_symbols(task, frames_of(task), frames_of(task))
    length = kokoro.POINTS * int(frames.sum())
    energy = np.full(length, 4.0, dtype=np.float32)
    energy[:8] = energy[-8:] = -9.0
    f0 = np.linspace(160, 240, length, dtype=np.float32)
    f0[20:24] = 0.0
    return Melody(frames, f0, energy)


@pytest.mark.parametrize("interval", [-5.0, 4.0, 12.0])
def test_pitch_moves_every_voiced_point_by_the_same_interval(interval: float) -> None:
    task = make_task(pitch=interval)
    melody = a_melody(task)

    moved = shape_melody(task, melody, melody)

    ratios = moved.f0[melody.voiced] / melody.f0[melody.voiced]
    np.testing.assert_allclose(ratios, frequency_ratio(interval), rtol=1e-4)


def test_points_without_voice_stay_where_they_are() -> None:
    task = make_task(pitch=7.0, f0_range=1.5, final_f0=3.0)
    melody = a_melody(task)

    moved = shape_melody(task, melody, melody)

    np.testing.assert_array_equal(moved.f0[~melody.voiced], melody.f0[~melody.voiced])


def test_a_melody_without_voice_is_left_alone() -> None:
    task = make_task(pitch=7.0)
    melody = a_melody(task)._replace(f0=np.zeros_like(a_melody(task).f0))

    assert shape_melody(task, melody, melody) is melody


def test_an_emotion_is_counted_from_the_neutral_melody_not_from_the_mixed_one() -> None:
    task = make_task(f0_shift=-2.0)
    neutral = a_melody(task)
    mixed = neutral._replace(f0=neutral.f0 * 1.7)

    moved = shape_melody(task, mixed, neutral)

    mean = 2 ** np.log2(moved.f0[neutral.voiced]).mean()
    expected = 2 ** np.log2(neutral.f0[neutral.voiced]).mean() * frequency_ratio(-2.0)
    assert mean == pytest.approx(expected, rel=1e-3)


def test_the_last_item_of_the_sentence_bends() -> None:
    task = make_task(final_f0=3.0)
    melody = a_melody(task)

    moved = shape_melody(task, melody, melody)

    ratio = moved.f0[melody.voiced] / melody.f0[melody.voiced]
    assert ratio[-1] == pytest.approx(frequency_ratio(3.0), rel=1e-3)
    assert ratio[: len(ratio) // 2] == pytest.approx(1.0, rel=1e-5)


def test_the_end_of_an_earlier_clause_does_not_bend() -> None:
    task = make_task(final_f0=3.0)
    task = replace(task, clause=replace(task.clause, last=False))
    melody = a_melody(task)

    np.testing.assert_array_equal(shape_melody(task, melody, melody).f0, melody.f0)


def test_an_item_that_cannot_be_spelt_at_the_end_leaves_the_bend_to_the_one_before() -> None:
    sentence = say("ni3 hao3")
    unsaid = EnglishWord(Span(2, 3), "?", ("??",))
    (clause,) = clauses(replace(sentence, items=(*sentence.items, unsaid)), lambda _: 1, 500)
    task = replace(make_task(final_f0=3.0), clause=clause, symbols=transcribe(clause.items))
    melody = a_melody(task)

    moved = shape_melody(task, melody, melody)

    assert moved.f0[melody.voiced][-1] > melody.f0[melody.voiced][-1]


def test_effort_scales_the_energy_of_speech_and_leaves_silence() -> None:
    task = make_task(energy=1.25)
    melody = a_melody(task)

    moved = shape_melody(task, melody, melody)

    assert set(moved.energy.tolist()) == {5.0, -9.0}


# Single words


def say_so(inflections: dict[int, Inflection]) -> Sentence:
    """A sentence in which the items with these indexes are said so."""
    sentence = say(HELLO)
    items = (
        item if isinstance(item, Mark) else replace(item, inflection=inflections.get(index, item.inflection))
        for index, item in enumerate(sentence.items)
    )
    return replace(sentence, items=tuple(items))


def inflect(task: Task, **inflections: Inflection) -> Task:
    """The same task with item 0 as `first` asks, item 1 as `second`, or each one as `every` asks."""
    every = inflections.get("every", Inflection())
    chosen = {0: inflections.get("first", every), 1: inflections.get("second", every)}
    items = tuple(
        item if isinstance(item, Mark) else replace(item, inflection=chosen.get(index, every))
        for index, item in enumerate(task.clause.items)
    )
    return replace(task, clause=replace(task.clause, items=items))


def frames_of_item(task: Task, frames: np.ndarray, item: int) -> int:
    places = [place for place, symbol in enumerate(task.symbols, start=1) if symbol.item == item]
    return int(sum(frames[place] for place in places if task.symbols[place - 1].role is Role.SPOKEN))


def points_of_item(task: Task, melody: Melody, item: int) -> NDArray[np.bool_]:
    """(2T,) where an item is said with voice."""
    owners = np.array([-1, *(symbol.item for symbol in task.symbols), -1])
    return (np.repeat(owners, melody.frames * kokoro.POINTS) == item) & melody.voiced


def test_a_slow_word_lasts_longer_and_leaves_the_others_their_time() -> None:
    task = make_task()
    slow = inflect(task, second=Inflection(speed=0.5))
    plain = frames_of(task, 10.0)

    before, after = time_symbols(task, plain, plain), time_symbols(slow, plain, plain)

    assert frames_of_item(task, after, 1) == pytest.approx(2 * frames_of_item(task, before, 1), abs=2)
    for item in (0, 3, 4):
        assert frames_of_item(task, after, item) == pytest.approx(frames_of_item(task, before, item), abs=1)


@pytest.mark.parametrize("speed", [0.5, 0.8, 1.6])
def test_a_sentence_whose_every_word_is_slow_is_as_slow_as_one_said_slowly(speed: float) -> None:
    task = make_task(UNMARKED)
    plain = frames_of(task, 10.0)

    each = time_symbols(inflect(task, every=Inflection(speed=speed)), plain, plain)

    whole = time_symbols(make_task(UNMARKED, speed=speed), plain, plain)
    assert each[speech(task)].tolist() == whole[speech(task)].tolist()


@pytest.mark.parametrize("speed", [0.5, 1.0, 2.0])
def test_no_word_is_said_more_slowly_than_a_quarter_of_the_usual_speed(speed: float) -> None:
    task = inflect(make_task(UNMARKED, speed=speed), every=Inflection(speed=1e-6))
    plain = frames_of(task, 10.0)

    frames = time_symbols(task, plain, plain)

    assert frames[speech(task)].sum() == pytest.approx(4 * plain[speech(task)].sum(), abs=1)


def test_however_fast_a_word_every_symbol_keeps_a_frame() -> None:
    task = inflect(make_task(), every=Inflection(speed=1e32))
    plain = frames_of(task, 10.0)

    assert time_symbols(task, plain, plain).min() == 1


@pytest.mark.parametrize("interval", [-3.0, 4.0])
def test_a_word_is_raised_alone(interval: float) -> None:
    task = inflect(make_task(), second=Inflection(pitch=interval))
    melody = a_melody(task)

    ratio = shape_melody(task, melody, melody).f0 / np.maximum(melody.f0, 1.0)

    place = points_of_item(task, melody, 1)
    np.testing.assert_allclose(ratio[place], frequency_ratio(interval), rtol=1e-4)
    np.testing.assert_allclose(ratio[melody.voiced & ~place], 1.0, rtol=1e-5)


def test_a_word_is_raised_on_top_of_the_pitch_of_the_whole() -> None:
    task = inflect(make_task(pitch=2.0), second=Inflection(pitch=3.0))
    melody = a_melody(task)

    ratio = shape_melody(task, melody, melody).f0 / np.maximum(melody.f0, 1.0)

    np.testing.assert_allclose(ratio[points_of_item(task, melody, 1)], frequency_ratio(5.0), rtol=1e-4)


def test_a_wide_word_lies_farther_from_the_middle() -> None:
    task = inflect(make_task(), first=Inflection(range=1.5))
    melody = a_melody(task)

    moved = shape_melody(task, melody, melody)

    place = points_of_item(task, melody, 0)
    middle = np.log2(melody.f0[melody.voiced]).mean()
    before, after = (np.log2(curve.f0[place]) - middle for curve in (melody, moved))
    np.testing.assert_allclose(after, before * 1.5, atol=1e-3)


@pytest.mark.parametrize(
    "inflection", [Inflection(range=1e32), Inflection(pitch=700.0), Inflection(pitch=-700.0)]
)
def test_no_wish_for_a_word_leaves_the_range_in_which_voices_speak(inflection: Inflection) -> None:
    task = inflect(make_task(), every=inflection)
    melody = a_melody(task)

    moved = shape_melody(task, melody, melody).f0[melody.voiced]

    assert shaping.LOWEST_F0 <= moved.min() <= moved.max() <= shaping.HIGHEST_F0


def test_a_word_that_is_said_as_the_rest_is_said_to_the_bit(engine: KokoroEngine) -> None:
    said = say_so({0: Inflection(volume=6.0), 1: Inflection()})

    (chunk,) = engine.synthesize(Utterance(said, ResolvedOptions()))

    np.testing.assert_array_equal(chunk.samples, chunks(engine)[0].samples)


def test_a_slow_word_is_heard_longer(engine: KokoroEngine) -> None:
    (plain,), (slow,) = (
        list(engine.synthesize(Utterance(said, ResolvedOptions())))
        for said in (say(HELLO), say_so({1: Inflection(speed=0.5)}))
    )

    lengths = [[timing.end - timing.start for timing in chunk.timings] for chunk in (plain, slow)]
    assert lengths[1][1] == pytest.approx(2 * lengths[0][1], abs=0.051)
    assert slow.duration > plain.duration


# The model


def test_samples_are_as_many_as_the_frames_say(model: KokoroModel) -> None:
    samples, frames = model.speak(make_task())

    assert len(samples) == FRAME * frames.sum()


def test_the_style_is_that_of_an_input_of_this_length(model: KokoroModel) -> None:
    task = make_task("ni3")
    samples, frames = model.speak(task)

    f0 = toy.LOWEST + 0.5 * (kokoro.POINTS * int(frames.sum() - frames[-1]) - 1)
    timbre = toy.LOUDNESS["speaker"] + len(task.symbols) / 100
    assert loudest(samples) == pytest.approx(f0 / 1000 * timbre, rel=1e-4)


def test_a_timbre_of_the_voices_own_sounds_as_if_it_were_mixed_in(model: KokoroModel) -> None:
    task = make_task()
    ((style, _),) = task.speaker.timbre
    own = replace(task, speaker=replace(task.speaker, timbre=((style, 0.6), ("mixed", 0.4))))

    samples, _ = model.speak(own)

    np.testing.assert_array_equal(samples, model.speak(make_task(timbre=(("mixed", 0.4),)))[0])
    assert not np.array_equal(samples, model.speak(task)[0])


def test_a_prosody_of_several_voices_lies_between_theirs(model: KokoroModel) -> None:
    task = make_task()
    ((style, _),) = task.speaker.prosody

    def f0(*prosody: tuple[str, float]) -> float:
        melody = model.melody(replace(task, speaker=replace(task.speaker, prosody=prosody)))
        return float(melody.f0[melody.voiced].max())

    assert f0((style, 0.5), ("mixed", 0.5)) == pytest.approx(
        (f0((style, 1.0)) + f0(("mixed", 1.0))) / 2, rel=0.02
    )
    assert f0((style, 1.0)) != pytest.approx(f0(("mixed", 1.0)), rel=0.02)


def test_an_emotion_brings_speakers_nearer_by_half_its_share_only(model: KokoroModel) -> None:
    def apart(task: Task) -> NDArray[np.float32]:
        others = (replace(task, speaker=find(voice)) for voice in ("qinglan", "xingye"))
        return np.subtract(*(model._timbre(other) for other in others))

    plain = apart(make_task())

    assert plain.any()
    np.testing.assert_allclose(apart(make_task(timbre=(("mixed", 0.3),))), 0.85 * plain, atol=1e-6)


def test_a_timbre_that_is_mixed_in_changes_the_sound_by_its_share(model: KokoroModel) -> None:
    plain, _ = model.speak(make_task())
    mixed, _ = model.speak(make_task(timbre=(("mixed", 0.5),)))

    length = len(make_task().symbols) / 100
    assert loudest(mixed) / loudest(plain) == pytest.approx((0.75 + length) / (0.5 + length), rel=1e-4)


def test_a_prosody_that_is_mixed_in_changes_proportions_and_keeps_register_and_length(
    model: KokoroModel,
) -> None:
    task = make_task()
    plain, plain_frames = model.speak(task)
    mixed, mixed_frames = model.speak(make_task(prosody=(("mixed", 0.75),)))

    assert not np.array_equal(plain_frames, mixed_frames)
    assert abs(mixed_frames[speech(task)].sum() - plain_frames[speech(task)].sum()) <= 1
    assert np.log2(mixed[mixed > 0]).mean() == pytest.approx(np.log2(plain[plain > 0]).mean(), abs=0.01)


def test_an_unmoved_prosody_comes_out_as_the_model_made_it(model: KokoroModel) -> None:
    samples, frames = model.speak(make_task("ni3"))

    points = np.arange(kokoro.POINTS * int(frames.sum()), dtype=np.float32)
    expected = toy.LOWEST + 0.5 * points
    spoken_points = slice(kokoro.POINTS * int(frames[0]), kokoro.POINTS * int(frames[:-1].sum()))
    heard = samples.reshape(-1, 300)[:, 0] / loudest(samples) * expected[spoken_points][-1]
    np.testing.assert_allclose(heard[spoken_points], expected[spoken_points], rtol=1e-5)


# The sound


def tone_with_silence(frames: np.ndarray) -> Samples:
    samples = np.zeros(int(frames.sum()) * FRAME, dtype=np.float32)
    samples[int(frames[0]) * FRAME : -int(frames[-1]) * FRAME] = 0.5
    return samples


def chunk_of(task: Task) -> tuple[AudioChunk, np.ndarray]:
    frames = time_symbols(task, frames_of(task), frames_of(task))
    return make_chunk(task, tone_with_silence(frames), frames), frames


def test_silence_around_is_trimmed_to_15_and_45_milliseconds() -> None:
    chunk, frames = chunk_of(make_task("ni3"))

    speech_length = int(frames[1:-1].sum()) * FRAME
    assert len(chunk.samples) == speech_length + round(0.015 * RATE) + round(0.045 * RATE)


def test_speech_begins_and_ends_in_silence_without_a_click() -> None:
    samples = np.full(24_000, 0.5, dtype=np.float32)
    task = make_task("ni3")

    chunk = make_chunk(task, samples, frames_of(task).astype(np.int64))

    assert (chunk.samples[0], chunk.samples[-1]) == (0.0, 0.0)
    assert np.abs(np.diff(chunk.samples)).max() < 0.02


def test_the_first_timing_begins_where_the_speech_begins() -> None:
    chunk, _ = chunk_of(make_task())

    assert chunk.timings[0].start == pytest.approx(0.015, abs=1e-4)


def test_timings_are_those_of_the_items_in_order_and_inside_the_speech() -> None:
    chunk, _ = chunk_of(make_task())

    assert [timing.span for timing in chunk.timings] == [(0, 1), (1, 2), (3, 4), (4, 5)]
    edges = [edge for timing in chunk.timings for edge in (timing.start, timing.end)]
    assert edges == sorted(edges)
    assert edges[-1] <= chunk.duration


def test_the_pause_of_a_clause_follows_it_scaled_by_emotion_and_speed() -> None:
    task = make_task("ni3 ，", speed=2.0, pause=1.5)
    without, _ = chunk_of(task)
    followed, _ = chunk_of(replace(task, clause=replace(task.clause, pause=0.4)))

    tail = followed.samples[len(without.samples) :]
    assert len(tail) == round(0.4 * 1.5 / 2.0 * RATE)
    assert not tail.any()


def test_the_gain_of_the_speaker_and_the_level_of_the_emotion_add_up() -> None:
    task = replace(make_task("ni3", level=2.0), speaker=replace(PLAIN_SPEAKER, gain=-8.0))

    chunk, _ = chunk_of(task)

    assert loudest(chunk.samples) == pytest.approx(0.5 * amplitude(-6.0), rel=1e-5)


def test_a_clause_that_comes_out_silent_is_kept_whole() -> None:
    task = make_task("ni3")
    frames = frames_of(task).astype(np.int64)

    chunk = make_chunk(task, np.zeros(int(frames.sum()) * FRAME, dtype=np.float32), frames)

    assert len(chunk.samples) == frames.sum() * FRAME


# The engine


def test_a_sentence_comes_clause_by_clause_with_what_has_been_said(engine: KokoroEngine) -> None:
    assert [chunk.span for chunk in chunks(engine, LONG)] == [(0, 7), (0, 10)]


def test_only_an_inner_clause_is_followed_by_its_pause(engine: KokoroEngine) -> None:
    first, last = chunks(engine, LONG)

    assert not first.samples[-round(0.2 * RATE) :].any()
    assert last.samples[-round(0.1 * RATE) :].any()


@pytest.mark.parametrize("speaker", SPEAKERS, ids=lambda speaker: speaker.info.id)
def test_every_voice_speaks(engine: KokoroEngine, speaker: kokoro.KokoroSpeaker) -> None:
    (chunk,) = chunks(engine, voice=speaker.info.id)

    assert chunk.samples.any()


def test_a_package_without_a_voice_that_we_use_is_refused_by_its_name(tmp_path: Path) -> None:
    whole = toy.publish_toy(tmp_path)
    speakers = tuple(name for name in whole.manifest.speakers if name != "am_liam")
    package = replace(whole, manifest=whole.manifest.model_copy(update={"speakers": speakers}))

    with pytest.raises(VoicePackageError, match="am_liam"):
        KokoroModel(package, threads=1)


def test_no_voice_is_the_first_one() -> None:
    assert find("") is SPEAKERS[0]


def test_an_unknown_voice_is_refused_by_name(engine: KokoroEngine) -> None:
    with pytest.raises(UnknownVoice) as refused:
        chunks(engine, voice="nobody")

    assert refused.value.known == tuple(speaker.info.id for speaker in SPEAKERS)


@pytest.mark.parametrize("name", NAMES)
def test_an_emotion_of_no_intensity_is_neutral_to_the_bit(engine: KokoroEngine, name: str) -> None:
    (neutral,) = chunks(engine)
    (faint,) = chunks(engine, emotion=Emotion(name, 0.0))  # pyright: ignore[reportArgumentType]

    np.testing.assert_array_equal(faint.samples, neutral.samples)
    assert faint.timings == neutral.timings


@pytest.mark.parametrize("name", [name for name in NAMES if name != "neutral"])
def test_an_emotion_at_its_strongest_is_still_speech(engine: KokoroEngine, name: str) -> None:
    (chunk,) = chunks(engine, emotion=Emotion(name, 2.0), pitch=12.0, speed=2.0)  # pyright: ignore[reportArgumentType]

    assert np.isfinite(chunk.samples).all()
    assert chunk.samples.any()


def test_marks_beyond_the_models_room_are_left_out(engine: KokoroEngine) -> None:
    words = "shuang1 " * 71 + "“ （ " * 64

    spans = [timing.span for chunk in chunks(engine, words) for timing in chunk.timings]

    assert spans == [(place, place + 1) for place in range(71)]


def test_nothing_is_loaded_before_it_is_needed() -> None:
    engine = KokoroEngine(package=lambda: pytest.fail("loaded"))

    assert engine.capabilities.voices[0] == SPEAKERS[0].info
    assert not engine.loaded


def test_eight_threads_that_race_load_the_model_once(package: VoicePackage) -> None:
    loads: list[int] = []
    start = threading.Barrier(8)

    def count_load() -> VoicePackage:
        loads.append(1)
        return package

    engine = KokoroEngine(threads=1, package=count_load)

    def race(_: int) -> None:
        start.wait()
        engine.load()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(race, range(8)))

    assert (len(loads), engine.loaded) == (1, True)


def test_a_load_that_failed_is_tried_again(package: VoicePackage, tmp_path: Path) -> None:
    places = iter((tmp_path, package.directory.parent))
    engine = KokoroEngine(threads=1, package=lambda: load_package("kokoro", next(places)))

    with pytest.raises(VoiceMissing):
        engine.load()
    engine.load()

    assert engine.loaded


def test_threads_that_speak_together_get_the_same_samples_as_one_alone(engine: KokoroEngine) -> None:
    alone = [chunk.samples for chunk in chunks(engine, LONG, pitch=3.0)]

    with ThreadPoolExecutor(4) as pool:
        together = [pool.submit(chunks, engine, LONG, pitch=3.0) for _ in range(8)]

    for spoken_chunks in (future.result() for future in together):
        for chunk, samples in zip(spoken_chunks, alone, strict=True):
            np.testing.assert_array_equal(chunk.samples, samples)


@pytest.mark.parametrize("damaged", ["durations", "curves", "decoder"])
def test_a_graph_that_cannot_be_opened_is_a_damaged_package_by_its_name(tmp_path: Path, damaged: str) -> None:
    package = toy.publish_toy(tmp_path, **{damaged: b"no graph"})

    with pytest.raises(VoicePackageError, match=f"{damaged}.onnx"):
        KokoroEngine(package=lambda: package).load()


def test_a_runtime_that_fails_is_an_error_of_the_engine(tmp_path: Path) -> None:
    package = toy.publish_toy(tmp_path, decoder=toy.graph("decoder", toy.FAILING))

    with pytest.raises(EngineError) as failed:
        chunks(KokoroEngine(package=lambda: package))

    assert failed.value.__cause__ is not None


def test_closing_stops_before_the_next_clause(package: VoicePackage) -> None:
    speaking = KokoroEngine(threads=1, package=lambda: package).synthesize(
        Utterance(say(LONG), ResolvedOptions())
    )

    next(speaking)
    speaking.close()

    assert next(speaking, None) is None
