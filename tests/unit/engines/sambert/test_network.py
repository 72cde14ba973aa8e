"""From a plan to frames: what the decoder is given, when, and for how much memory."""

from __future__ import annotations

import tracemalloc
from dataclasses import replace
from itertools import islice

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.engines.sambert.tiny import HELLO, model, network, package
from tests.unit.engines.toy_kokoro import say

from huisheng.engines.graphs import Graph
from huisheng.engines.sambert.network import CHUNKS, Decoder, Outline, insert_hesitations, positions, schedule
from huisheng.engines.sambert.steps import DecoderSteps
from huisheng.engines.two_stage.plan import Plan
from huisheng.types import Emotion, ResolvedOptions

GROUP = 3
TEXT = 8
"""P of the tiny voices."""


def plan() -> Plan:
    return model().plan(say(HELLO).items, ResolvedOptions(emotion=Emotion("sad")), (("f7", 1.0),))


def outline(frames: list[int], band: int = 2) -> Outline:
    """Symbols of random content."""
    random = np.random.default_rng(1)
    text, speakers, emotions = (
        random.standard_normal((len(frames), channels), np.float32) for channels in (TEXT, 6, 4)
    )
    return Outline(text, speakers, emotions, np.array(frames), band)


def decoder(spoken: Outline) -> Decoder:
    return Decoder(DecoderSteps(Graph(package(), "decoder.onnx")), GROUP, spoken)


# Memory of the decoder


def test_a_step_remembers_the_texts_of_its_frames_and_the_speaker_of_the_first() -> None:
    spoken = outline([2, 4])
    places = positions(np.array([1, 2, 1]), TEXT)

    (step,) = decoder(spoken).memory(0, 1)

    owners = [0, 0, 1]
    wanted = [*(spoken.text[owners] + places), spoken.speakers[0], spoken.emotions[0]]
    np.testing.assert_allclose(step, np.concatenate(wanted), rtol=0, atol=1e-6)


def test_a_symbol_of_no_frame_is_in_no_step() -> None:
    with_it, without = outline([3, 0, 3]), outline([3, 3])
    lasting = replace(
        without,
        text=with_it.text[[0, 2]],
        speakers=with_it.speakers[[0, 2]],
        emotions=with_it.emotions[[0, 2]],
    )

    np.testing.assert_array_equal(decoder(with_it).memory(0, 2), decoder(lasting).memory(0, 2))


def test_after_the_end_of_the_utterance_there_is_nothing() -> None:
    memory = decoder(outline([4, 2])).memory(0, 5)

    assert memory[1].any()
    assert not memory[2:].any()


def test_frames_that_fill_up_the_last_step_have_only_the_place_of_padding() -> None:
    step = decoder(outline([4])).memory(1, 2)[0]

    np.testing.assert_array_equal(step[TEXT : 2 * TEXT], positions(np.array([0]), TEXT)[0])


@given(first=st.integers(0, 9), count=st.integers(1, 10))
def test_the_memory_of_some_steps_is_a_part_of_that_of_all(first: int, count: int) -> None:
    made = decoder(outline([5, 1, 0, 7, 11, 4]))

    part, whole = made.memory(first, first + count), made.memory(0, 20)

    np.testing.assert_array_equal(part, whole[first : first + count])


def test_even_channels_of_a_position_are_sines_and_odd_ones_cosines_of_a_wavelength_each_two() -> None:
    rows = positions(np.array([0, 1, 5]), 4)

    angles = np.array([0.0, 1.0, 5.0])
    slow = angles / 100.0
    wanted = np.stack([np.sin(angles), np.cos(angles), np.sin(slow), np.cos(slow)], axis=1)
    np.testing.assert_allclose(rows, wanted, rtol=0, atol=1e-6)


# Streaming


