"""What the network is asked for: time and melody by the documented rules."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.engines.sambert.tiny import HELLO, model, network, package
from tests.unit.engines.toy_kokoro import say

from huisheng.audio.pitch import frequency_ratio
from huisheng.engines.two_stage.engine import Shares
from huisheng.engines.two_stage.plan import Plan, Values
from huisheng.engines.two_stage.voices import details
from huisheng.types import Inflection, Mark, ResolvedOptions, SpokenItem

LENGTHS = st.lists(st.floats(0.0, 30.0), min_size=1, max_size=20)
"""Frames as predicted."""


def plan_of(count: int, inflection: Inflection | None = None, *, speed: float = 1.0) -> Plan:
    """The plan of so many sounds, each with this inflection."""
    items = _inflect(" ".join(["a5"] * count), inflection or Inflection())
    return replace(_sounds(model().plan(items, ResolvedOptions(), (("f7", 1.0),)), count), speed=speed)


def hello(*, speed: float = 1.0, pitch: float = 0.0, inflection: Inflection | None = None) -> Plan:
    """Words with a break inside and one at the end."""
    items = _inflect(HELLO, inflection or Inflection())
    return model().plan(items, ResolvedOptions(speed=speed, pitch=pitch), (("f7", 1.0),))


def log_durations(frames: list[float]) -> Values:
    return np.log1p(np.array(frames, dtype=np.float32))


# Time


@given(frames=LENGTHS)
def test_durations_are_rounded_to_the_nearest_frame(frames: list[float]) -> None:
    rounded, _ = plan_of(len(frames)).frames(log_durations(frames))

    assert np.abs(rounded - np.array(frames)).max() <= 0.5 + 1e-4


def test_more_than_half_a_frame_is_a_frame() -> None:
    rounded, _ = plan_of(4).frames(log_durations([0.51, 1.51, 2.49, 0.49]))

    assert rounded.tolist() == [1, 2, 2, 0]


@given(frames=LENGTHS, speed=st.floats(0.25, 4.0))
def test_durations_are_divided_by_the_speed(frames: list[float], speed: float) -> None:
    rounded, _ = plan_of(len(frames), speed=speed).frames(log_durations(frames))

    assert np.abs(rounded - np.array(frames) / speed).max() <= 1.0 + 1e-3


def test_the_speed_of_a_word_and_of_the_whole_multiply() -> None:
    plan = plan_of(1, Inflection(speed=0.5), speed=0.5)

    assert plan.frames(log_durations([10.0]))[0].tolist() == [40]


def test_no_word_is_faster_or_slower_than_can_be_heard() -> None:
    slow, fast = (plan_of(1, Inflection(speed=speed), speed=speed).controls.rates for speed in (0.01, 100.0))

    assert (slow[0], fast[0]) == (0.25, 10.0)


@given(frames=LENGTHS, speed=st.floats(1.0, 4.0))
def test_however_fast_no_sound_that_is_heard_vanishes(frames: list[float], speed: float) -> None:
    rounded, _ = plan_of(len(frames), speed=speed).frames(log_durations(frames))

    heard = np.array(frames, dtype=np.float32) >= 0.501
    assert (rounded[heard] >= 1).all()


def test_a_sound_that_lasts_nothing_stays_silent() -> None:
    rounded, _ = plan_of(2).frames(log_durations([0.4, 0.0]))

    assert rounded.tolist() == [0, 0]


def test_the_longest_is_told_before_it_is_rounded() -> None:
    _, longest = plan_of(2, speed=2.0).frames(log_durations([7.0, 3.0]))

    assert longest == pytest.approx(3.5, abs=1e-5)


def test_the_last_break_is_cut_short_since_the_pause_is_the_callers() -> None:
    plan = hello()

    rounded, _ = plan.frames(log_durations([20.0] * len(plan.symbols)))

    assert rounded[-1] == 8
    assert set(rounded[:-1]) == {20}


@pytest.mark.parametrize("said", [88.0, 1e30])
def test_no_sound_lasts_longer_than_five_seconds(said: float) -> None:
    assert plan_of(1).frames(np.array([said], dtype=np.float32))[0].tolist() == [400]


# Melody


@given(
    f0=st.lists(st.floats(60.0, 500.0), min_size=2, max_size=10),
    interval=st.floats(-12.0, 12.0),
    width=st.floats(0.0, 3.0),
)
def test_a_melody_is_raised_and_widened_around_its_mean(
    f0: list[float], interval: float, width: float
) -> None:
    mean, deviation = 210.0, 45.0
    normalised = (np.array(f0) - mean) / deviation
    plan = plan_of(len(f0), Inflection(pitch=interval, range=width))

    scale, bias = plan.melody(mean / deviation, float(normalised.mean()))

    middle = float(np.mean(f0))
    wanted = frequency_ratio(interval) * (middle + width * (np.array(f0) - middle))
    np.testing.assert_allclose(mean + deviation * (scale * normalised + bias), wanted, rtol=0, atol=0.01)


def test_the_interval_of_a_word_and_of_the_whole_add_up() -> None:
    whole, parts = hello(pitch=5.0), hello(pitch=2.0, inflection=Inflection(pitch=3.0))

    for one, other in zip(whole.melody(4.0, 0.0), parts.melody(4.0, 0.0), strict=True):
        np.testing.assert_allclose(one, other, rtol=0, atol=1e-6)


def test_a_break_has_no_melody_to_move() -> None:
    plan = hello(pitch=7.0)

    scale, bias = plan.melody(4.0, 1.0)

    np.testing.assert_array_equal(scale[~plan.spoken], 1.0)
    np.testing.assert_array_equal(bias[~plan.spoken], 0.0)


def test_without_a_wish_the_melody_stays() -> None:
    scale, bias = hello().melody(4.0, 1.0)

    assert (set(scale), set(bias)) == ({1.0}, {0.0})


def test_where_the_corpus_is_not_known_a_usual_voice_is_raised() -> None:
    usual, known = (hello(pitch=12.0).melody(ratio, 0.0)[1] for ratio in (None, 1.25))

    np.testing.assert_array_equal(usual, known)


@pytest.mark.parametrize("kind", ["nsf", "vector"])
@pytest.mark.parametrize("wish", [ResolvedOptions(pitch=4.0), ResolvedOptions(pitch=-4.0)])
def test_the_network_predicts_the_melody_that_was_asked_for(kind: str, wish: ResolvedOptions) -> None:
    mean, deviation = _hertz(kind)
    plans = [
        model(kind).plan(say(HELLO).items, options, _first(kind)) for options in (ResolvedOptions(), wish)
    ]

    plain, moved = (_vary_pitch(kind, plan) for plan in plans)

    sounds = plans[0].spoken
    raised = frequency_ratio(wish.pitch) * (mean + deviation * plain[sounds])
    np.testing.assert_allclose(mean + deviation * moved[sounds], raised, rtol=0, atol=0.05)
    np.testing.assert_allclose(moved[~sounds], plain[~sounds], rtol=0, atol=1e-6)


def test_a_wider_melody_keeps_its_mean_in_the_network() -> None:
    wide = _inflect(HELLO, Inflection(range=2.0))
    plans = [model("nsf").plan(items, ResolvedOptions(), _first("nsf")) for items in (say(HELLO).items, wide)]

    plain, moved = (_vary_pitch("nsf", plan)[plan.spoken] for plan in plans)

    assert moved.mean() == pytest.approx(plain.mean(), abs=1e-5)
    assert moved.std() == pytest.approx(2.0 * plain.std(), rel=1e-4)


def _vary_pitch(kind: str, plan: Plan) -> Values:
    """(L,) normalised F0 under the plan's controls."""
    made = network(kind)
    return made.vary(*made.read(plan))["pitch"]


def _hertz(kind: str) -> tuple[float, float]:
    known = details(package(kind).manifest).pitch
    assert known is not None
    return known


def _first(kind: str) -> Shares:
    return ((package(kind).manifest.speakers[0], 1.0),)


def _inflect(words: str, inflection: Inflection) -> tuple[SpokenItem, ...]:
    items = say(words).items
    return tuple(item if isinstance(item, Mark) else replace(item, inflection=inflection) for item in items)


def _sounds(plan: Plan, count: int) -> Plan:
    """The plan without its breaks, and of as many symbols."""
    places = [place for place, sound in enumerate(plan.spoken) if sound][:count]
    return replace(
        plan,
        symbols=tuple(plan.symbols[place] for place in places),
        ids=plan.ids[places],
        speakers=plan.speakers[places],
        emotions=plan.emotions[places],
    )
