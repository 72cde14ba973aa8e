import json

import pytest
from benchmarks.long_text import Reading, growth, json_line, read, text_of


@pytest.mark.parametrize("length", [1, 199, 200, 1999])
def test_a_text_has_the_length_that_is_asked_for(length: int) -> None:
    assert len(text_of(length)) == length


def test_the_whole_text_is_spoken() -> None:
    assert read("silent", 500).characters == 500


def test_growth_is_what_the_longer_text_needed_more() -> None:
    assert growth(_reading(10, 100.0), _reading(30, 102.5)) == 2.5


def test_growth_is_unknown_where_the_system_tells_no_peak() -> None:
    assert growth(_reading(10, None), _reading(30, None)) is None


def test_the_last_line_tells_of_the_longer_text() -> None:
    told = json.loads(json_line("silent", _reading(10, 100.0), _reading(30, 102.5)))

    assert (told["characters"], told["peak_memory_mb"], told["growth_mb"]) == (30, 102.5, 2.5)


def _reading(characters: int, peak: float | None) -> Reading:
    return Reading(characters, wall=1.0, sound=2.0, largest=0.5, peak=peak)