def test_frames_come_in_stretches_of_the_schedule() -> None:
    lengths = [len(chunk) for chunk in decoder(outline([50] * 20)).chunks()]

    steps = [*CHUNKS, CHUNKS[-1], CHUNKS[-1], CHUNKS[-1]]
    assert lengths[:-1] == [GROUP * count for count in steps][: len(lengths) - 1]
    assert sum(lengths) == 1_000


@given(steps=st.integers(0, 1_000), sizes=st.lists(st.integers(1, 200), min_size=1, max_size=4))
def test_the_pieces_of_a_schedule_are_all_steps(steps: int, sizes: list[int]) -> None:
    pieces = list(schedule(steps, tuple(sizes)))

    asked = [*sizes, *[sizes[-1]] * len(pieces)]
    assert sum(pieces) == steps
    assert pieces[:-1] == asked[: max(0, len(pieces) - 1)]
    assert all(piece <= size for piece, size in zip(pieces, asked, strict=False))


def test_an_utterance_tells_the_frames_of_its_pieces_beforehand() -> None:
    spoken = outline([50] * 20)

    lengths = list(network().lengths(spoken))

    assert lengths == [GROUP * count for count in schedule(-(-1_000 // GROUP))]
    assert len(lengths) == len(list(network().mels(spoken)))


def test_the_first_frames_are_made_before_the_rest_is_asked_for() -> None:
    endless = outline([10**9])

    (first,) = islice(network().mels(endless), 1)

    assert 0 < len(first) <= GROUP * CHUNKS[0]


def peak(frames: int) -> int:
    """Bytes at most that an utterance of so many frames takes while it is made and let go."""
    spoken = outline([50] * (frames // 50))
    tracemalloc.start()
    for _ in network().mels(spoken):
        pass
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return most


def test_ten_times_the_length_takes_no_more_memory() -> None:
    short = max(peak(1_000) for _ in range(2))  # the first time also counts what is made once

    assert peak(10_000) < 2 * short


# Hesitation


def hesitations() -> np.ndarray:
    """(3, 3, P)"""
    return np.arange(9 * TEXT, dtype=np.float32).reshape(3, 3, TEXT)


def test_a_sound_of_hesitation_comes_before_its_symbol() -> None:
    spoken = plan()
    own = np.ones((len(spoken.symbols), TEXT), np.float32)
    pauses = np.zeros(len(own), dtype=np.int64)
    pauses[2] = 3

    longer, text = insert_hesitations(spoken, own, pauses, hesitations())

    np.testing.assert_array_equal(text[2:5], hesitations()[2])
    np.testing.assert_array_equal(np.delete(text, [2, 3, 4], axis=0), own)
    assert longer.symbols[2:6] == (spoken.symbols[2],) * 4


@given(pauses=st.lists(st.integers(0, 3), min_size=11, max_size=11))
def test_every_symbol_keeps_its_emotion_and_speaker_and_gives_them_to_its_hesitation(
    pauses: list[int],
) -> None:
    spoken = plan()
    count = len(spoken.symbols)
    own = np.zeros((count, TEXT), np.float32)

    longer, text = insert_hesitations(spoken, own, np.array(pauses[:count]), hesitations())

    owners = np.repeat(np.arange(count), [4 if pause else 1 for pause in pauses[:count]])
    np.testing.assert_array_equal(longer.emotions, spoken.emotions[owners])
    np.testing.assert_array_equal(longer.speakers, spoken.speakers[owners])
    np.testing.assert_array_equal(longer.ids, spoken.ids[owners])
    assert len(text) == len(owners)


@pytest.mark.parametrize("sound", [1, 2, 3])
def test_without_hesitation_a_plan_stays(sound: int) -> None:
    spoken = plan()
    own = np.full((len(spoken.symbols), TEXT), sound, np.float32)

    longer, text = insert_hesitations(spoken, own, np.zeros(len(own), dtype=np.int64), hesitations())

    assert longer.symbols == spoken.symbols
    np.testing.assert_array_equal(text, own)
