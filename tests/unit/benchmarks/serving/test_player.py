import itertools

import pytest
from benchmarks.serving.player import Piece, play, widest_gap
from hypothesis import given
from hypothesis import strategies as st

SECONDS = st.floats(0.01, 2.0)
STREAMS = st.lists(st.tuples(SECONDS, SECONDS), min_size=1, max_size=12).map(
    lambda drawn: [
        Piece(moment, sound)
        for moment, (_, sound) in zip(itertools.accumulate(wait for wait, _ in drawn), drawn, strict=True)
    ]
)


def test_a_piece_that_comes_while_the_one_before_is_played_is_no_underrun() -> None:
    played = play([Piece(0.1, 1.0), Piece(1.1, 1.0)])

    assert (played.begins, played.underruns, played.silence) == (0.1, 0, 0.0)


def test_a_piece_that_comes_after_the_player_has_run_dry_is_an_underrun() -> None:
    played = play([Piece(0.1, 1.0), Piece(1.6, 1.0)])

    assert (played.underruns, played.silence) == (1, pytest.approx(0.5))


def test_what_was_gathered_ahead_covers_a_later_delay() -> None:
    assert play([Piece(0.0, 1.0), Piece(0.1, 1.0), Piece(1.9, 1.0)]).underruns == 0


def test_a_careful_player_begins_when_it_has_gathered_enough() -> None:
    played = play([Piece(0.1, 0.05), Piece(0.3, 0.05), Piece(0.4, 1.0)], buffer=0.1)

    assert (played.begins, played.underruns) == (0.3, 0)


def test_a_careful_player_plays_an_answer_that_is_shorter_than_it_gathers() -> None:
    assert play([Piece(0.1, 0.02), Piece(0.2, 0.02)], buffer=0.1).begins == 0.2


def test_after_an_underrun_a_careful_player_gathers_again() -> None:
    pieces = [Piece(0.0, 0.1), Piece(0.5, 0.05), Piece(0.7, 0.05), Piece(0.71, 0.5)]

    assert play(pieces, buffer=0.1).silence == pytest.approx(0.6)


@given(STREAMS)
def test_sound_and_silence_together_last_until_the_end(pieces: list[Piece]) -> None:
    # Whoever plays at once hears the last sample when everything has been played and waited for.
    played = play(pieces)
    end = played.begins + played.silence + sum(piece.sound for piece in pieces)

    assert end >= pieces[-1].moment + pieces[-1].sound - 1e-9
    assert end == pytest.approx(
        max(piece.moment + sum(later.sound for later in pieces[place:]) for place, piece in enumerate(pieces))
    )


@given(STREAMS, SECONDS)
def test_gathering_never_makes_more_underruns(pieces: list[Piece], buffer: float) -> None:
    assert play(pieces, buffer).underruns <= play(pieces).underruns


@given(STREAMS, SECONDS)
def test_playing_does_not_begin_before_the_first_piece(pieces: list[Piece], buffer: float) -> None:
    assert play(pieces, buffer).begins >= play(pieces).begins == pieces[0].moment


def test_the_widest_gap_is_the_longest_wait_between_neighbours() -> None:
    assert widest_gap([Piece(0.1, 1.0), Piece(0.2, 1.0), Piece(0.7, 1.0)]) == pytest.approx(0.5)


def test_a_single_piece_has_no_gap() -> None:
    assert widest_gap([Piece(0.1, 1.0)]) == 0.0
