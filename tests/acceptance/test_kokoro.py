"""The installed voice speaks as it is described: in time, at its level, in every voice."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import numpy as np
import pytest

from huisheng.audio.loudness import active_level, amplitude, true_peak
from huisheng.audio.pitch import frequency_ratio, track_pitch
from huisheng.emotion.styles import STYLES
from huisheng.engines.kokoro import KokoroEngine
from huisheng.engines.kokoro_voices import SPEAKERS, VOICES
from huisheng.runtime.speech import Speech
from huisheng.runtime.synthesizer import Synthesizer
from huisheng.text.frontend import Frontend
from huisheng.text.symbols.kokoro import transcribe
from huisheng.types import EmotionName, Samples, VoiceInfo
from huisheng.voice.load import load_package

pytestmark = pytest.mark.voice

SHORT = "今天天气真好。"
LEVEL = -23.0


@pytest.fixture(scope="module")
def synthesizer() -> Synthesizer:
    synthesizer = Synthesizer(KokoroEngine())
    synthesizer.load()
    return synthesizer


@pytest.fixture(scope="module")
def neutral(synthesizer: Synthesizer) -> Speech:
    return synthesizer.speak(SHORT)


def middle_pitch(speech: Speech) -> float:
    """Median F0 of the voiced frames, Hz."""
    f0 = track_pitch(speech.samples, speech.sample_rate)
    return float(np.median(f0[f0 > 0]))


def timed_text(speech: Speech) -> str:
    return "".join(speech.text[slice(*timing.span)] for timing in speech.timings)


def test_every_character_is_timed_in_order_inside_the_speech(neutral: Speech) -> None:
    assert timed_text(neutral) == "今天天气真好"
    assert all(first.end <= second.start + 1e-6 for first, second in pairwise(neutral.timings))
    assert 0.0 <= neutral.timings[0].start < neutral.timings[-1].end <= neutral.duration


def test_a_syllable_lasts_as_long_as_people_take(neutral: Speech) -> None:
    lengths = [timing.end - timing.start for timing in neutral.timings]

    assert 0.05 < min(lengths) < max(lengths) < 0.6


def test_there_is_sound_where_a_character_is_said(neutral: Speech) -> None:
    for timing in neutral.timings:
        first, last = (round(edge * neutral.sample_rate) for edge in (timing.start, timing.end))
        assert active_level(neutral.samples[first:last], neutral.sample_rate) > LEVEL - 15


@pytest.mark.parametrize("voice", VOICES, ids=lambda voice: voice.id)
def test_every_voice_speaks_at_the_common_level_and_as_high_as_it_should(
    synthesizer: Synthesizer, voice: VoiceInfo
) -> None:
    speech = synthesizer.speak("今天天气真好，出去走走。", voice=voice.id)

    assert active_level(speech.samples, speech.sample_rate) == pytest.approx(LEVEL, abs=2.0)
    assert 70 < middle_pitch(speech) < 400


def test_a_pitch_of_four_semitones_raises_the_voice_by_as_much(
    synthesizer: Synthesizer, neutral: Speech
) -> None:
    higher = synthesizer.speak(SHORT, pitch=4.0)

    ratio = middle_pitch(higher) / middle_pitch(neutral)
    assert frequency_ratio(3.0) < ratio < frequency_ratio(5.0)


def test_speed_shortens_the_speech_in_proportion(synthesizer: Synthesizer, neutral: Speech) -> None:
    fast = synthesizer.speak(SHORT, speed=1.5)

    spoken = fast.timings[-1].end - fast.timings[0].start
    assert (neutral.timings[-1].end - neutral.timings[0].start) / spoken == pytest.approx(1.5, rel=0.1)


def speak_marked_up(synthesizer: Synthesizer, *words: str) -> Speech:
    """The short sentence with markup around single words."""
    return synthesizer.speak("<speak>" + "".join(words) + "。</speak>")


def word_samples(speech: Speech, word: slice) -> Samples:
    """(N,) samples of some of the characters."""
    first, last = speech.timings[word][0].start, speech.timings[word][-1].end
    return speech.samples[round(first * speech.sample_rate) : round(last * speech.sample_rate)]


TIANQI = slice(2, 4)
"""天气 in the short sentence."""


def test_a_slow_word_lasts_longer_than_usual(synthesizer: Synthesizer, neutral: Speech) -> None:
    slow = speak_marked_up(synthesizer, "今天", '<prosody rate="0.6">天气</prosody>', "真好")

    assert len(word_samples(slow, TIANQI)) > 1.35 * len(word_samples(neutral, TIANQI))
    assert len(word_samples(slow, slice(0, 2))) == pytest.approx(
        len(word_samples(neutral, slice(0, 2))), rel=0.15
    )


def test_a_word_marked_four_semitones_higher_is_higher_by_as_much(
    synthesizer: Synthesizer, neutral: Speech
) -> None:
    higher = speak_marked_up(synthesizer, "今天", '<prosody pitch="+4st">天气</prosody>', "真好")

    tracks = [track_pitch(word_samples(speech, TIANQI), speech.sample_rate) for speech in (neutral, higher)]
    before, after = (float(np.median(f0[f0 > 0])) for f0 in tracks)
    assert frequency_ratio(2.5) < after / before < frequency_ratio(5.5)


def test_a_word_marked_louder_is_louder(synthesizer: Synthesizer, neutral: Speech) -> None:
    louder = speak_marked_up(synthesizer, "今天", '<prosody volume="+6dB">天气</prosody>', "真好")

    levels = [active_level(word_samples(speech, TIANQI), speech.sample_rate) for speech in (neutral, louder)]
    assert 4.0 < levels[1] - levels[0] < 7.0


def test_silence_lasts_as_long_as_it_was_asked_for(synthesizer: Synthesizer) -> None:
    speech = speak_marked_up(synthesizer, "今天", '<break time="1s"/>', "天气真好")

    gap = speech.timings[2].start - speech.timings[1].end
    assert gap == pytest.approx(1.0, abs=0.15)


def test_markup_that_asks_for_nothing_is_said_as_plain_text(
    synthesizer: Synthesizer, neutral: Speech
) -> None:
    speech = speak_marked_up(
        synthesizer, "今天", '<prosody rate="100%" volume="medium">天气</prosody>', "真好"
    )

    np.testing.assert_array_equal(speech.samples, neutral.samples)


def test_the_loudest_volume_stays_below_the_ceiling(synthesizer: Synthesizer, neutral: Speech) -> None:
    loud = synthesizer.speak(SHORT, volume=20.0)

    assert true_peak(loud.samples) <= amplitude(-1.0) + 1e-4
    assert (
        active_level(loud.samples, loud.sample_rate) > active_level(neutral.samples, neutral.sample_rate) + 6
    )


def test_two_syntheses_at_once_sound_as_one_alone(synthesizer: Synthesizer, neutral: Speech) -> None:
    with ThreadPoolExecutor(2) as pool:
        together = [pool.submit(synthesizer.speak, SHORT) for _ in range(2)]

    for speech in together:
        np.testing.assert_array_equal(speech.result().samples, neutral.samples)


@pytest.mark.parametrize("name", ["happy", "sad", "angry"])
def test_an_emotion_of_no_intensity_is_neutral_to_the_bit(
    synthesizer: Synthesizer, name: EmotionName
) -> None:
    neutral = synthesizer.speak("好。")
    faint = synthesizer.speak("好。", emotion=name, intensity=0.0)

    np.testing.assert_array_equal(faint.samples, neutral.samples)


@pytest.mark.parametrize("text", ["在这儿玩儿。", "2024年，共9876元。", "吃𰻝𰻝面。"])
def test_what_is_said_sounds(synthesizer: Synthesizer, text: str) -> None:
    speech = synthesizer.speak(text)

    assert active_level(speech.samples, speech.sample_rate) > LEVEL - 6
    assert 0.2 < speech.duration < 8.0


def test_each_item_of_english_among_chinese_has_its_time(synthesizer: Synthesizer) -> None:
    speech = synthesizer.speak("我用 iPhone 看。")

    assert timed_text(speech) == "我用iPhone看"


def test_the_first_chunk_comes_before_the_sentence_is_done(synthesizer: Synthesizer) -> None:
    text = "今天天气真的很好，我们去公园。"
    stream = synthesizer.stream(text)

    assert next(stream).span.end < len(text)
    stream.close()


def test_the_model_knows_every_symbol_that_we_spell() -> None:
    known = load_package("kokoro").manifest.symbols
    text = "".join(map(chr, range(0x4E00, 0x4E00 + 2_000))) + "，、；：。！？…—“”（） hello 女儿花儿事儿"

    spelt = {symbol.text for sentence in Frontend().sentences(text) for symbol in transcribe(sentence.items)}

    assert spelt <= set(known)


def test_the_model_knows_every_voice_that_we_speak_with_or_mix_in() -> None:
    mixed = {
        blend.voice
        for style in STYLES.values()
        for blends in style.blends.values()
        for blend in (*blends.prosody, *blends.timbre)
    }

    own = {voice for speaker in SPEAKERS for voice, _ in speaker.timbre}
    assert mixed | own <= set(load_package("kokoro").manifest.speakers)
