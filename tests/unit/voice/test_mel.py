"""Equal contracts on the spectrogram fit; what differs is told; what is not stated fits nothing."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from huisheng.voice.mel import MelContract, objection

OURS: dict[str, Any] = {
    "sample_rate": 24_000,
    "hop": 300,
    "window": 1_200,
    "fft": 2_048,
    "offset": 150,
    "bands": 100,
    "lowest": 0.0,
    "highest": 12_000.0,
    "decibels": (-80.0, 20.0),
    "values": (-4.0, 4.0),
    "pitched": True,
}
OTHERS: dict[str, Any] = {
    "sample_rate": 22_050,
    "hop": 256,
    "window": 1_024,
    "fft": 1_024 * 4,
    "offset": 0,
    "bands": 80,
    "lowest": 50.0,
    "highest": 8_000.0,
    "decibels": (-100.0, 20.0),
    "values": (0.0, 1.0),
}


def contract(**change: object) -> MelContract:
    return MelContract.model_validate(OURS | change)


def test_a_vocoder_fits_a_voice_of_an_equal_contract() -> None:
    assert objection(contract(), contract()) is None


@pytest.mark.parametrize("field", OTHERS)
def test_one_number_that_differs_is_told_with_both_values(field: str) -> None:
    other = contract(**{field: OTHERS[field]})

    reason = objection(contract(), other)

    assert reason is not None
    assert reason.chinese.startswith("频谱不同（")
    assert reason.chinese.count("声码器要") == reason.english.count("wanted") == 1


def test_the_numbers_are_those_of_the_voice_and_of_the_vocoder() -> None:
    reason = objection(contract(), contract(hop=256, values=(0.0, 1.0)))

    assert reason is not None
    assert reason.chinese == "频谱不同（帧移 300，声码器要求 256；取值范围 -4…4，声码器要求 0…1）"
    assert reason.english == "the spectrograms differ (hop 300, wanted 256; values -4…4, wanted 0…1)"


def test_a_vocoder_that_reads_the_bands_alone_fits_a_voice_that_gives_a_pitch_too() -> None:
    assert objection(contract(pitched=True), contract(pitched=False)) is None


def test_a_vocoder_that_needs_a_pitch_fits_no_voice_that_gives_none() -> None:
    reason = objection(contract(pitched=False), contract(pitched=True))

    assert reason is not None
    assert ("音高" in reason.chinese, "pitch" in reason.english) == (True, True)


@pytest.mark.parametrize(("made", "read"), [(None, contract()), (contract(), None), (None, None)], ids=str)
def test_what_is_not_stated_fits_nothing(made: MelContract | None, read: MelContract | None) -> None:
    assert objection(made, read) is not None


@pytest.mark.parametrize(
    "wrong",
    [
        {"lowest": 12_000.0},
        {"values": (1.0, 1.0)},
        {"decibels": (20.0, -80.0)},
        {"window": 2_049},
        {"hop": 0},
        {"bands": 0},
        {"sample_rate": 24_000.0},
        {"highest": float("inf")},
        {"colour": "red"},
    ],
    ids=str,
)
def test_a_contract_that_is_none_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        contract(**wrong)


def test_a_contract_is_read_as_it_was_written() -> None:
    assert MelContract.model_validate_json(contract().model_dump_json()) == contract()
