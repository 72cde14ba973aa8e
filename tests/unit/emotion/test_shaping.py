"""Curves are moved by what was asked, and by nothing else."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from huisheng.emotion.shaping import (
    HIGHEST_F0,
    HIGHEST_LIFT,
    HIGHEST_MEAN,
    HIGHEST_PEAK,
    LOWEST_F0,
    WIDEST,
    Curve,
    Register,
    bend,
    fit,
    lift,
    move,
    register,
    semitones,
    soften,
)

DURATIONS = arrays(np.float32, st.integers(1, 60), elements=st.floats(1.0, 40.0, width=32))
TOTALS = st.floats(0.0, 3_000.0)


@given(DURATIONS, TOTALS)
def test_fitted_frames_add_up_to_what_was_asked_or_one_each(durations: Curve, total: float) -> None:
    assert abs(fit(durations, total).sum() - max(total, len(durations))) <= 1


@given(DURATIONS, TOTALS)
def test_every_symbol_keeps_a_frame(durations: Curve, total: float) -> None:
    assert fit(durations, total).min() >= 1


@given(DURATIONS, TOTALS, TOTALS)
def test_with_more_time_no_symbol_ends_earlier(durations: Curve, some: float, other: float) -> None:
    less, more = sorted((some, other))

    assert (np.cumsum(fit(durations, less)) <= np.cumsum(fit(durations, more))).all()


@given(DURATIONS)
def test_whole_frames_that_already_fit_stay(durations: Curve) -> None:
    whole = np.rint(durations)

    np.testing.assert_array_equal(fit(whole, float(whole.sum())), whole)


def test_time_is_shared_out_in_proportion() -> None:
    assert fit(np.array([10, 20, 30], dtype=np.float32), 120).tolist() == [20, 40, 60]


def test_a_hurried_word_loses_its_vowels_before_its_consonants() -> None:
    assert fit(np.array([2, 6, 2, 6], dtype=np.float32), 14.0).tolist() == [2, 5, 2, 5]


def test_equal_symbols_give_way_evenly() -> None:
    frames = fit(np.full(40, 4, dtype=np.float32), 140.0)

    halves = frames.reshape(2, 20).sum(axis=1)

    assert np.ptp(halves) <= 2


def test_nothing_needs_no_time() -> None:
    assert fit(np.zeros(0, dtype=np.float32), 10.0).tolist() == []


F0 = np.array([0, 100, 200, 400, 0, 0], dtype=np.float32)
VOICED = F0 > 0


def test_a_register_counts_voiced_frames_only() -> None:
    measured = register(F0, VOICED)

    assert measured is not None
    assert measured.mean == pytest.approx(12 * np.log2(200))
    assert measured.deviation == pytest.approx(12 * np.sqrt(2 / 3))


def test_nothing_voiced_has_no_register() -> None:
    assert register(F0, np.zeros(len(F0), dtype=np.bool_)) is None


def test_a_fall_and_a_narrowing_are_exact() -> None:
    assert Register(90.0, 3.0).move(-2.0, 0.5) == Register(88.0, 1.5)


def test_a_small_rise_in_a_low_voice_is_nearly_exact() -> None:
    moved = Register(80.0, 2.5).move(1.0, 1.2)

    assert moved.mean == pytest.approx(81.0, abs=0.02)
    assert moved.deviation == pytest.approx(3.0, abs=0.02)


REGISTERS = st.builds(Register, st.floats(80.0, 110.0), st.floats(0.5, 8.0))
SHIFTS = st.floats(-8.0, 8.0)
SCALES = st.floats(0.3, 3.0)


@given(REGISTERS, SHIFTS, SCALES)
def test_an_emotion_drives_no_voice_beyond_its_ease(plain: Register, shift: float, scale: float) -> None:
    moved = plain.move(shift, scale)

    lift = min(HIGHEST_LIFT, max(0.0, HIGHEST_MEAN - plain.mean) / 2.0)
    highest = plain.mean + lift
    assert moved.mean <= highest + 1e-9
    assert moved.deviation <= max(1.4 * plain.deviation, min(WIDEST, (HIGHEST_PEAK - highest) / 2.0)) + 1e-9


@pytest.mark.slow
@given(REGISTERS, SHIFTS, SHIFTS, SCALES, SCALES)
def test_more_of_an_emotion_is_never_less_of_it(
    plain: Register, shift: float, other_shift: float, scale: float, other_scale: float
) -> None:
    lower, higher = sorted((shift, other_shift))
    narrower, wider = sorted((scale, other_scale))

    some, more = plain.move(lower, narrower), plain.move(higher, wider)

    assert some.mean <= more.mean
    assert some.deviation <= more.deviation


@given(st.floats(-10.0, 10.0), st.floats(0.0, 10.0))
def test_a_change_is_eased_towards_its_limit_and_never_past_it(change: float, limit: float) -> None:
    assert soften(change, limit) <= min(change, limit) or change == pytest.approx(soften(change, limit))


def test_a_wish_for_pitch_is_met_beyond_the_ease_of_emotions() -> None:
    assert Register(HIGHEST_MEAN, 3.0).transpose(12.0) == Register(HIGHEST_MEAN + 12.0, 3.0)


@given(st.floats(-6, 6), st.floats(0.6, 1.6))
def test_a_moved_curve_is_in_its_new_register(shift: float, scale: float) -> None:
    curve = np.linspace(180, 260, 50, dtype=np.float32)
    voiced = np.ones(50, dtype=np.bool_)
    source = register(curve, voiced)
    assert source is not None
    target = Register(source.mean + shift, source.deviation * scale)

    moved = register(move(curve, voiced, source, target), voiced)

    assert moved is not None
    assert moved.mean == pytest.approx(target.mean, abs=1e-3)
    assert moved.deviation == pytest.approx(target.deviation, abs=1e-3)


def test_a_flat_curve_is_shifted_and_not_blown_up() -> None:
    curve = np.full(20, 200, dtype=np.float32)
    curve[::2] += 0.1
    voiced = np.ones(20, dtype=np.bool_)

    moved = move(curve, voiced, Register(float(semitones(curve).mean()), 0.0), Register(91.0, 4.0))

    assert np.ptp(semitones(moved)) < 0.1


@given(st.floats(-60, 60), st.floats(0.1, 10))
def test_a_voice_never_leaves_the_range_in_which_voices_speak(shift: float, scale: float) -> None:
    source = Register(91.0, 4.0)

    moved = move(F0, VOICED, source, source.move(shift, scale))

    assert moved[VOICED].min() >= LOWEST_F0
    assert moved[VOICED].max() <= HIGHEST_F0


def test_frames_without_voice_are_not_moved() -> None:
    moved = move(F0, VOICED, Register(90.0, 3.0), Register(97.0, 6.0))

    assert moved[~VOICED].tolist() == F0[~VOICED].tolist()


def test_a_bend_rises_over_its_place_and_stays() -> None:
    curve = np.full(10, 200, dtype=np.float32)

    bent = semitones(bend(curve, curve > 0, slice(2, 7), 4.0)) - semitones(curve)

    np.testing.assert_allclose(bent, [0, 0, 0, 1, 2, 3, 4, 4, 4, 4], atol=1e-4)


def test_a_bend_leaves_the_curve_that_it_was_given() -> None:
    curve = F0.copy()

    bend(curve, VOICED, slice(1, 3), 4.0)

    assert curve.tolist() == F0.tolist()


CURVES = arrays(np.float32, st.integers(1, 30), elements=st.floats(80.0, 400.0, width=32))


def even(curve: Curve, value: float) -> Curve:
    return np.full(len(curve), value, dtype=np.float32)


def lift_f0(curve: Curve, interval: float, scale: float, middle: float = 91.0) -> Curve:
    """Every point of a voiced curve raised and widened alike."""
    return lift(curve, curve > 0, even(curve, interval), even(curve, scale), middle)


@given(CURVES)
def test_a_lift_of_nothing_changes_nothing(curve: Curve) -> None:
    np.testing.assert_allclose(lift_f0(curve, 0.0, 1.0), curve, rtol=1e-5)


@given(CURVES, st.floats(-4.0, 4.0))
def test_a_lift_raises_every_point_by_its_interval(curve: Curve, interval: float) -> None:
    raised = semitones(lift_f0(curve, interval, 1.0)) - semitones(curve)

    np.testing.assert_allclose(raised, interval, atol=1e-3)


@given(CURVES, st.floats(0.2, 1.0))
def test_a_lift_widens_about_the_middle(curve: Curve, scale: float) -> None:
    narrowed = semitones(lift_f0(curve, 0.0, scale)) - 91.0

    np.testing.assert_allclose(narrowed, (semitones(curve) - 91.0) * scale, atol=1e-3)


def test_a_lift_raises_only_where_it_is_asked_to() -> None:
    curve = np.full(6, 200, dtype=np.float32)
    interval = np.array([0, 0, 4, 4, 0, 0], dtype=np.float32)

    raised = semitones(lift(curve, curve > 0, interval, even(curve, 1.0), 91.0)) - semitones(curve)

    np.testing.assert_allclose(raised, interval, atol=1e-4)


@given(st.floats(-800.0, 800.0), st.floats(0.0, 10.0))
def test_a_lift_never_leaves_the_range_in_which_voices_speak(interval: float, scale: float) -> None:
    raised = lift(F0, VOICED, even(F0, interval), even(F0, scale), 91.0)

    assert LOWEST_F0 <= raised[VOICED].min() <= raised[VOICED].max() <= HIGHEST_F0
    assert raised[~VOICED].tolist() == F0[~VOICED].tolist()
