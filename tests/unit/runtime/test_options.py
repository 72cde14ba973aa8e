"""What a program passes to the library is refused by name before anything is done with it."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import pytest

from huisheng.errors import InvalidArgument, OutOfRange, RequestError, UnknownArgument
from huisheng.runtime.options import BOUNDS
from huisheng.runtime.speech import Speech
from huisheng.runtime.synthesizer import Synthesizer
from huisheng.testing import SilentEngine
from huisheng.units import Hertz

Value: TypeAlias = Any  # whatever a program may pass

SPEAKING = ("speak", "stream", "render")
READING = ("explain",)
TEXTS: tuple[Any, ...] = (None, 5, b"\xe4\xbd\xa0", ["你好"], Path("你好"))
WRONG: dict[str, tuple[Any, ...]] = {
    "voice": (5, None, ["lan"], b"lan"),
    "emotion": (3, None, ["happy"], {"happy": 1}),
    "intensity": (None, "strong", True, [1], 1j),
    "speed": ("fast", None, False, "1.5"),
    "pitch": ("high", None, [0]),
    "volume": ("loud", None, b"1"),
    "markup": (["ssml"], None, 1),
    "lexicon": ({"好": 5}, {5: "hao3"}, None, 5, [("好", "hao3")], {"好": None}),
}
ROUND: list[tuple[str, Any]] = [(name, value) for name, values in WRONG.items() for value in values]


@pytest.fixture(scope="module")
def synthesizer() -> Synthesizer:
    return Synthesizer(SilentEngine())


@pytest.mark.parametrize(("name", "value"), ROUND)
@pytest.mark.parametrize("method", [*SPEAKING, "digest"])
def test_an_argument_of_a_wrong_type_is_named(
    synthesizer: Synthesizer, method: str, name: str, value: Value
) -> None:
    with pytest.raises(InvalidArgument, match=f"参数 {name} 应为") as told:
        getattr(synthesizer, method)("你好", **{name: value})

    assert told.value.name == name
    assert told.value.english.startswith(f"{name} must be ")


@pytest.mark.parametrize("value", TEXTS)
@pytest.mark.parametrize("method", [*SPEAKING, *READING, "digest"])
def test_a_text_that_is_none_is_named(synthesizer: Synthesizer, method: str, value: Value) -> None:
    with pytest.raises(InvalidArgument, match="参数 text 应为字符串"):
        getattr(synthesizer, method)(value)


@pytest.mark.parametrize(("name", "value"), [pair for pair in ROUND if pair[0] in ("markup", "lexicon")])
@pytest.mark.parametrize("method", READING)
def test_what_only_reads_names_it_too(synthesizer: Synthesizer, method: str, name: str, value: Value) -> None:
    with pytest.raises(InvalidArgument, match=f"参数 {name} 应为"):
        getattr(synthesizer, method)("你好", **{name: value})


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("emotoin", "emotion"),
        ("Voice", "voice"),
        ("volumn", "volume"),
        ("lexcion", "lexicon"),
        ("spead", "speed"),
    ],
)
@pytest.mark.parametrize("method", SPEAKING)
def test_a_misspelt_argument_is_told_with_the_nearest_name(
    synthesizer: Synthesizer, method: str, written: str, meant: str
) -> None:
    with pytest.raises(UnknownArgument, match=f"没有参数 {written}，是否想写 {meant}？") as told:
        getattr(synthesizer, method)("你好", **{written: 1})

    assert told.value.nearest == meant


def test_an_argument_like_none_is_told_with_all_names(synthesizer: Synthesizer) -> None:
    with pytest.raises(UnknownArgument, match="没有参数 nope。可用参数：voice、emotion、intensity、"):
        getattr(synthesizer, "delivery")(nope=1)  # noqa: B009 (a type checker refuses it otherwise)


def test_arguments_of_a_part_are_none_of_the_whole(synthesizer: Synthesizer) -> None:
    with pytest.raises(UnknownArgument, match="sample_rate"):
        getattr(synthesizer, "speak")("你好", sample_rate=16_000)  # noqa: B009


def test_a_refusal_never_repeats_the_text(synthesizer: Synthesizer) -> None:
    with pytest.raises(RequestError) as told:
        getattr(synthesizer, "speak")("秘密".encode())  # noqa: B009

    assert "秘密" not in told.value.message + told.value.english


@pytest.mark.parametrize("name", BOUNDS)
@pytest.mark.parametrize("value", [float("nan"), float("inf"), 10**400, -(10**400), np.float32(99)])
def test_a_number_that_is_none_of_the_range_is_out_of_range(
    synthesizer: Synthesizer, name: str, value: Value
) -> None:
    with pytest.raises(OutOfRange, match=name):
        synthesizer.delivery(**{name: value})


@pytest.mark.parametrize("value", [1, np.float32(1.0), np.int64(1), Fraction(1)])
def test_a_number_of_any_kind_will_do(synthesizer: Synthesizer, value: Value) -> None:
    speed = synthesizer.delivery(speed=value).speed

    assert (speed, type(speed)) == (1.0, float)


@pytest.mark.parametrize(("name", "value"), [("engine", "kokoro"), ("lexicon", "words.txt")])
def test_a_name_in_place_of_a_part_is_refused(name: str, value: Value) -> None:
    with pytest.raises(InvalidArgument, match=f"参数 {name} 应为"):
        Synthesizer(**{name: value})


@pytest.fixture
def speech() -> Speech:
    return Speech("好", np.zeros(10, dtype=np.float32), Hertz(24_000), ())


@pytest.mark.parametrize("value", [None, 5, b"wav"])
def test_a_format_that_is_no_name_is_refused(speech: Speech, value: Value) -> None:
    with pytest.raises(InvalidArgument, match="参数 audio_format 应为"):
        speech.encode(value)


@pytest.mark.parametrize(
    ("name", "value"), [("sample_rate", "16000"), ("sample_rate", 16e3), ("producer", 5)]
)
def test_what_a_file_shall_be_is_refused_by_name(speech: Speech, name: str, value: Value) -> None:
    with pytest.raises(InvalidArgument, match=f"参数 {name} 应为"):
        speech.encode("wav", **{name: value})


@pytest.mark.parametrize("value", [None, 5, b"x.wav"])
def test_a_path_that_is_none_is_refused(speech: Speech, value: Value) -> None:
    with pytest.raises(InvalidArgument, match="参数 path 应为"):
        speech.save(value)
