"""What a request wants of melody and effort is done to F0 and energy, frame by frame, and nothing else is."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.engines.parallel.tiny_parallel import model
from tests.unit.engines.toy_kokoro import say

from huisheng.acoustic import contours as acoustic
from huisheng.emotion.shaping import HIGHEST_F0, LOWEST_F0
from huisheng.engines.parallel.network import Contours, shape_contours
from huisheng.engines.two_stage.plan import Frames, Plan
from huisheng.engines.vocoder.spectral import MIDDLE, PER_OCTAVE, Curve, f0_of
from huisheng.types import PLAIN, Inflection, Mark, ResolvedOptions

WORDS = "ni3 hao3 ， shi4 jie4"
SEMITONE = PER_OCTAVE / 12.0


def plan(pitch: float = 0.0, marked: dict[int, Inflection] | None = None) -> Plan:
    """Words, of which those with these places are said in a way of their own."""
    ways = marked or {}
    items = tuple(
        item if isinstance(item, Mark) else replace(item, inflection=ways.get(place, PLAIN))
        for place, item in enumerate(say(WORDS).items)
    )
    return model().plan(items, ResolvedOptions(pitch=pitch), (("lan", 1.0),))


def frames() -> Frames:
    """The same number for every symbol, but none for the second."""
    counts = np.full(len(plan().symbols), 4)
    counts[1] = 0
    return counts


def melody(voiced: bool = True) -> Contours:
    """A melody of three semitones up and down, which stops now and then."""
    places = np.arange(int(frames().sum()))
    pitch = 3.0 * SEMITONE * np.sin(places / 3.0)
    odds = np.where(places % 7 < 5, 2.0, -2.0) if voiced else np.full(len(places), -3.0)
    return Contours(*(track.astype(np.float32) for track in (pitch, odds, np.cos(places / 5.0))))


def shape(wish: Plan, ratio: float | None = 2.0, voiced: bool = True) -> Contours:
    return shape_contours(wish, frames(), melody(voiced), ratio)


def own_frames(place: int) -> np.ndarray:
    """(T,) whether a frame belongs to this item."""
    return np.repeat(np.array([symbol.item == place for symbol in plan().symbols]), frames())


def semitones(pitch: Curve) -> Curve:
    return pitch / np.float32(SEMITONE)


def test_pitch_means_the_same_as_to_the_model_that_learned_it() -> None:
    pitch = np.linspace(-3.0, 3.0, 7, dtype=np.float32)

    taught = acoustic.f0_of(torch.as_tensor(pitch)).numpy()

    np.testing.assert_allclose(f0_of(pitch, np.ones_like(pitch)), taught, rtol=1e-6)
    assert (MIDDLE, SEMITONE) == (acoustic.MIDDLE, acoustic.SEMITONE)


def test_without_a_wish_contours_stay_as_they_are() -> None:
    made = shape(plan())

    np.testing.assert_allclose(made.pitch, melody().pitch, rtol=0, atol=1e-6)
    np.testing.assert_array_equal(made.energy, melody().energy)


def test_a_frame_is_voiced_or_not() -> None:
    np.testing.assert_array_equal(shape(plan()).voicing, melody().voicing > 0.0)


def test_an_octave_higher_is_twice_the_frequency() -> None:
    plain, high = (f0_of(made.pitch, made.voicing) for made in (shape(plan()), shape(plan(pitch=12.0))))

    np.testing.assert_allclose(high, 2.0 * plain, rtol=1e-5)
    assert (high > 0.0).any()


@given(interval=st.floats(-12.0, 12.0))
def test_the_interval_of_a_word_and_of_the_whole_add_up(interval: float) -> None:
    both = shape(plan(interval / 2.0, dict.fromkeys(range(5), Inflection(pitch=interval / 2.0))))
    plain = shape(plan())

    words = np.logical_or.reduce([own_frames(place) for place in (0, 1, 3, 4)])
    moved = semitones(both.pitch - plain.pitch)
    np.testing.assert_allclose(moved[words], interval, rtol=0, atol=1e-3)
    np.testing.assert_allclose(moved[~words], interval / 2.0, rtol=0, atol=1e-3)


@pytest.mark.parametrize("place", [0, 1, 3])
def test_a_word_is_raised_alone(place: int) -> None:
    made = shape(plan(marked={place: Inflection(pitch=4.0)}))

    moved = semitones(made.pitch - shape(plan()).pitch)
    np.testing.assert_allclose(moved, np.where(own_frames(place), 4.0, 0.0), rtol=0, atol=1e-4)


def test_a_word_is_widened_alone_around_the_mean_of_all_that_is_voiced() -> None:
    made = shape(plan(marked={3: Inflection(range=2.0)}))

    pitch = melody().pitch
    wide = 2.0 * pitch - pitch[melody().voicing > 0.0].mean()
    np.testing.assert_allclose(made.pitch, np.where(own_frames(3), wide, pitch), rtol=0, atol=1e-5)


def test_no_range_at_all_is_one_tone() -> None:
    flat = shape(plan(marked=dict.fromkeys(range(5), Inflection(range=0.0))))

    words = np.logical_or.reduce([own_frames(place) for place in (0, 1, 3, 4)])
    assert np.ptp(flat.pitch[words]) < 1e-6


def test_effort_counts_from_silence_and_not_from_the_mean() -> None:
    made = shape(plan(marked={1: Inflection(effort=1.5)}), ratio=2.0)

    energy = melody().energy
    louder = 1.5 * (energy + 2.0) - 2.0
    np.testing.assert_allclose(made.energy, np.where(own_frames(1), louder, energy), rtol=0, atol=1e-6)


def test_where_the_corpus_is_not_known_a_usual_one_is_meant() -> None:
    wish = plan(marked={1: Inflection(effort=1.5)})

    np.testing.assert_array_equal(shape(wish, None).energy, shape(wish, 1.0).energy)


@pytest.mark.parametrize(("interval", "end"), [(-60.0, LOWEST_F0), (60.0, HIGHEST_F0)])
def test_no_voice_is_lower_or_higher_than_it_can_be(interval: float, end: float) -> None:
    made = shape(plan(pitch=interval))

    np.testing.assert_allclose(f0_of(made.pitch, np.ones_like(made.pitch)), end, rtol=1e-5)


def test_where_nothing_is_voiced_a_wider_melody_is_finite_and_has_no_frequency() -> None:
    made = shape(plan(2.0, dict.fromkeys(range(5), Inflection(range=3.0))), voiced=False)

    assert np.isfinite(made).all()
    assert not f0_of(made.pitch, made.voicing).any()


def test_however_high_the_model_says_it_stays_finite() -> None:
    wild = melody()._replace(pitch=np.full_like(melody().pitch, 3e38))

    made = shape_contours(plan(marked={1: Inflection(range=10.0)}), frames(), wild, None)

    assert made.pitch.max() == pytest.approx(PER_OCTAVE * math.log2(HIGHEST_F0 / MIDDLE), abs=1e-6)
