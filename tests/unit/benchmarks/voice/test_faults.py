from __future__ import annotations

import numpy as np
import pytest
from benchmarks.voice.faults import FaultyReader, insert_fault
from benchmarks.voice.opening import SILENT
from benchmarks.voice.readers import PackageReader

from huisheng.runtime.speech import Speech
from huisheng.types import Samples, Span, Timing
from huisheng.units import Hertz, Seconds

RATE = Hertz(100)
SIX = "甲乙丙丁戊己"


def ramp_speech(text: str, gap: int = -1) -> Speech:
    """Ten samples a character, its place in each; before one of them ten of −1."""
    timings: list[Timing] = []
    pieces: list[Samples] = []
    for place in range(len(text)):
        if place == gap:
            pieces.append(np.full(10, -1, dtype=np.float32))
        start = len(pieces) * 0.1
        pieces.append(np.full(10, place, dtype=np.float32))
        timings.append(Timing(Span(place, place + 1), Seconds(start), Seconds(start + 0.1)))
    return Speech(text, np.concatenate(pieces), RATE, tuple(timings))


def order(speech: Speech) -> list[int]:
    return speech.samples[::10].astype(int).tolist()


def test_two_syllables_in_the_middle_are_cut_out() -> None:
    assert order(insert_fault(ramp_speech(SIX), SIX, "dropped")) in ([0, 3, 4, 5], [0, 1, 4, 5], [0, 1, 2, 5])


def test_two_syllables_in_the_middle_stand_twice() -> None:
    made = order(insert_fault(ramp_speech(SIX), SIX, "doubled"))

    assert made[:2] == [0, 1]
    assert sorted(made) in ([0, 1, 1, 2, 2, 3, 4, 5], [0, 1, 2, 2, 3, 3, 4, 5], [0, 1, 2, 3, 3, 4, 4, 5])


def test_two_between_which_there_is_a_pause_do_not_belong_together() -> None:
    assert order(insert_fault(ramp_speech(SIX, gap=3), SIX, "dropped")) in (
        [0, -1, 3, 4, 5],
        [0, 1, 2, -1, 5],
    )


@pytest.mark.parametrize("text", ["甲", "AB", "甲甲"], ids=["one", "no Chinese", "alike"])
def test_where_there_are_no_two_syllables_nothing_is_changed(text: str) -> None:
    whole = ramp_speech(text)

    assert insert_fault(whole, text, "dropped") is whole


def test_each_fault_is_another_recording() -> None:
    reader = PackageReader(SILENT, "silent")
    readers = [FaultyReader(reader, "dropped"), FaultyReader(reader, "doubled")]

    assert len({reader.fingerprint, *(one.fingerprint for one in readers)}) == 3
    assert {one.voice for one in readers} == {"silent"}


def test_a_spoiled_reader_reads_with_the_fault() -> None:
    reader = PackageReader(SILENT, "silent")

    whole, cut = (len(one.read("今天天气。").samples) for one in (reader, FaultyReader(reader, "dropped")))

    assert whole - cut == pytest.approx(0.4 * 24_000, abs=2)
