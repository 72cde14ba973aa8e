"""A voice speaks: whole words as they are ready, the same whatever else goes on."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from tests.unit.engines.sambert.tiny import (
    HELLO,
    LONG,
    engine,
    engine_of,
    join,
    model,
    on_one_clock,
    package,
    speak_words,
    spoken_at_once,
    spoken_spans,
    utterance,
    with_bias,
    with_inflection,
)
from tests.unit.engines.toy_kokoro import say

from huisheng.emotion.styles import shape
from huisheng.engines.families import two_stage_engine
from huisheng.engines.sambert.network import CHUNKS, Outline
from huisheng.engines.two_stage.plan import Plan
from huisheng.engines.two_stage.voices import details
from huisheng.engines.vocoder.hifigan import HifiganVocoder
from huisheng.errors import EngineError, UnknownVoice, UnpronounceableSymbol, VoicePackageError
from huisheng.types import (
    AudioChunk,
    Emotion,
    EnglishWord,
    Inflection,
    ResolvedOptions,
    Samples,
    Sentence,
    Span,
)
from huisheng.voice.load import VoicePackage

SLOWLY = ResolvedOptions(speed=0.25)
"""The tiny voices are fast: so a sentence takes several chunks."""
HOP, RATE = 200, 16_000
HESITATED = "shuang1 wo5 ma1 ， ni3"
"""Where the tiny hesitant voice does so."""
MANY = " ".join(["ni3 hao3 shi4 jie4 ni3 hao3 ， shi4 jie4"] * 8)
"""More symbols than the tiny voices can read at once."""
FULL = " ".join(["ni3 " * 26 + "，"] * 3)
"""Each mark stands where the tiny voices have no more room."""


@pytest.fixture
def chunks() -> list[AudioChunk]:
    return list(engine().synthesize(utterance(LONG, SLOWLY)))


# Chunks


def test_a_sentence_comes_in_several_chunks(chunks: list[AudioChunk]) -> None:
    assert len(chunks) > 3


def test_a_chunk_ends_where_its_last_word_does(chunks: list[AudioChunk]) -> None:
    for chunk in chunks[:-1]:
        assert chunk.timings[-1].end == pytest.approx(chunk.duration)


def test_a_chunk_says_how_much_of_the_text_is_spoken(chunks: list[AudioChunk]) -> None:
    for chunk in chunks[:-1]:
        assert chunk.span == Span(0, chunk.timings[-1].span.end)
    assert chunks[-1].span == say(LONG).span


def test_every_word_has_a_time_in_the_order_of_the_text(chunks: list[AudioChunk]) -> None:
    timings = on_one_clock(chunks)

    assert [timing.span for timing in timings] == spoken_spans(say(LONG))
    assert all(before.end <= after.start + 1e-9 for before, after in pairwise(timings))
    assert all(timing.start < timing.end for timing in timings)


def test_words_begin_and_end_on_frames(chunks: list[AudioChunk]) -> None:
    times = [time for timing in on_one_clock(chunks) for time in (timing.start, timing.end)]
    frames = np.array(times) * RATE / HOP

    np.testing.assert_allclose(frames, np.rint(frames), rtol=0, atol=1e-6)


def test_the_samples_are_those_of_all_frames(chunks: list[AudioChunk]) -> None:
    _, outline = _outline(LONG, SLOWLY)

    assert len(join(chunks)) == outline.total * HOP


@pytest.mark.parametrize("kind", ["plain", "nsf"])
def test_what_is_streamed_is_what_is_said_at_once(kind: str) -> None:
    made = model(kind)
    _, outline = _outline(LONG, SLOWLY, kind)
    stream = HifiganVocoder(package(kind), details(package(kind).manifest)).stream()
    frames = np.concatenate(list(made._network.mels(outline)))
    whole = np.concatenate([stream.process(frames), stream.flush()])

    np.testing.assert_allclose(speak_words(engine(kind), LONG, SLOWLY), whole, rtol=0, atol=1e-4)


def test_the_first_chunk_is_there_before_the_rest_is_made() -> None:
    first = next(engine().synthesize(utterance(LONG, SLOWLY)))

    assert len(first.samples) <= CHUNKS[0] * 3 * HOP


def test_no_chunk_is_longer_than_a_stretch_of_the_decoder_and_a_word(chunks: list[AudioChunk]) -> None:
    words = [round((timing.end - timing.start) * RATE) for timing in on_one_clock(chunks)]

    assert max(len(chunk.samples) for chunk in chunks) <= CHUNKS[-1] * 3 * HOP + max(words)


def test_a_sentence_that_is_too_long_for_the_network_is_said_whole() -> None:
    chunks = list(engine().synthesize(utterance(MANY)))

    assert [timing.span for timing in on_one_clock(chunks)] == spoken_spans(say(MANY))
    assert chunks[-1].span == say(MANY).span


def test_where_the_network_has_no_room_at_a_mark_its_pause_is_heard() -> None:
    options = ResolvedOptions(emotion=Emotion("sad"), speed=0.5)

    chunks = list(engine().synthesize(utterance(FULL, options)))

    silences = [chunk for chunk in chunks if not chunk.timings]
    expected = round(0.2 * shape(options.emotion, "sambert").pause / 0.5 * RATE)
    assert [(chunk.span.end, len(chunk.samples)) for chunk in silences] == [(27, expected), (54, expected)]
    assert not any(chunk.samples.any() for chunk in silences)


def test_after_a_pause_words_are_timed_as_late_as_they_are_heard() -> None:
    chunks = list(engine().synthesize(utterance(FULL)))

    timings = on_one_clock(chunks)
    assert timings[26].start - timings[25].end >= 0.2


def test_between_two_words_that_the_network_has_no_room_for_there_is_no_pause() -> None:
    chunks = list(engine().synthesize(utterance("ni3 " * 60)))

    assert all(chunk.timings for chunk in chunks)


@pytest.mark.parametrize("kind", ["plain", "bytes"])
def test_a_word_that_is_longer_than_the_network_reads_is_refused_before_anything_is_heard(kind: str) -> None:
    word = EnglishWord(Span(2, 202), "ho" * 100, ("HH", "OW1") * 100)
    sentence = say("ni3 hao3")
    spoken_first = replace(sentence, span=Span(0, 202), items=(*sentence.items, word))

    with pytest.raises(UnpronounceableSymbol, match=r"最多合成 80 个.*拆分") as refused:
        next(engine(kind).synthesize(utterance(spoken_first)))

    assert refused.value.span == Span(2, 202)
    assert "hoho" in refused.value.message
    assert len(refused.value.message) < 120


def test_one_syllable_is_heard() -> None:
    (chunk,) = engine().synthesize(utterance("a5"))

    assert len(chunk.timings) == 1
    assert np.abs(chunk.samples).max() > 0.0


# Controls


def test_twice_as_fast_takes_about_half_as_long() -> None:
    slow, fast = (speak_words(engine(), LONG, ResolvedOptions(speed=speed)) for speed in (0.25, 0.5))

    assert len(slow) / len(fast) == pytest.approx(2.0, rel=0.1)


def test_no_word_vanishes_at_the_highest_speed() -> None:
    chunks = list(engine().synthesize(utterance(LONG, ResolvedOptions(speed=2.0))))

    assert all(timing.end > timing.start for timing in on_one_clock(chunks))


@pytest.mark.parametrize("options", [ResolvedOptions(pitch=4.0), ResolvedOptions(emotion=Emotion("happy"))])
def test_other_options_are_another_sound(options: ResolvedOptions) -> None:
    assert not _alike(speak_words(engine("nsf"), HELLO, options), speak_words(engine("nsf"), HELLO))


def test_at_no_intensity_an_emotion_is_neutral() -> None:
    faint = speak_words(engine(), HELLO, ResolvedOptions(emotion=Emotion("angry", 0.0)))

    np.testing.assert_array_equal(faint, speak_words(engine(), HELLO))


def test_the_emotion_of_a_word_goes_before_that_of_the_whole() -> None:
    angry, sad = Emotion("angry"), Emotion("sad")
    marked = with_inflection(say(LONG), 3, Inflection(emotion=angry))

    plan, _ = _outline(marked, ResolvedOptions(emotion=sad))

    made = model().plan(say(LONG).items, ResolvedOptions(emotion=angry), (("f7", 1.0),))
    rest = model().plan(say(LONG).items, ResolvedOptions(emotion=sad), (("f7", 1.0),))
    own = np.array([symbol.item == 3 for symbol in plan.symbols])
    assert own.any()
    np.testing.assert_array_equal(plan.emotions, np.where(own[:, None], made.emotions, rest.emotions))


def test_the_emotion_of_a_word_is_heard() -> None:
    marked = with_inflection(say(LONG), 3, Inflection(emotion=Emotion("surprised", 2.0)))

    assert not _alike(speak_words(engine(), marked, SLOWLY), speak_words(engine(), LONG, SLOWLY))


# Voices


@pytest.mark.parametrize("kind", ["nsf", "vector", "bytes", "hesitant", "sichuan"])
def test_every_kind_of_model_speaks(kind: str) -> None:
    chunks = list(engine(kind).synthesize(utterance(HELLO)))

    assert [timing.span for timing in on_one_clock(chunks)] == spoken_spans(say(HELLO))
    assert np.isfinite(join(chunks)).all()
    assert np.abs(join(chunks)).max() > 0.0


def test_a_voice_that_hesitates_says_more_than_is_written_in_the_time_of_its_words() -> None:
    plan, outline = _outline(HESITATED, ResolvedOptions(), "hesitant")
    written = model("hesitant").plan(say(HESITATED).items, ResolvedOptions(), (("f7", 1.0),))

    timings = on_one_clock(list(engine("hesitant").synthesize(utterance(HESITATED))))

    assert len(plan.symbols) == len(outline.frames) == len(written.symbols) + 9  # three sounds of three
    assert [timing.span for timing in timings] == spoken_spans(say(HESITATED))


def test_each_speaker_of_a_package_has_an_id_and_a_sound() -> None:
    ids = [voice.id for voice in engine("several").capabilities.voices]

    sounds = [speak_words(engine("several"), HELLO, ResolvedOptions(voice=name)) for name in ids]

    assert ids == ["several", "several-f74", "several-m7"]
    assert not _alike(sounds[0], sounds[1])
    assert not _alike(sounds[1], sounds[2])


def test_without_a_name_the_first_speaker_speaks() -> None:
    named = speak_words(engine("several"), HELLO, ResolvedOptions(voice="several"))

    np.testing.assert_array_equal(speak_words(engine("several"), HELLO), named)


def test_speakers_of_a_package_can_be_mixed() -> None:
    mixed = ResolvedOptions(voice="several:0.25+several-m7:0.75")
    rows = np.load(package("several").path("speakers.npy"))

    plan = model("several").plan(say(HELLO).items, mixed, (("f7", 0.25), ("m7", 0.75)))

    np.testing.assert_allclose(plan.speakers[0], 0.25 * rows[0] + 0.75 * rows[2], rtol=0, atol=1e-6)
    assert not _alike(speak_words(engine("several"), HELLO, mixed), speak_words(engine("several"), HELLO))


def test_a_voice_that_is_not_in_the_package_is_refused_with_those_that_are() -> None:
    with pytest.raises(UnknownVoice) as refused:
        speak_words(engine(), HELLO, ResolvedOptions(voice="nobody"))

    assert refused.value.known == ("plain",)


@pytest.mark.parametrize(
    ("kind", "languages"),
    [
        ("plain", ("zh-CN", "en-US")),
        ("sichuan", ("zh-CN-sichuan", "en-US")),
        ("cantonese", ("yue", "en-US")),
        ("shanghai", ("wuu", "en-US")),
    ],
)
def test_a_voice_tells_what_it_can_read(kind: str, languages: tuple[str, ...]) -> None:
    assert engine(kind).capabilities.languages == languages


@pytest.mark.parametrize("kind", ["cantonese", "shanghai"])
def test_what_a_voice_cannot_read_is_refused_with_its_place(kind: str) -> None:
    with pytest.raises(UnpronounceableSymbol) as refused:
        speak_words(engine(kind), HELLO)

    assert refused.value.span == (0, 1)


def test_every_voice_reads_english() -> None:
    word = EnglishWord(Span(0, 2), "hi", ("HH", "AY1"))

    assert len(speak_words(engine("shanghai"), Sentence(Span(0, 2), "", (word,))))


# State


def test_a_voice_is_known_before_its_model_is_in_memory() -> None:
    made = engine()

    voices, before = made.capabilities.voices, made.loaded
    made.load()

    assert (len(voices), before, made.loaded) == (1, False, True)


def test_however_many_ask_at_once_the_package_is_read_once() -> None:
    reads: list[VoicePackage] = []
    ready = threading.Barrier(4)

    def read() -> VoicePackage:
        reads.append(package())
        return reads[-1]

    made = two_stage_engine(package().manifest, read)

    def load(_: int) -> None:
        ready.wait()
        made.load()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(load, range(4)))

    assert len(reads) == 1


@pytest.mark.parametrize("kind", ["plain", "nsf"])
def test_the_same_request_is_the_same_sound(kind: str) -> None:
    made = engine(kind)

    np.testing.assert_array_equal(speak_words(made, LONG, SLOWLY), speak_words(made, LONG, SLOWLY))


@pytest.mark.parametrize("kind", ["plain", "nsf"])
def test_two_utterances_at_once_never_touch(kind: str) -> None:
    made = engine(kind)
    several_options = [ResolvedOptions(speed=0.3), ResolvedOptions(speed=0.4, emotion=Emotion("sad"))] * 2
    alone = [speak_words(made, LONG, options) for options in several_options]

    together = spoken_at_once(made, LONG, several_options)

    for lone, shared in zip(alone, together, strict=True):
        np.testing.assert_allclose(shared, lone, rtol=0, atol=1e-4)


def test_a_closed_stream_gives_no_more() -> None:
    speaking = engine().synthesize(utterance(LONG, SLOWLY))

    next(speaking)
    speaking.close()

    assert next(speaking, None) is None


def test_a_closed_stream_leaves_the_voice_to_others() -> None:
    made = engine()
    expected = speak_words(made, LONG, SLOWLY)
    speaking = made.synthesize(utterance(LONG, SLOWLY))
    next(speaking)
    speaking.close()

    np.testing.assert_allclose(speak_words(made, LONG, SLOWLY), expected, rtol=0, atol=1e-4)


# Damage


@pytest.mark.parametrize("bias", [np.nan, np.inf, -100.0])
def test_durations_that_are_no_durations_are_an_error_of_the_engine(tmp_path: Path, bias: float) -> None:
    made = with_bias(package(), tmp_path, "variance", bias)

    with pytest.raises(EngineError):
        speak_words(engine_of(made))


def test_however_long_a_sound_shall_be_it_ends_after_five_seconds(tmp_path: Path) -> None:
    made = with_bias(package(), tmp_path, "variance", 1e6)

    first = next(engine_of(made).synthesize(utterance("a5 a5")))

    sounds = 2  # a glottal stop and a vowel
    assert first.timings[0].end == pytest.approx(sounds * 5.0)


def test_a_package_without_what_the_engine_needs_is_refused_when_it_is_looked_at() -> None:
    bare = package().manifest.model_copy(update={"sambert": None})

    with pytest.raises(VoicePackageError, match="重新导入"):
        two_stage_engine(bare, package)


def _outline(words: str | Sentence, options: ResolvedOptions, kind: str = "plain") -> tuple[Plan, Outline]:
    sentence = say(words) if isinstance(words, str) else words
    made = model(kind)
    return made._network.outline(made.plan(sentence.items, options, (("f7", 1.0),)))


def _alike(one: Samples, other: Samples) -> bool:
    return len(one) == len(other) and np.allclose(one, other, rtol=0, atol=1e-4)
