"""Text in, speech out: one stream, however the engine cuts it."""

from __future__ import annotations

import math
from collections.abc import Generator, Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from huisheng.audio.loudness import amplitude, true_peak
from huisheng.emotion.styles import STYLES
from huisheng.engines.protocol import Capabilities
from huisheng.errors import (
    EmptyText,
    EngineError,
    HuishengError,
    InvalidText,
    LexiconError,
    MarkupError,
    OutOfRange,
    UnknownEmotion,
    UnknownMarkup,
    UnknownVoice,
    UnpronounceableSymbol,
    UnreadableText,
    VoiceMissing,
)
from huisheng.runtime.options import BOUNDS, SynthesisOptions
from huisheng.runtime.speech import Speech
from huisheng.runtime.synthesizer import Synthesizer
from huisheng.testing import SILENT_VOICE, SilentEngine
from huisheng.text.frontend import Frontend
from huisheng.text.markup.script import Script
from huisheng.text.pronunciation.user import LexiconFile
from huisheng.types import AudioChunk, Emotion, ResolvedOptions, Sentence, Span, Utterance
from huisheng.units import Hertz
from huisheng.voice.builtin import BUILTIN
from huisheng.voice.load import read_package
from huisheng.voice.store import folder_of

TEXTS = st.text(st.sampled_from("你好世界，。！？\nA1《》 "), min_size=1, max_size=60).filter(
    lambda text: any(character.isalnum() for character in text)
)
STORY = "今天天气很好，我们去公园。你来吗？好的！"
LIMITER_DELAY = 0.006
"""Seconds; a little more than the limiter's."""


class CutEngine(SilentEngine):
    """Speaks a tone as long as the silence, in pieces.

    Args:
        size: of a piece in samples.
        level: of the tone.
    """

    def __init__(self, size: int, level: float = 0.1) -> None:
        super().__init__(0.05)
        self._size = size
        self._level = level
        self.heard: list[Utterance] = []
        self.closed = 0

    def synthesize(self, utterance: Utterance) -> Generator[AudioChunk]:
        """Each timing in the piece where it begins."""
        self.heard.append(utterance)
        (whole,) = super().synthesize(utterance)
        tone = self._level * np.sin(np.arange(len(whole.samples)) / 7).astype(np.float32)
        try:
            for start in range(0, len(tone), self._size):
                first, last = start / whole.sample_rate, (start + self._size) / whole.sample_rate
                timings = tuple(
                    timing.shifted(-first) for timing in whole.timings if first <= timing.start < last
                )
                yield AudioChunk(tone[start : start + self._size], whole.sample_rate, timings, whole.span)
        finally:
            self.closed += 1


