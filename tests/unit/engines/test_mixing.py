"""Several speakers as one voice."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huisheng.engines.mixing import format_mixture, shares
from huisheng.engines.protocol import Capabilities
from huisheng.errors import UnknownVoice
from huisheng.testing import SILENT_VOICE

LAN = replace(SILENT_VOICE, id="lan", name="兰", family="trio")
MEI = replace(SILENT_VOICE, id="mei", name="梅", family="trio")
ZHU = replace(SILENT_VOICE, id="zhu", name="竹", family="another")
ALONE = replace(SILENT_VOICE, id="alone", name="独")
KNOWN = Capabilities("toy", (LAN, MEI, ZHU, ALONE))


def test_a_single_voice_has_all_of_itself() -> None:
    assert shares("lan") == {"lan": 1.0}


def test_shares_are_scaled_to_one() -> None:
    assert shares("lan:1.5+mei:0.5") == {"lan": 0.75, "mei": 0.25}


def test_shares_that_are_left_out_are_equal() -> None:
    assert shares("lan+mei") == {"lan": 0.5, "mei": 0.5}


def test_an_id_may_have_a_colon() -> None:
    assert shares("pack:lan:1+pack:mei:3") == {"pack:lan": 0.25, "pack:mei": 0.75}


@given(st.dictionaries(st.sampled_from(["lan", "mei", "a:b"]), st.floats(0.01, 1.0), min_size=1))
def test_what_is_written_is_read_again(parts: dict[str, float]) -> None:
    total = sum(parts.values())

    assert shares(format_mixture(parts)) == pytest.approx(
        {name: share / total for name, share in parts.items()}, 1e-4
    )


def test_voices_of_one_family_are_found_as_a_mixture() -> None:
    found = KNOWN.find("兰:3+mei:1")

    assert found.id == "lan:0.75+mei:0.25"
    assert found.sample_rate == LAN.sample_rate


@pytest.mark.parametrize(
    "wanted",
    [
        "lan+zhu",
        "alone+lan",
        "alone+alone",
        "lan+",
        "+",
        "lan+nobody",
        "lan:0+mei:0",
        "lan:-1+mei",
        "lan:1e308+mei:1e308",
        "lan:inf+mei",
        "+".join(["lan"] * 1000),
    ],
)
def test_what_cannot_be_mixed_is_refused(wanted: str) -> None:
    with pytest.raises(UnknownVoice):
        KNOWN.find(wanted)


def test_two_names_of_one_voice_add_their_shares_up() -> None:
    assert KNOWN.find("兰:0.5+lan:0.2+mei:0.3").id == "lan:0.7+mei:0.3"


def test_blanks_around_a_name_do_not_matter() -> None:
    assert KNOWN.find("lan : 0.5 + mei : 0.5").id == "lan:0.5+mei:0.5"
