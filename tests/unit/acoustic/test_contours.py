"""Melody, voicing and effort of frames: how they are written, and how the decoder hears them."""

from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.acoustic.tiny import to_lists
from torch import Tensor

from huisheng.acoustic.config import ParallelConfig
from huisheng.acoustic.contours import (
    MIDDLE,
    SEMITONE,
    ContourEmbedding,
    Contours,
    f0_of,
    gaussians,
    pitch_of,
)

CONFIG = ParallelConfig(pitches=16, efforts=5)
EMBEDDING = ContourEmbedding(CONFIG)
HEIGHTS = torch.linspace(-1.0, 1.0, 5)
BESIDE = math.exp(-0.5)


def embeddings(pitch: float = 0.0, voicing: float = 1.0, energy: float = 0.0) -> tuple[Tensor, Tensor]:
    """What the decoder hears of one frame: of its pitch, and of its energy."""
    contours = Contours(*(torch.tensor([[value]]) for value in (pitch, voicing, energy)))
    found = EMBEDDING(contours)[0, 0]
    return found[: CONFIG.pitches], found[CONFIG.pitches :]


@given(f0=st.floats(20.0, 2_000.0))
def test_a_pitch_becomes_the_frequency_that_it_came_from(f0: float) -> None:
    there = pitch_of(torch.tensor(f0, dtype=torch.float64))

    assert f0_of(there).item() == pytest.approx(f0, rel=1e-9)


def test_the_middle_has_the_pitch_0() -> None:
    assert pitch_of(torch.tensor(MIDDLE)).item() == 0.0


def test_an_octave_is_twelve_semitones() -> None:
    low, high = pitch_of(torch.tensor([110.0, 220.0]))

    assert (high - low).item() == pytest.approx(12 * SEMITONE)


@pytest.mark.parametrize("place", range(5))
def test_a_value_is_nearest_to_its_own_height_and_as_near_to_both_neighbours(place: int) -> None:
    found = gaussians(HEIGHTS[None, place : place + 1], HEIGHTS)[0, 0]

    assert found[place] == 1.0
    around = [found[other].item() for other in (place - 1, place + 1) if 0 <= other < len(HEIGHTS)]
    assert around == pytest.approx([BESIDE] * len(around))


def test_a_value_half_way_is_as_near_to_both() -> None:
    found = gaussians(torch.tensor([[0.25]]), HEIGHTS)[0, 0]

    assert found[2].item() == pytest.approx(found[3].item())


def test_a_pitch_is_embedded_at_its_height_between_the_lowest_and_the_highest() -> None:
    lowest, _ = embeddings(pitch_of(torch.tensor(CONFIG.lowest)).item())
    highest, _ = embeddings(pitch_of(torch.tensor(CONFIG.highest)).item())

    assert (int(lowest.argmax()), int(highest.argmax())) == (0, CONFIG.pitches - 1)
    assert float(lowest.max()) == pytest.approx(1.0)


@pytest.mark.parametrize("pitch", [-2.0, 0.0, 3.0])
def test_an_unvoiced_frame_has_no_pitch(pitch: float) -> None:
    found, _ = embeddings(pitch, voicing=0.0)

    assert not found.any()


def test_an_unvoiced_frame_keeps_its_energy() -> None:
    _, found = embeddings(voicing=0.0, energy=1.0)

    assert int(found.argmax()) == 3  # of −2 −1 0 1 2


@pytest.mark.parametrize(("energy", "bound"), [(9.0, CONFIG.loudest), (-9.0, CONFIG.quietest)])
def test_an_energy_beyond_the_loudest_and_the_quietest_is_embedded_as_these(
    energy: float, bound: float
) -> None:
    assert torch.equal(embeddings(energy=energy)[1], embeddings(energy=bound)[1])


def test_the_rows_of_heights_are_no_weights() -> None:
    assert to_lists(torch.tensor(len(EMBEDDING.state_dict()))) == 0