class CountingFrontend(Frontend):
    """Counts the sentences that are asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.read = 0

    def sentences(self, text: str | Script, *, continued: bool = False) -> Iterator[Sentence]:
        """The sentences, counted as they go."""
        for sentence in super().sentences(text, continued=continued):
            self.read += 1
            yield sentence


# One stream


@settings(max_examples=40)
@given(TEXTS, st.integers(50, 9_000))
def test_speech_is_the_same_however_the_engine_cuts_it(frontend: Frontend, text: str, size: int) -> None:
    whole = Synthesizer(CutEngine(10**9), frontend).speak(text)
    pieces = Synthesizer(CutEngine(size), frontend).speak(text)

    np.testing.assert_allclose(pieces.samples, whole.samples, atol=1e-6)
    assert [timing.span for timing in pieces.timings] == [timing.span for timing in whole.timings]
    np.testing.assert_allclose(
        [(timing.start, timing.end) for timing in pieces.timings],
        [(timing.start, timing.end) for timing in whole.timings],
        atol=1e-6,
    )


@settings(max_examples=40)
@given(TEXTS)
def test_the_chunks_of_a_stream_are_the_speech(frontend: Frontend, text: str) -> None:
    synthesizer = Synthesizer(CutEngine(1_000), frontend)

    streamed = np.concatenate([chunk.samples for chunk in synthesizer.stream(text)])

    np.testing.assert_array_equal(streamed, synthesizer.speak(text).samples)


@settings(max_examples=40)
@given(TEXTS)
def test_timings_lie_in_their_chunk_within_the_delay_of_the_limiter(
    synthesizer: Synthesizer, text: str
) -> None:
    for chunk in synthesizer.stream(text):
        for timing in chunk.timings:
            assert -1e-9 <= timing.start < timing.end <= chunk.duration + LIMITER_DELAY


@settings(max_examples=40)
@given(TEXTS)
def test_timings_are_in_order_and_inside_the_speech(synthesizer: Synthesizer, text: str) -> None:
    speech = synthesizer.speak(text)

    edges = [edge for timing in speech.timings for edge in (timing.start, timing.end)]
    assert np.diff(edges).min(initial=0.0) >= -1e-9
    assert edges[-1] <= speech.duration + 1e-4


@settings(max_examples=40)
@given(TEXTS)
def test_the_span_that_has_been_said_never_goes_back(synthesizer: Synthesizer, text: str) -> None:
    ends = [chunk.span.end for chunk in synthesizer.stream(text)]

    assert ends == sorted(ends)
    assert ends[-1] <= len(text)


def test_timings_are_true_to_the_sound(frontend: Frontend) -> None:
    class Beeping(SilentEngine):
        """Every item begins with one loud sample."""

        def synthesize(self, utterance: Utterance) -> Generator[AudioChunk]:
            (chunk,) = super().synthesize(utterance)
            for timing in chunk.timings:
                chunk.samples[round(timing.start * chunk.sample_rate)] = 0.5
            yield chunk

    speech = Synthesizer(Beeping(), frontend).speak(STORY)

    loud = np.flatnonzero(speech.samples) / speech.sample_rate
    np.testing.assert_allclose([timing.start for timing in speech.timings], loud, atol=1e-4)


def test_between_sentences_there_is_the_pause_of_the_first(frontend: Frontend) -> None:
    speech = Synthesizer(SilentEngine(), frontend).speak("你好。世界。")
    first, _ = frontend.sentences("你好。世界。")

    assert speech.timings[2].start - speech.timings[1].end == pytest.approx(first.pause, abs=1e-3)


def test_no_pause_follows_the_last_sentence(synthesizer: Synthesizer) -> None:
    speech = synthesizer.speak("你好。世界。")

    assert speech.timings[-1].end == pytest.approx(speech.duration, abs=1e-3)


@pytest.mark.parametrize(
    ("speed", "emotion"), [(2.0, "neutral"), (0.5, "neutral"), (1.0, "sad"), (1.5, "happy")]
)
def test_a_pause_is_scaled_by_speed_and_emotion(frontend: Frontend, speed: float, emotion: str) -> None:
    speech = Synthesizer(SilentEngine(), frontend).speak("你好。世界。", speed=speed, emotion=emotion)
    first, _ = frontend.sentences("你好。世界。")

    expected = first.pause * STYLES[emotion].pause.value / speed  # pyright: ignore[reportArgumentType]
    assert speech.timings[2].start - speech.timings[1].end == pytest.approx(expected, abs=1e-3)


def test_what_cannot_be_said_between_two_sentences_is_passed_over(synthesizer: Synthesizer) -> None:
    speech = synthesizer.speak("你好。\n***\n世界。")

    assert "".join(speech.text[slice(*timing.span)] for timing in speech.timings) == "你好世界"


# Volume


@pytest.mark.parametrize("volume", [-20.0, -6.0, 6.0])
def test_volume_is_a_gain_where_there_is_room(frontend: Frontend, volume: float) -> None:
    plain = Synthesizer(CutEngine(4_000), frontend).speak("你好")
    changed = Synthesizer(CutEngine(4_000), frontend).speak("你好", volume=volume)

    np.testing.assert_allclose(changed.samples, plain.samples * amplitude(volume), atol=1e-5)


@pytest.mark.parametrize("level", [0.5, 1.0, 5.0])
def test_the_loudest_speech_stays_below_the_ceiling(frontend: Frontend, level: float) -> None:
    speech = Synthesizer(CutEngine(1_000, level), frontend).speak(STORY, volume=20.0)

    assert true_peak(speech.samples) <= amplitude(-1.0) + 1e-6


# What an engine is asked


def test_the_engine_is_told_how_it_shall_speak(frontend: Frontend) -> None:
    engine = CutEngine(10**9)

    Synthesizer(engine, frontend).speak(
        "你好", voice="无声", emotion="excited", intensity=0.5, speed=1.5, pitch=-2.0, volume=3.0
    )

    (utterance,) = engine.heard
    assert utterance.options == ResolvedOptions(
        SILENT_VOICE.id, Emotion("happy", 0.7), speed=1.5, pitch=-2.0, volume=3.0
    )


def test_without_a_wish_the_delivery_is_the_plain_one(synthesizer: Synthesizer) -> None:
    assert synthesizer.delivery() == ResolvedOptions(voice=SILENT_VOICE.id)


def test_it_is_loaded_when_its_engine_is(frontend: Frontend) -> None:
    synthesizer = Synthesizer(SilentEngine(), frontend)
    before = synthesizer.loaded
    synthesizer.load()

    assert (before, synthesizer.loaded) == (False, True)


def test_the_default_voice_is_the_first_of_the_built_in_package_and_nothing_is_loaded(
    frontend: Frontend,
) -> None:
    synthesizer = Synthesizer(frontend=frontend)

    assert synthesizer.delivery().voice == read_package(folder_of(BUILTIN)).manifest.speakers[0]
    assert not synthesizer.loaded


# Refusals, all before the first piece


@pytest.mark.parametrize("text", ["", " \n\t", "。，！？", "***", "《》"])
def test_a_text_without_anything_to_say_is_refused(synthesizer: Synthesizer, text: str) -> None:
    with pytest.raises(EmptyText):
        synthesizer.stream(text)


@pytest.mark.parametrize("text", ["مرحبا", "Привет!", "こんにちは", "안녕", "<speak>हिन्दी</speak>"])
def test_a_text_of_scripts_that_are_not_read_is_not_called_empty(synthesizer: Synthesizer, text: str) -> None:
    with pytest.raises(UnreadableText):
        synthesizer.stream(text)


@pytest.mark.parametrize("text", ["", "。，！？", "😀", "[停顿 1s]"])
def test_a_text_without_letters_is_called_empty(synthesizer: Synthesizer, text: str) -> None:
    with pytest.raises(EmptyText) as refused:
        synthesizer.stream(text)

    assert type(refused.value) is EmptyText


def test_lone_surrogates_are_refused(synthesizer: Synthesizer) -> None:
    with pytest.raises(InvalidText):
        synthesizer.stream("你好\ud800")


@pytest.mark.parametrize("name", sorted(BOUNDS.keys() - {"intensity"}))
@pytest.mark.parametrize("side", [0, 1])
def test_the_ends_of_a_range_are_inside_it(synthesizer: Synthesizer, name: str, side: int) -> None:
    given: dict[str, Any] = {name: BOUNDS[name][side]}

    assert getattr(synthesizer.delivery(**given), name) == BOUNDS[name][side]


@pytest.mark.parametrize("name", BOUNDS)
@pytest.mark.parametrize("value", [-99.0, 99.0, math.nan, math.inf])
def test_a_number_outside_its_range_is_refused_by_name(
    synthesizer: Synthesizer, name: str, value: float
) -> None:
    given: dict[str, Any] = {name: value}

    with pytest.raises(OutOfRange) as refused:
        synthesizer.stream("你好", **given)

    assert refused.value.name == name


def test_an_unknown_voice_is_refused_with_those_that_exist(synthesizer: Synthesizer) -> None:
    with pytest.raises(UnknownVoice) as refused:
        synthesizer.stream("你好", voice="nobody")

    assert refused.value.known == (SILENT_VOICE.id,)


def test_an_unknown_emotion_is_refused(synthesizer: Synthesizer) -> None:
    with pytest.raises(UnknownEmotion):
        synthesizer.stream("你好", emotion="nothing")


def test_an_emotion_that_the_engine_does_not_show_is_refused_with_those_that_it_shows(
    frontend: Frontend,
) -> None:
    class Calm(SilentEngine):
        """Shows two emotions only."""

        @property
        def capabilities(self) -> Capabilities:
            return Capabilities("calm", (replace(SILENT_VOICE, emotions=("neutral", "calm")),))

    with pytest.raises(UnknownEmotion) as refused:
        Synthesizer(Calm(), frontend).stream("你好", emotion="happy")

    assert refused.value.known == ("neutral", "calm")


@settings(max_examples=60)
@given(st.text(max_size=120))
def test_any_text_is_spoken_or_refused_with_an_error_of_ours(synthesizer: Synthesizer, text: str) -> None:
    try:
        speech = synthesizer.speak(text)
    except HuishengError:
        return
    assert speech.timings


# Markup, lexicons, emotions by the words

CHEER = "太好了，我考上了！"
NOTICE = "会议改到下午三点。"


def heard_utterances(frontend: Frontend, text: str, **given: Any) -> list[Utterance]:  # noqa: ANN401 (what a caller may ask)
    """What the engine was asked to say."""
    engine = CutEngine(10**9)
    list(Synthesizer(engine, frontend).stream(text, **given))
    return engine.heard


def timed_words(speech: Speech) -> list[str]:
    return [speech.text[slice(*timing.span)] for timing in speech.timings]


@pytest.mark.parametrize("name", ["auto", "自动", " Auto "])
def test_each_sentence_is_said_with_the_emotion_of_its_words(frontend: Frontend, name: str) -> None:
    cheer, notice = heard_utterances(frontend, CHEER + NOTICE, emotion=name)

    assert (cheer.options.emotion.name, notice.options.emotion.name) == ("happy", "neutral")


def test_the_intensity_multiplies_that_of_the_words(frontend: Frontend) -> None:
    (usual,), (half,), (none,) = (
        heard_utterances(frontend, CHEER, emotion="auto", intensity=intensity)
        for intensity in (1.0, 0.5, 0.0)
    )

    assert half.options.emotion.intensity == pytest.approx(usual.options.emotion.intensity / 2)
    assert none.options.emotion.intensity == 0.0


def test_the_emotion_of_the_words_stays_within_the_range(frontend: Frontend) -> None:
    (said,) = heard_utterances(frontend, CHEER, emotion="auto", intensity=2.0)

    assert said.options.emotion.intensity == 2.0


def test_an_emotion_that_the_engine_does_not_show_is_not_told_from_the_words(frontend: Frontend) -> None:
    class Calm(CutEngine):
        """Shows two emotions only."""

        @property
        def capabilities(self) -> Capabilities:
            return Capabilities("calm", (replace(SILENT_VOICE, emotions=("neutral", "calm")),))

    engine = Calm(10**9)

    list(Synthesizer(engine, frontend).stream(CHEER, emotion="auto"))

    assert [utterance.options.emotion.name for utterance in engine.heard] == ["neutral"]


def test_what_markup_asks_for_goes_before_the_emotion_of_the_words(frontend: Frontend) -> None:
    sad, _ = heard_utterances(frontend, "[伤心]太好了[/]，我考上了！", emotion="auto")

    assert sad.options.emotion.name == "sad"


@pytest.mark.parametrize("speed", [0.5, 1.0, 2.0])
def test_silence_of_markup_lasts_as_long_at_any_speed(synthesizer: Synthesizer, speed: float) -> None:
    speech = synthesizer.speak("你[停顿 1s]好", speed=speed)

    first, second = speech.timings
    assert second.start - first.end == pytest.approx(1.0, abs=1e-3)


def test_a_word_of_markup_is_louder(frontend: Frontend) -> None:
    plain, louder = (
        Synthesizer(CutEngine(10**9, 0.01), frontend).speak(text)
        for text in ("你好世界", "你好[音量 +6dB]世[/]界")
    )

    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = louder.samples / plain.samples
    middles = [round((timing.start + timing.end) / 2 * plain.sample_rate) for timing in plain.timings]
    levels = [float(np.nanmedian(ratio[middle - 50 : middle + 50])) for middle in middles]
    assert levels == pytest.approx([1.0, 1.0, amplitude(6.0), 1.0], rel=1e-2)


def test_timings_of_a_marked_text_stand_in_its_source(synthesizer: Synthesizer) -> None:
    source = '<speak>你<sub alias="世界">WHO</sub>好</speak>'

    assert timed_words(synthesizer.speak(source)) == ["你", *['<sub alias="世界">WHO</sub>'] * 2, "好"]


def test_a_lexicon_may_be_a_mapping_or_a_text(synthesizer: Synthesizer) -> None:
    for lexicon in ({"WHO": "=世界"}, "# 词典\nWHO = 世界\n"):
        assert timed_words(synthesizer.speak("问WHO吧", lexicon=lexicon)) == ["问", "WHO", "WHO", "吧"]


def test_the_lexicon_of_a_request_goes_over_that_of_the_installation(
    frontend: Frontend, tmp_path: Path
) -> None:
    (tmp_path / "words.txt").write_text("朝阳 chao2 yang2\n行 xing2", encoding="utf-8")
    synthesizer = Synthesizer(SilentEngine(), frontend, LexiconFile(tmp_path / "words.txt"))

    told = synthesizer.explain("朝阳行", lexicon={"朝阳": "zhao1 yang2"})

    assert [row["pinyin"] for row in told["syllables"]] == ["zhao1", "yang2", "xing2"]
    assert told["conflicts"] == [{"word": "朝阳", "level": "request", "other_level": "file"}]


WRONG: dict[str, tuple[dict[str, Any], type[HuishengError]]] = {
    "markup": ({"text": "<speak>你好"}, MarkupError),
    "shorthand": ({"text": "[开心]你好", "markup": "shorthand"}, MarkupError),
    "kind of markup": ({"text": "你好", "markup": "html"}, UnknownMarkup),
    "emotion": ({"text": '<speak><emotion category="x">好</emotion></speak>'}, MarkupError),
    "voice": ({"text": '<speak><voice name="x">好</voice></speak>'}, MarkupError),
    "language": ({"text": '<speak><phoneme alphabet="jyutping" ph="hou2">好</phoneme></speak>'}, MarkupError),
    "text of a lexicon": ({"text": "你好", "lexicon": "你好 ni3"}, LexiconError),
    "lexicon": ({"text": "你好", "lexicon": {"你好": "ni3"}}, LexiconError),
    "silence alone": ({"text": "[停顿 1s]"}, EmptyText),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_is_wrong_with_markup_or_lexicon_is_refused_before_the_first_piece(
    synthesizer: Synthesizer, case: str
) -> None:
    given, error = WRONG[case]
    text, options = given["text"], {name: value for name, value in given.items() if name != "text"}

    with pytest.raises(error):
        synthesizer.stream(text, **options)


# Many voices

NARROW = replace(
    SILENT_VOICE, id="narrow", name="窄", sample_rate=Hertz(16_000), emotions=("neutral", "calm")
)
USUAL = replace(SILENT_VOICE, id="usual", name="常", sample_rate=Hertz(24_000))
WIDE = replace(SILENT_VOICE, id="wide", name="宽", sample_rate=Hertz(48_000))
PITCHES = {"narrow": 300.0, "usual": 400.0, "wide": 500.0}
"""Hz of each voice."""


class ChoirEngine(SilentEngine):
    """Three voices of three rates; each hums its pitch, in pieces of 10 ms."""

    def __init__(self) -> None:
        super().__init__()
        self.heard: list[ResolvedOptions] = []

    @property
    def capabilities(self) -> Capabilities:
        """The first is the usual one."""
        return Capabilities("choir", (USUAL, NARROW, WIDE))

    def synthesize(self, utterance: Utterance) -> Generator[AudioChunk]:
        """Half a second an item, at the rate of the voice."""
        self.heard.append(utterance.options)
        voice = self.capabilities.find(utterance.options.voice)
        (whole,) = SilentEngine(0.5, voice).synthesize(utterance)
        time = np.arange(len(whole.samples)) / voice.sample_rate
        hum = 0.1 * np.sin(2 * np.pi * PITCHES[voice.id] * time).astype(np.float32)
        size = voice.sample_rate // 100
        for start in range(0, len(hum), size):
            timings = whole.timings if start == 0 else ()
            yield AudioChunk(hum[start : start + size], voice.sample_rate, timings, whole.span)


def pitch_of(speech: Speech, start: float, end: float) -> float:
    """Hz of the strongest partial of a stretch, to the nearest 5."""
    rate = speech.sample_rate
    piece = speech.samples[round((start + 0.1) * rate) : round((end - 0.1) * rate)]
    spectrum = np.abs(np.fft.rfft(piece * np.hanning(len(piece)), 2 * rate))
    return 5.0 * round(float(spectrum.argmax()) / 2 / 5)


@pytest.fixture
def choir(frontend: Frontend) -> Synthesizer:
    return Synthesizer(ChoirEngine(), frontend)


MIXED = '<speak>你好<voice name="窄">世界</voice><voice name="wide">再见</voice></speak>'


@pytest.mark.parametrize(
    ("text", "voice", "rate"),
    [
        ("你好", "", 24_000),
        ("你好", "narrow", 16_000),
        ("你好", "wide", 48_000),
        ('<speak><voice name="narrow">你好</voice></speak>', "", 16_000),
        ('<speak>你好<voice name="narrow">世界</voice></speak>', "", 24_000),
        ('<speak>你好<voice name="usual">世界</voice></speak>', "narrow", 24_000),
        (MIXED, "", 48_000),
    ],
)
def test_a_stream_has_the_rate_of_the_best_voice_in_it(
    choir: Synthesizer, text: str, voice: str, rate: int
) -> None:
    stream = choir.render(text, voice=voice)

    assert stream.sample_rate == rate
    assert {chunk.sample_rate for chunk in stream.chunks} == {rate}


def test_each_voice_sounds_as_it_does_alone(choir: Synthesizer) -> None:
    speech = choir.speak(MIXED)

    heard = [pitch_of(speech, timing.start, timing.end) for timing in speech.timings]
    assert heard == [400.0, 400.0, 300.0, 300.0, 500.0, 500.0]


def test_voices_of_several_rates_take_no_more_and_no_less_time(choir: Synthesizer) -> None:
    speech = choir.speak(MIXED)

    assert speech.duration == pytest.approx(6 * 0.5, abs=1e-4)
    assert speech.timings[-1].end == pytest.approx(speech.duration, abs=1e-3)


def test_an_emotion_that_a_voice_does_not_show_is_refused_with_those_that_it_shows(
    choir: Synthesizer,
) -> None:
    with pytest.raises(UnknownEmotion) as refused:
        choir.stream("你好", voice="narrow", emotion="happy")

    assert refused.value.known == ("neutral", "calm")


@pytest.mark.parametrize(
    ("text", "emotion"),
    [
        ('<speak>你好<voice name="narrow">世界</voice></speak>', "happy"),
        ('<speak><voice name="narrow"><emotion category="happy">世界</emotion></voice></speak>', ""),
        ("[音色 窄][开心]世界[/][/]", ""),
    ],
)
def test_markup_that_asks_a_voice_for_an_emotion_it_does_not_show_is_refused_before_the_first_piece(
    choir: Synthesizer, text: str, emotion: str
) -> None:
    with pytest.raises(MarkupError, match="narrow"):
        choir.stream(text, emotion=emotion)


def test_the_emotion_of_the_words_is_left_to_the_voices_that_show_it(frontend: Frontend) -> None:
    engine = ChoirEngine()
    text = f'<speak>{CHEER}<voice name="narrow">{CHEER}</voice></speak>'
    Synthesizer(engine, frontend).speak(text, emotion="auto")

    shown = {(delivery.voice, delivery.emotion.name) for delivery in engine.heard}
    assert shown == {("usual", "happy"), ("narrow", "neutral")}


def test_jyutping_is_explained_where_any_voice_could_say_it(frontend: Frontend) -> None:
    class Cantonese(ChoirEngine):
        """The second voice speaks it."""

        @property
        def capabilities(self) -> Capabilities:
            hongkong = replace(NARROW, id="hongkong", languages=("yue-HK",))
            return Capabilities("choir", (USUAL, hongkong))

    source = '<speak><phoneme alphabet="jyutping" ph="hou2">好</phoneme></speak>'
    synthesizer = Synthesizer(Cantonese(), frontend)

    assert synthesizer.explain(source)["syllables"][0]["pinyin"] == "hou2"
    with pytest.raises(MarkupError, match="usual"):
        synthesizer.stream(source)


class HongkongEngine(ChoirEngine):
    """The second voice says jyutping and no pinyin."""

    @property
    def capabilities(self) -> Capabilities:
        """The first is the usual one."""
        hongkong = replace(NARROW, id="hongkong", languages=("yue", "en-US"), syllables=("yue",))
        return Capabilities("choir", (USUAL, hongkong))


@pytest.mark.parametrize(
    "text",
    [
        "hello. 今日好天。",
        '<speak><phoneme alphabet="jyutping" ph="hou2">好</phoneme>。今日好天。</speak>',
    ],
)
def test_what_a_dialect_cannot_say_is_refused_before_anything_is_said(text: str, frontend: Frontend) -> None:
    engine = HongkongEngine()

    with pytest.raises(UnpronounceableSymbol, match="jyutping") as refused:
        Synthesizer(engine, frontend).stream(text, voice="hongkong")

    start = text.index("今")
    assert refused.value.span == (start, start + 1)
    assert engine.heard == []


def test_what_is_marked_as_a_dialect_is_taken_by_its_voice(frontend: Frontend) -> None:
    marked = '<phoneme alphabet="jyutping" ph="hou2">好</phoneme>'
    text = f'<speak>好，<voice name="hongkong">{marked}</voice></speak>'

    stream = Synthesizer(HongkongEngine(), frontend).render(text)

    assert stream.sample_rate == USUAL.sample_rate


def test_where_no_voice_is_installed_it_says_how_to_get_one(frontend: Frontend) -> None:
    class Mute(SilentEngine):
        """No voice at all."""

        @property
        def capabilities(self) -> Capabilities:
            return Capabilities("mute", ())

    with pytest.raises(VoiceMissing, match="voices import"):
        Synthesizer(Mute(), frontend).stream("你好")


# Looking at what is installed


class WatchedEngine(SilentEngine):
    """Counts the looks at what is installed."""

    def __init__(self) -> None:
        super().__init__(0.05)
        self.voice = replace(SILENT_VOICE, digest="first")
        self.looks = 0

    @property
    def capabilities(self) -> Capabilities:
        self.looks += 1
        return Capabilities("silent", (self.voice,))


@pytest.mark.parametrize(
    ("text", "digest", "looks"),
    [("你好。", "first", 1), ("你好。", "second", 2), ("你好，[开心]世界。", "first", 2), ("你好。", "", 2)],
)
def test_a_request_looks_again_where_its_voice_or_one_in_its_markup_may_be_another(
    frontend: Frontend, text: str, digest: str, looks: int
) -> None:
    engine, options = WatchedEngine(), SynthesisOptions()
    engine.voice = replace(engine.voice, digest=digest and "first")
    synthesizer = Synthesizer(engine, frontend)
    request = synthesizer.resolve(text, options)
    resolved = request._replace(voice=replace(request.voice, digest=digest))

    list(synthesizer.synthesize(text, options, resolved=resolved).chunks)

    assert engine.looks == looks


def test_a_voice_that_is_removed_after_its_request_was_resolved_is_refused_at_once(
    frontend: Frontend,
) -> None:
    engine, options = WatchedEngine(), SynthesisOptions()
    synthesizer = Synthesizer(engine, frontend)
    resolved = synthesizer.resolve("你好。", options)
    engine.voice = replace(engine.voice, id="other", digest="second")
    _ = synthesizer.capabilities

    with pytest.raises(UnknownVoice):
        synthesizer.synthesize("你好。", options, resolved=resolved)


# Cancelling and failing


def test_closing_the_stream_closes_the_engine_once(frontend: Frontend) -> None:
    engine = CutEngine(500)
    stream = Synthesizer(engine, frontend).stream(STORY)

    next(stream)
    stream.close()

    assert (len(engine.heard), engine.closed) == (1, 1)


def test_a_stream_that_is_not_read_asks_nothing_of_the_engine(frontend: Frontend) -> None:
    engine = CutEngine(500)

    Synthesizer(engine, frontend).stream(STORY).close()

    assert engine.heard == []


def test_an_engine_that_fails_ends_the_stream_with_its_error(frontend: Frontend) -> None:
    class Failing(SilentEngine):
        """Says one sentence."""

        def synthesize(self, utterance: Utterance) -> Generator[AudioChunk]:
            if utterance.sentence.span.start:
                raise EngineError
            yield from super().synthesize(utterance)

    stream = Synthesizer(Failing(), frontend).stream("你好。世界。")

    assert next(stream).span == Span(0, 3)
    with pytest.raises(EngineError):
        list(stream)


# Long texts

BOOK = "春天来了，花都开了。" * 10_000


def test_the_first_chunk_of_a_book_comes_after_one_sentence_was_read() -> None:
    frontend = CountingFrontend()

    next(Synthesizer(SilentEngine(), frontend).stream(BOOK))

    assert frontend.read == 1


def test_a_book_is_read_no_further_than_it_is_spoken() -> None:
    frontend = CountingFrontend()
    stream = Synthesizer(SilentEngine(), frontend).stream(BOOK)

    spans = [chunk.span.end for chunk in islice(stream, 41)]  # 21 sentences and their pauses

    assert (spans[-1], frontend.read) == (210, 21)


@pytest.mark.slow
def test_a_book_is_spoken_to_its_end_in_chunks_of_a_sentence(frontend: Frontend) -> None:
    longest = samples = items = 0
    for chunk in Synthesizer(
        SilentEngine(0.01, replace(SILENT_VOICE, sample_rate=Hertz(8_000))), frontend
    ).stream(BOOK[:20_000]):
        longest = max(longest, len(chunk.samples))
        samples += len(chunk.samples)
        items += len(chunk.timings)

    assert items == 16_000
    assert longest < samples / 1_000


AZURE = "zh-CN-XiaoxiaoNeural"


@pytest.mark.parametrize(
    ("text", "voice"), [("你好。", AZURE), (f'<speak><voice name="{AZURE}">你好。</voice></speak>', "")]
)
def test_speech_tells_that_another_voice_stood_in(synthesizer: Synthesizer, text: str, voice: str) -> None:
    speech = synthesizer.speak(text, voice=voice)

    assert [notice.code for notice in speech.notices] == ["voice_substituted"]
    assert speech.notices == synthesizer.notices(text, voice=voice)


def test_speech_as_asked_tells_nothing(synthesizer: Synthesizer) -> None:
    assert synthesizer.speak("你好。").notices == ()


def test_a_lexicon_loses_no_notice(synthesizer: Synthesizer) -> None:
    text = f'<speak><voice name="{AZURE}">你好WHO。</voice></speak>'

    assert synthesizer.speak(text, lexicon={"WHO": "=世界卫生组织"}).notices
