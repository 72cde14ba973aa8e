"""A voice that makes all frames at once speaks as every other does, and is told by its manifest."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import numpy_helper
from tests.unit.engines.parallel.tiny_parallel import HOP, PEOPLE, RATE, model, package, parallel
from tests.unit.engines.sambert.tiny import (
    LONG,
    engine_of,
    join,
    on_one_clock,
    publish_altered,
    speak_words,
    spoken_at_once,
    spoken_spans,
    utterance,
    with_inflection,
)
from tests.unit.engines.toy_kokoro import say

from huisheng.audio.loudness import amplitude
from huisheng.emotion.styles import shape
from huisheng.engines.families import two_stage_engine
from huisheng.engines.parallel.network import WINDOWS, Score
from huisheng.engines.protocol import EngineOptions
from huisheng.engines.two_stage.engine import TwoStageEngine
from huisheng.engines.two_stage.voices import details, voices
from huisheng.engines.vocoder.spectral import f0_of
from huisheng.errors import EngineError, UnknownVoice, UnpronounceableSymbol, VoicePackageError
from huisheng.types import (
    AudioChunk,
    Emotion,
    EnglishWord,
    Inflection,
    ResolvedOptions,
    Sentence,
    Span,
)
from huisheng.voice.manifest import Sambert

SLOWLY = ResolvedOptions(speed=0.5)
"""So that a sentence takes several chunks."""
LONGER = " ".join([LONG] * 3)
"""More than one window."""
Change = Callable[[Path], object]


@pytest.fixture
def engine() -> TwoStageEngine:
    return engine_of(package())


def outline(sentence: Sentence, options: ResolvedOptions | None = None) -> Score:
    made = model()
    return made._network.outline(made.plan(sentence.items, options or ResolvedOptions(), (("lan", 1.0),)))[1]


def heard_in(item: Span, chunks: list[AudioChunk], pause: int = 0) -> tuple[int, int]:
    """First and last sample of an item, with so many around it that neighbours reach into."""
    timing = next(timing for timing in on_one_clock(chunks) if timing.span == item)
    return round(timing.start * RATE) - pause, round(timing.end * RATE) + pause


# Chunks


def test_chunks_end_where_words_do_and_together_tell_every_word(engine: TwoStageEngine) -> None:
    chunks = list(engine.synthesize(utterance(LONGER, SLOWLY)))

    assert len(chunks) > 2
    for chunk in chunks[:-1]:
        assert chunk.timings[-1].end == pytest.approx(chunk.duration)
        assert chunk.span == Span(0, chunk.timings[-1].span.end)
    assert chunks[-1].span == say(LONGER).span
    assert [timing.span for timing in on_one_clock(chunks)] == spoken_spans(say(LONGER))


@pytest.mark.parametrize("speed", [0.25, 0.5, 1.0])
def test_however_slow_the_first_piece_brings_out_a_word_and_little_more(
    engine: TwoStageEngine, speed: float
) -> None:
    first = next(engine.synthesize(utterance(LONGER, ResolvedOptions(speed=speed))))

    assert first.timings
    assert first.timings[0].end >= first.duration - WINDOWS[0] * HOP / RATE


def test_times_of_words_add_up_on_frames(engine: TwoStageEngine) -> None:
    chunks = list(engine.synthesize(utterance(LONGER, SLOWLY)))

    timings = on_one_clock(chunks)
    frames = np.array([time for timing in timings for time in (timing.start, timing.end)]) * RATE / HOP
    np.testing.assert_allclose(frames, np.rint(frames), rtol=0, atol=1e-6)
    assert all(before.end <= after.start + 1e-9 for before, after in pairwise(timings))
    assert len(join(chunks)) == outline(say(LONGER), SLOWLY).total * HOP


@pytest.mark.parametrize("threads", [1, 2])
def test_what_is_streamed_is_what_is_said_at_once(threads: int) -> None:
    made = two_stage_engine(package().manifest, package, EngineOptions(threads))
    whole = model()._pipeline.stream()
    frames = np.concatenate(list(model()._network.mels(outline(say(LONGER), SLOWLY))))

    at_once = np.concatenate([whole.process(frames), whole.flush()])

    np.testing.assert_allclose(speak_words(made, LONGER, SLOWLY), at_once, rtol=0, atol=1e-6)


def test_the_same_request_is_the_same_sound_to_the_bit(engine: TwoStageEngine) -> None:
    np.testing.assert_array_equal(speak_words(engine, LONGER, SLOWLY), speak_words(engine, LONGER, SLOWLY))


def test_one_syllable_is_heard(engine: TwoStageEngine) -> None:
    (chunk,) = engine.synthesize(utterance("a5"))

    assert len(chunk.timings) == 1
    assert np.isfinite(chunk.samples).all()
    assert np.abs(chunk.samples).max() > 0.0


def test_two_hundred_symbols_are_said_in_one_call(engine: TwoStageEngine) -> None:
    words = say("ma1 " * 100)

    chunks = list(engine.synthesize(utterance(words)))

    assert len(model().plan(words.items, ResolvedOptions(), (("lan", 1.0),)).symbols) > 200
    assert [timing.span for timing in on_one_clock(chunks)] == spoken_spans(words)
    assert np.isfinite(join(chunks)).all()


def test_more_than_the_network_reads_at_once_is_said_in_parts(engine: TwoStageEngine) -> None:
    words = say(" ".join(["ma1 " * 106 + "，"] * 3))
    options = ResolvedOptions(emotion=Emotion("sad"), speed=2.0)

    chunks = list(engine.synthesize(utterance(words, options)))

    silences = [chunk for chunk in chunks if not chunk.timings]
    assert [timing.span for timing in on_one_clock(chunks)] == spoken_spans(words)
    assert {len(chunk.samples) for chunk in silences} == {
        round(0.2 * shape(options.emotion, "sambert").pause / 2.0 * RATE)
    }


# Controls


@pytest.mark.parametrize("speed", [0.5, 2.0])
def test_speed_stretches_the_whole(engine: TwoStageEngine, speed: float) -> None:
    plain, changed = (
        speak_words(engine, LONG, options) for options in (ResolvedOptions(), ResolvedOptions(speed=speed))
    )

    assert len(changed) / len(plain) == pytest.approx(1.0 / speed, rel=0.15)


def test_a_word_is_stretched_alone(engine: TwoStageEngine) -> None:
    slow = with_inflection(say(LONG), 2, Inflection(speed=0.5))

    plain, changed = (on_one_clock(list(engine.synthesize(utterance(words)))) for words in (say(LONG), slow))

    lengths = [[timing.end - timing.start for timing in timings] for timings in (plain, changed)]
    assert lengths[1][2] / lengths[0][2] == pytest.approx(2.0, rel=0.15)
    np.testing.assert_allclose(np.delete(lengths[1], 2), np.delete(lengths[0], 2), rtol=0, atol=1e-9)


def test_an_octave_doubles_the_frequency_of_the_pulses() -> None:
    plain, high = (outline(say(LONG), ResolvedOptions(pitch=pitch)).contours for pitch in (0.0, 12.0))

    low, raised = (f0_of(*contours[:2]) for contours in (plain, high))
    free = (low > 0.0) & (low < 340.0)
    assert free.any()
    np.testing.assert_allclose(raised[free], 2.0 * low[free], rtol=1e-5)


@pytest.mark.parametrize(
    "inflection", [Inflection(pitch=5.0), Inflection(range=3.0), Inflection(effort=2.0)], ids=str
)
def test_what_is_asked_of_a_word_is_heard_there_and_not_far_from_it(
    engine: TwoStageEngine, inflection: Inflection
) -> None:
    place = 12
    marked = with_inflection(say(LONG), place, inflection)

    plain, changed = (list(engine.synthesize(utterance(words, SLOWLY))) for words in (say(LONG), marked))

    reach = (parallel().decoder_reach + parallel().vocoder_reach + 3) * HOP
    first, last = heard_in(say(LONG).items[place].span, plain, reach)
    one, other = join(plain), join(changed)
    assert np.abs(one - other)[first:last].max() > 1e-3
    np.testing.assert_array_equal(one[:first], other[:first])


def test_an_emotion_changes_the_sound_and_none_at_no_intensity(engine: TwoStageEngine) -> None:
    plain, faint, sad = (
        speak_words(engine, LONG, ResolvedOptions(emotion=emotion))
        for emotion in (Emotion(), Emotion("sad", 0.0), Emotion("sad", 2.0))
    )

    np.testing.assert_array_equal(faint, plain)
    assert len(sad) != len(plain) or np.abs(sad - plain).max() > 1e-3


def test_an_emotion_is_as_strong_as_the_manifest_says(engine: TwoStageEngine, tmp_path: Path) -> None:
    known = details(package().manifest).model_copy(update={"strengths": {"emotion_happy": 1.5}})
    stronger = engine_of(publish_altered(package(), tmp_path, lambda _: None, sambert=known))

    made = speak_words(stronger, LONG, ResolvedOptions(emotion=Emotion("happy", 1.0)))

    np.testing.assert_allclose(
        made, speak_words(engine, LONG, ResolvedOptions(emotion=Emotion("happy", 1.5))), rtol=0, atol=1e-6
    )


def test_a_word_may_feel_otherwise_than_the_rest() -> None:
    angry = with_inflection(say(LONG), 3, Inflection(emotion=Emotion("angry")))
    plans = [model().plan(words.items, ResolvedOptions(), (("lan", 1.0),)) for words in (say(LONG), angry)]

    own = np.array([symbol.item == 3 for symbol in plans[1].symbols])

    assert not np.array_equal(plans[0].emotions[own], plans[1].emotions[own])
    np.testing.assert_array_equal(plans[0].emotions[~own], plans[1].emotions[~own])


# Voices


def test_speakers_are_offered_as_the_people_they_are() -> None:
    made = voices(package().manifest)

    assert [(voice.id, voice.name, voice.name_en, voice.description, voice.gender) for voice in made] == [
        (person.id, person.name, person.name_en, person.description, person.gender) for person in PEOPLE
    ]
    assert {voice.family for voice in made} == {"tiny"}


def test_without_people_voices_are_called_like_their_package(tmp_path: Path) -> None:
    known = details(package().manifest).model_copy(update={"people": ()})
    made = publish_altered(package(), tmp_path, lambda _: None, sambert=known)

    assert [voice.id for voice in voices(made.manifest)] == ["tiny", "tiny-song", "tiny-he"]


@pytest.mark.parametrize("name", ["song", "松"])
def test_a_speaker_is_found_by_id_and_by_name(engine: TwoStageEngine, name: str) -> None:
    song = speak_words(engine, LONG, ResolvedOptions(voice=name))

    assert not np.array_equal(song, speak_words(engine, LONG, ResolvedOptions(voice="lan")))
    np.testing.assert_array_equal(song, speak_words(engine, LONG, ResolvedOptions(voice="song")))


def test_speakers_can_be_mixed(engine: TwoStageEngine) -> None:
    mixed = speak_words(engine, LONG, ResolvedOptions(voice="lan:0.5+song:0.5"))

    assert np.isfinite(mixed).all()
    assert not np.array_equal(mixed, speak_words(engine, LONG))


@pytest.mark.parametrize(
    ("voice", "decibels"), [("lan", 6.0), ("song", -2.0), ("he", 0.0), ("lan:0.5+song:0.5", 2.0)]
)
def test_a_speaker_is_as_much_louder_as_the_manifest_says(
    engine: TwoStageEngine, tmp_path: Path, voice: str, decibels: float
) -> None:
    gains = {"lan": 6.0, "song": -2.0}
    people = tuple(person.model_copy(update={"gain": gains.get(person.id, 0.0)}) for person in PEOPLE)
    known = details(package().manifest).model_copy(update={"people": people})
    louder = engine_of(publish_altered(package(), tmp_path, lambda _: None, sambert=known))

    plain = speak_words(engine, LONG, ResolvedOptions(voice=voice))

    np.testing.assert_allclose(
        speak_words(louder, LONG, ResolvedOptions(voice=voice)), plain * amplitude(decibels), rtol=1e-5
    )


def test_a_voice_that_is_not_in_the_package_is_refused_with_those_that_are(engine: TwoStageEngine) -> None:
    with pytest.raises(UnknownVoice) as refused:
        speak_words(engine, LONG, ResolvedOptions(voice="tiny"))

    assert refused.value.known == ("lan", "song", "he")


def test_a_word_that_is_longer_than_the_network_reads_is_refused_with_its_place(
    engine: TwoStageEngine,
) -> None:
    word = EnglishWord(Span(2, 602), "ho" * 300, ("HH", "OW1") * 300)
    sentence = replace(say("ni3 hao3"), items=(*say("ni3 hao3").items, word))

    with pytest.raises(UnpronounceableSymbol) as refused:
        next(engine.synthesize(utterance(sentence)))

    assert refused.value.span == Span(2, 602)


# State


def test_two_utterances_at_once_never_touch(engine: TwoStageEngine) -> None:
    several_options = [
        SLOWLY,
        ResolvedOptions(voice="song", speed=0.6),
        ResolvedOptions(pitch=3.0),
        ResolvedOptions(voice="he"),
    ]
    alone = [speak_words(engine, LONG, options) for options in several_options]

    together = spoken_at_once(engine, LONG, several_options)

    for lone, shared in zip(alone, together, strict=True):
        np.testing.assert_allclose(shared, lone, rtol=0, atol=1e-6)


def test_a_closed_stream_leaves_the_voice_to_others(engine: TwoStageEngine) -> None:
    expected = speak_words(engine, LONGER, SLOWLY)
    speaking = engine.synthesize(utterance(LONGER, SLOWLY))
    next(speaking)
    speaking.close()

    assert next(speaking, None) is None
    np.testing.assert_array_equal(speak_words(engine, LONGER, SLOWLY), expected)


# Damage


def set_bias(graph: str, size: int, value: float) -> Change:
    """A change that puts this value in place of all in the last bias of this size."""

    def change(folder: Path) -> None:
        path = folder / f"{graph}.onnx"
        content: Any = onnx.load_model_from_string(path.read_bytes())
        last = [tensor for tensor in content.graph.initializer if list(tensor.dims) == [size]][-1]
        array = np.full(tuple(last.dims), value, dtype=np.float32)
        last.CopyFrom(numpy_helper.from_array(array, last.name))
        path.write_bytes(content.SerializeToString())

    return change


@pytest.mark.parametrize(
    "change",
    [set_bias("durations", 1, np.nan), set_bias("durations", 1, -100.0), set_bias("contours", 3, np.nan)],
    ids=["no durations", "no time", "no melody"],
)
def test_what_is_no_speech_is_an_error_of_the_engine(tmp_path: Path, change: Change) -> None:
    with pytest.raises(EngineError):
        speak_words(engine_of(publish_altered(package(), tmp_path, change)))


def double_bands(folder: Path) -> None:
    """Let the decoder give every band twice."""
    content: Any = onnx.load_model_from_string((folder / "decoder.onnx").read_bytes())
    last = content.graph.node[-1].output
    last[:] = ["once"]
    content.graph.node.append(onnx.helper.make_node("Concat", ["once", "once"], ["mel"], axis=1))
    content.graph.output[0].type.tensor_type.shape.dim[1].dim_param = "M"
    (folder / "decoder.onnx").write_bytes(content.SerializeToString())


CONTRADICTIONS: Mapping[str, Change] = {
    "encoder is vocoder": lambda folder: (folder / "vocoder.onnx").rename(folder / "encoder.onnx"),
    "contours are decoder": lambda folder: (folder / "decoder.onnx").rename(folder / "contours.onnx"),
    "more bands than the vocoder hears": double_bands,
    "emotions too wide": lambda folder: np.save(folder / "emotions.npy", np.ones((9, 6), np.float32)),
    "speakers too few": lambda folder: np.save(folder / "speakers.npy", np.ones((2, 6), np.float32)),
}


@pytest.mark.parametrize("change", CONTRADICTIONS.values(), ids=CONTRADICTIONS)
def test_files_that_do_not_fit_each_other_are_refused_when_they_are_loaded(
    tmp_path: Path, change: Change
) -> None:
    with pytest.raises(VoicePackageError):
        engine_of(publish_altered(package(), tmp_path, change)).load()


@pytest.mark.parametrize(
    "stated", [{"tones": ("tone1",) * 12}, {"fft": 480}, {"emotions": ("emotion_neutral",)}], ids=str
)
def test_a_manifest_that_says_what_the_files_do_not_is_refused(
    tmp_path: Path, stated: Mapping[str, object]
) -> None:
    known = details(package().manifest)
    of_parallel = {name: value for name, value in stated.items() if name == "fft"}
    others = {name: value for name, value in stated.items() if name != "fft"}
    changed = {**dict(known), **others, "parallel": parallel().model_copy(update=of_parallel)}
    contradiction = Sambert(**changed)  # pyright: ignore[reportArgumentType]

    with pytest.raises(VoicePackageError, match="不一致"):
        engine_of(publish_altered(package(), tmp_path, lambda _: None, sambert=contradiction)).load()
