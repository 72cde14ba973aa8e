"""Frames of a voice that makes all of them at once: those of its model, whatever windows they come in."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.engines.parallel.tiny_parallel import (
    ENERGY,
    HOP,
    model,
    network,
    networks,
    package,
    parallel,
    vocoder,
)
from tests.unit.engines.sambert.tiny import LONG
from tests.unit.engines.toy_kokoro import say

from huisheng.acoustic.inputs import Inputs
from huisheng.acoustic.length_regulator import regulator
from huisheng.acoustic.parallel import ParallelOutput
from huisheng.acoustic.parallel import spread as taught_spread
from huisheng.engines.parallel.network import (
    WINDOWS,
    Contours,
    ParallelNetwork,
    ParallelPipeline,
    Score,
    spread,
)
from huisheng.engines.two_stage.plan import Plan
from huisheng.types import Emotion, Inflection, Mark, ResolvedOptions

LAST_REST = 8
"""Frames of the last break at most."""


def plan(words: str = LONG, options: ResolvedOptions | None = None) -> Plan:
    return model().plan(say(words).items, options or ResolvedOptions(), (("song", 1.0),))


def score(words: str = LONG, options: ResolvedOptions | None = None) -> Score:
    return network().outline(plan(words, options))[1]


def random_score(total: int) -> Score:
    """So many frames of nothing in particular."""
    random = np.random.default_rng(total)
    text = random.standard_normal((total, score().text.shape[1]), np.float32)
    pitch, voicing, energy = random.standard_normal((3, total), np.float32)
    voiced = (voicing > 0.0).astype(np.float32)
    return Score(np.array([total]), text, Contours(pitch, voiced, energy))


def lasting(total: int) -> Score:
    """So many frames, whatever is in them."""
    nothing = np.zeros((total, 0), dtype=np.float32)
    return Score(np.array([total]), nothing, Contours(nothing, nothing, nothing))


@torch.inference_mode()
def infer_in_torch(said: Plan) -> ParallelOutput:
    """What the model says in torch."""
    acoustic = networks().acoustic
    return acoustic.infer(
        Inputs(
            symbols=torch.as_tensor(said.ids)[None],
            emotions=torch.as_tensor(said.emotions)[None],
            speakers=torch.as_tensor(said.speakers)[None],
            lengths=torch.tensor([len(said.symbols)]),
        )
    )


# What the model says


def test_symbols_are_spread_as_they_were_in_training() -> None:
    symbols = np.random.default_rng(1).standard_normal((5, 3), np.float32)
    frames = np.array([2, 0, 7, 1, 3])

    counts = torch.as_tensor(frames)[None]
    wanted = taught_spread(torch.as_tensor(symbols)[None], regulator(counts), counts)[0].numpy()

    np.testing.assert_allclose(spread(symbols, frames), wanted, rtol=0, atol=1e-6)


def test_symbols_last_as_long_as_the_model_says() -> None:
    made, wanted = score(), infer_in_torch(plan())

    lengths = np.floor(np.expm1(wanted.log_durations[0].numpy()) + 0.5)
    np.testing.assert_array_equal(made.frames[:-1], lengths[:-1])
    assert made.frames[-1] == min(lengths[-1], LAST_REST)


def test_without_a_wish_contours_and_frames_are_those_of_the_model() -> None:
    made, wanted = score(), infer_in_torch(plan())

    mel = np.concatenate(list(network().mels(made)))

    assert len(mel) == wanted.mel.shape[1]  # no break was cut
    np.testing.assert_allclose(made.contours.pitch, wanted.contours.pitch[0].numpy(), rtol=0, atol=1e-5)
    np.testing.assert_array_equal(made.contours.voicing, wanted.contours.voicing[0].numpy() > 0.0)
    np.testing.assert_allclose(mel[:, :-2], wanted.mel[0].numpy(), rtol=0, atol=1e-4)


def test_pitch_and_voicing_go_along_with_the_frames() -> None:
    made = score()

    mel = np.concatenate(list(network().mels(made)))

    np.testing.assert_array_equal(mel[:, -2:], np.stack(made.contours[:2], axis=1))


@pytest.mark.parametrize("speed", [0.5, 2.0])
def test_frames_are_as_many_less_as_it_is_faster(speed: float) -> None:
    plain, changed = score(), score(options=ResolvedOptions(speed=speed))

    assert changed.total / plain.total == pytest.approx(1.0 / speed, rel=0.15)


def test_an_emotion_is_heard_in_the_melody() -> None:
    sad = score(options=ResolvedOptions(emotion=Emotion("sad")))

    assert sad.text.shape[1] == score().text.shape[1]
    assert abs(float(sad.contours.pitch.mean() - score().contours.pitch.mean())) > 1e-3


def test_effort_is_counted_by_the_corpus_of_the_voice() -> None:
    louder = tuple(
        item if isinstance(item, Mark) else replace(item, inflection=Inflection(effort=1.5))
        for item in say("ni3 hao3").items
    )
    plain, strong = (
        network().outline(model().plan(items, ResolvedOptions(), (("song", 1.0),)))[1].contours.energy
        for items in (say("ni3 hao3").items, louder)
    )

    ratio = ENERGY[0] / ENERGY[1]
    np.testing.assert_allclose(strong, 1.5 * (plain + ratio) - ratio, rtol=0, atol=1e-5)


# Windows


@given(total=st.integers(1, 3_000))
def test_windows_are_all_frames_once_in_order(total: int) -> None:
    windows = list(network().windows(lasting(total)))

    assert windows[0][0] == 0
    assert windows[-1][1] == total
    assert all(one[1] == other[0] for one, other in pairwise(windows))


@given(total=st.integers(1, 3_000))
def test_no_window_is_smaller_than_what_surrounds_it_but_where_it_is_the_only_one(total: int) -> None:
    sizes = [end - start for start, end in network().windows(lasting(total))]

    least = parallel().decoder_reach + vocoder().ahead
    assert len(sizes) == 1 or min(sizes) >= least
    assert max(sizes) < WINDOWS[-1] + least


def test_a_third_of_a_second_of_the_first_window_comes_at_once() -> None:
    first = next(ParallelPipeline(network(), vocoder(), 1).samples(random_score(500)))

    assert 0 <= len(first) - WINDOWS[0] * HOP < HOP


@pytest.mark.parametrize("total", [1, 5, 40, 300])
def test_frames_in_windows_are_those_of_one_call(total: int) -> None:
    made = random_score(total)

    windows = np.concatenate(list(network().mels(made)))

    np.testing.assert_allclose(windows, network().mel(made, (0, total)), rtol=0, atol=1e-6)


@given(cuts=st.sets(st.integers(1, 149), max_size=6))
def test_however_frames_are_cut_they_are_those_of_one_call(cuts: set[int]) -> None:
    made, ends = random_score(150), [0, *sorted(cuts), 150]

    pieces = [network().mel(made, window) for window in pairwise(ends)]

    np.testing.assert_allclose(np.concatenate(pieces), network().mel(made, (0, 150)), rtol=0, atol=1e-6)


def test_two_halves_are_the_frames_of_one_window() -> None:
    made = random_score(200)
    with ThreadPoolExecutor(1) as queue:
        halves = network().mel(made, (20, 180), queue)

    np.testing.assert_allclose(halves, network().mel(made, (20, 180)), rtol=0, atol=1e-6)


def test_a_melody_in_halves_is_that_of_one_call() -> None:
    said = plan(" ".join([LONG] * 3))
    with ThreadPoolExecutor(1) as queue:
        halves = network().outline(said, queue)[1].contours

    assert queue._threads
    for half, whole in zip(halves, network().outline(said)[1].contours, strict=True):
        np.testing.assert_allclose(half, whole, rtol=0, atol=1e-5)


def test_a_melody_of_unknown_reach_is_made_in_one_piece() -> None:
    unknown = parallel().model_copy(update={"contours_reach": None})
    with ThreadPoolExecutor(1) as queue:
        ParallelNetwork(package(), unknown, vocoder().ahead).outline(plan(" ".join([LONG] * 3)), queue)

    assert not queue._threads


# Samples


@pytest.mark.parametrize("words", [LONG, "a5"])
def test_two_threads_make_the_same_samples_as_one(words: str) -> None:
    made = score(words, ResolvedOptions(speed=0.5))

    one, two = (list(ParallelPipeline(network(), vocoder(), threads).samples(made)) for threads in (1, 2))

    assert [len(piece) for piece in one] == [len(piece) for piece in two]
    np.testing.assert_allclose(np.concatenate(two), np.concatenate(one), rtol=0, atol=1e-6)


def test_all_frames_become_samples() -> None:
    samples = np.concatenate(list(ParallelPipeline(network(), vocoder(), 2).samples(random_score(333))))

    assert len(samples) == 333 * HOP
    assert np.isfinite(samples).all()


def test_a_closed_stream_leaves_the_helper_to_others() -> None:
    made = ParallelPipeline(network(), vocoder(), 2)
    stopped = made.samples(random_score(1_000))
    next(stopped)
    stopped.close()

    with made._helper.claim() as queue:
        assert queue is not None


def test_while_a_piece_is_handed_over_the_helper_is_free() -> None:
    made = ParallelPipeline(network(), vocoder(), 2)
    stopped = made.samples(random_score(1_000))
    next(stopped)

    with made._helper.claim() as queue:
        assert queue is not None


def test_memory_beyond_the_score_does_not_grow_with_the_length() -> None:
    stream = vocoder().stream()
    made = random_score(4_000)

    for mel in network().mels(made):
        stream.process(mel)

    assert stream._frames is not None
    assert len(stream._frames) < WINDOWS[-1]
