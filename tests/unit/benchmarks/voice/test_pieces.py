from __future__ import annotations

import numpy as np
import pytest
from benchmarks.voice.pieces import OTHERS, PLAIN, TranscriptionSetup, pieces

RATE = 8_000


def recording(*stretches: tuple[float, float]) -> np.ndarray:
    """Noise of so many seconds and so much amplitude, one stretch after the other."""
    random = np.random.default_rng(0)
    return np.concatenate(
        [random.standard_normal(round(seconds * RATE)) * level for seconds, level in stretches]
    ).astype(np.float32)


def cuts(samples: np.ndarray) -> list[float]:
    """Seconds at which a recording is cut."""
    return (np.cumsum([len(piece) for piece in pieces(samples, RATE)])[:-1] / RATE).tolist()


def test_a_short_recording_stays_whole() -> None:
    samples = recording((PLAIN.longest + PLAIN.shortest, 0.1))

    assert len(pieces(samples, RATE)) == 1


def test_pieces_together_are_the_whole() -> None:
    samples = recording((30.0, 0.1))[:-7]

    np.testing.assert_array_equal(np.concatenate(pieces(samples, RATE)), samples)


def test_a_long_recording_is_cut_in_its_pauses() -> None:
    samples = recording((4.0, 0.1), (0.4, 0.0), (5.0, 0.1), (0.4, 0.0), (5.0, 0.1))

    first, second = cuts(samples)

    assert 4.0 < first < 4.4
    assert 9.4 < second < 9.8


def test_the_closure_of_a_stop_is_no_pause() -> None:
    samples = recording((3.0, 0.1), (0.05, 0.0), (1.0, 0.1), (0.3, 0.001), (5.0, 0.1))

    assert cuts(samples) == [pytest.approx(4.2, abs=0.15)]


@pytest.mark.parametrize("setup", [PLAIN, *OTHERS], ids=str)
def test_no_piece_is_longer_or_shorter_than_the_setup_wants(setup: TranscriptionSetup) -> None:
    lengths = [len(piece) / RATE for piece in pieces(recording((60.0, 0.1)), RATE, setup)]

    assert max(lengths) <= setup.longest + setup.shortest
    assert min(lengths[:-1]) >= setup.shortest
