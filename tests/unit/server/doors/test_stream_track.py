"""Passages that are spoken one by one sound as the whole text; and how far the listener has heard."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from huisheng.audio.encoding import Coding
from huisheng.errors import EmptyText
from huisheng.runtime.options import SynthesisOptions
from huisheng.runtime.speech import Speech
from huisheng.runtime.synthesizer import SpeechStream, Synthesizer
from huisheng.server.doors.stream_track import EncodedSound, Progress, Track
from huisheng.testing import SILENT_VOICE, SilentEngine
from huisheng.text.frontend import Frontend
from huisheng.types import AudioChunk, Passage, Samples, Span, Timing, Utterance
from huisheng.units import Hertz, Seconds

RATE = SILENT_VOICE.sample_rate
PLAIN = SynthesisOptions(markup="none")
STEP = 1.0 / 32_768.0
TEXTS = st.lists(
    st.sampled_from(
        ["你好", "世界", "，", "。", "；", "！", "\n", "……", "“", "”", "3.14", "A", " ", "长" * 120]
    ),
    min_size=1,
    max_size=25,
).map("".join)
LENGTHS = st.lists(st.integers(1, 30), min_size=1)


class LoudEngine(SilentEngine):
    """A tone up to the very edge of every sentence, in chunks of a tenth of a second."""

    def synthesize(self, utterance: Utterance) -> Generator[AudioChunk]:
        """Each chunk says of the whole sentence that it has been said."""
        (whole,) = super().synthesize(utterance)
        tone = np.sin(np.arange(len(whole.samples)) / 5.0).astype(np.float32)
        yield AudioChunk(tone[:2_400], RATE, whole.timings, whole.span)
        for start in range(2_400, len(tone), 2_400):
            yield AudioChunk(tone[start : start + 2_400], RATE, (), whole.span)


@pytest.fixture(scope="module")
def loud(frontend: Frontend) -> Synthesizer:
    return Synthesizer(LoudEngine(0.03), frontend)


def pieces(text: str, lengths: list[int]) -> list[str]:
    places = [0]
    while places[-1] < len(text):
        places.append(places[-1] + lengths[len(places) % len(lengths)])
    return [text[start:end] for start, end in pairwise(places)]


def passages(synthesizer: Synthesizer, arrived: Iterable[str]) -> Iterator[Passage]:
    arriving = synthesizer.arriving()
    for piece in arrived:
        yield from arriving.take(piece)
    yield from arriving.flush()


def sounds(
    synthesizer: Synthesizer, found: Iterable[Passage], track: Track, options: SynthesisOptions = PLAIN
) -> Iterator[EncodedSound]:
    """Passages through a track, to its end."""
    for passage in found:
        try:
            stream = synthesizer.synthesize_part(
                passage.text, options, continued=passage.continued, sample_rate=RATE
            )
        except EmptyText:
            continue
        yield from filter(None, add_all(stream, passage.start, track))
    yield from filter(None, [track.finish()])


def add_all(stream: SpeechStream, start: int, track: Track) -> Generator[EncodedSound | None]:
    while True:
        try:
            chunk = next(stream.chunks)
        except StopIteration as end:
            track.add_pause(end.value)
            return
        yield track.add(chunk, start)


def pcm_track(volume: float = 0.0) -> Track:
    return Track(Coding("pcm", RATE, "{}"), RATE, volume)


def samples(found: Iterable[EncodedSound]) -> Samples:
    joined = b"".join(sound.encoded for sound in found)
    return (np.frombuffer(joined, dtype="<i2") / 32_768.0).astype(np.float32)


def whole(synthesizer: Synthesizer, text: str, options: SynthesisOptions = PLAIN) -> Speech | None:
    try:
        stream = synthesizer.synthesize(text, options)
    except EmptyText:
        return None
    return Speech.collect(text, stream.chunks)


@pytest.mark.slow
@settings(max_examples=60)
@given(TEXTS, LENGTHS, st.sampled_from([0.0, 12.0, -6.0]), st.sampled_from([1.0, 1.7]))
@example("你好；" + "长" * 230 + "。“好！”", [3], 20.0, 2.0)
def test_passages_sound_as_the_whole_text_through_the_limiter(
    loud: Synthesizer, text: str, lengths: list[int], volume: float, speed: float
) -> None:
    options = SynthesisOptions(markup="none", volume=volume, speed=speed, emotion="happy")
    track = pcm_track(volume)

    made = samples(sounds(loud, passages(loud, pieces(text, lengths)), track, options))

    once = whole(loud, text, options)
    expected = once.samples if once else np.zeros(0, dtype=np.float32)
    assert len(made) == len(expected)
    assert np.abs(made - expected).max(initial=0.0) <= STEP


@pytest.mark.slow
@settings(max_examples=60)
@given(TEXTS, LENGTHS)
def test_timings_are_those_of_the_whole_text(loud: Synthesizer, text: str, lengths: list[int]) -> None:
    found = list(sounds(loud, passages(loud, pieces(text, lengths)), pcm_track()))

    once = whole(loud, text)
    made = [timing for sound in found for timing in sound.timings]
    expected = once.timings if once else ()
    assert [timing.span for timing in made] == [timing.span for timing in expected]
    assert [timing.start for timing in made] == pytest.approx([timing.start for timing in expected], abs=1e-6)


@given(TEXTS, LENGTHS)
@settings(max_examples=30)
def test_the_place_that_is_reached_never_goes_back(loud: Synthesizer, text: str, lengths: list[int]) -> None:
    places = [
        sound.spoken_until for sound in sounds(loud, passages(loud, pieces(text, lengths)), pcm_track())
    ]

    assert places == sorted(places)
    assert all(place <= len(text) for place in places)


def test_a_pause_that_is_asked_for_is_not_spoken_twice(loud: Synthesizer) -> None:
    track = pcm_track()
    first, second = (
        loud.synthesize_part(text, PLAIN, continued=True, sample_rate=RATE) for text in ("你好。", "世界。")
    )

    early = [*add_all(first, 0, track), track.flush_pause(), *add_all(second, 3, track), track.finish()]

    once = whole(loud, "你好。世界。")
    assert once is not None
    assert np.abs(samples(filter(None, early)) - once.samples).max() <= STEP


def test_a_pause_brings_out_what_filters_hold_back() -> None:
    track = Track(Coding("pcm", Hertz(16_000), "{}"), RATE, 0.0)
    track.add(AudioChunk(np.full(2_400, 0.5, dtype=np.float32), RATE), 0)
    track.add_pause(0.45)

    flush_pause = track.flush_pause()

    assert flush_pause is not None
    assert np.abs(samples([flush_pause])).max() == pytest.approx(0.5, abs=0.1)


def test_timings_wait_for_the_bytes_of_their_sound() -> None:
    track = Track(Coding("flac", RATE, "{}"), RATE, 0.0)
    timing = Timing(Span(0, 1), Seconds(0.0), Seconds(0.01))
    chunk = AudioChunk(np.zeros(240, dtype=np.float32), RATE, (timing,), Span(0, 1))

    made = [track.add(chunk, 5) for _ in range(100)]

    assert all(sound is None or sound.encoded for sound in made)
    assert sum(len(sound.timings) for sound in made if sound) > 0
    assert next(sound for sound in made if sound and sound.timings).timings[0].span == Span(5, 6)


def test_the_rate_of_the_file_leaves_times_as_they_are(loud: Synthesizer) -> None:
    track = Track(Coding("pcm", Hertz(8_000), "{}"), RATE, 0.0)

    made = list(sounds(loud, passages(loud, ["你好，世界。再见！"]), track))

    assert len(samples(made)) == pytest.approx(track.duration * 8_000, abs=1)


# How far the listener has heard


def progress() -> Progress:
    """你 0…1 s, 好 1…2 s, then a full stop, all of it sent."""
    made = Progress()
    timings = tuple(Timing(Span(k, k + 1), Seconds(float(k)), Seconds(k + 1.0)) for k in range(2))
    made.note_sent(EncodedSound(b"..", timings, 3))
    return made


@pytest.mark.parametrize(("played", "heard"), [(0.0, 0), (0.99, 0), (1.0, 1), (1.5, 1), (2.0, 3), (100.0, 3)])
def test_heard_is_what_has_been_played_to_its_end(played: float, heard: int) -> None:
    made = progress()
    made.note_played(played)

    assert made.heard_until == heard


def test_without_a_report_nothing_is_known_to_be_heard() -> None:
    assert (progress().sent_until, progress().heard_until) == (3, None)


def test_a_context_without_a_sound_leaves_nothing_heard() -> None:
    made = Progress()
    made.note_played(3.0)

    assert (made.sent_until, made.heard_until) == (0, 0)
