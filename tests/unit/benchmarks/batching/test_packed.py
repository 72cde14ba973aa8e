"""Windows of the built-in voice one after the other are what each of them is alone."""

from __future__ import annotations

import pytest
from benchmarks.batching.packed import PARTS, compare, mask

from huisheng.voice.builtin import BUILTIN, builtin_folder
from huisheng.voice.load import VoicePackage, load_package

TOLERANCE = 1e-5
"""Share of the largest value; measured, there is no difference at all."""
FRAMES = 40
"""More than a window's ends reach inwards, on either side."""


@pytest.fixture(scope="module")
def packages(tmp_path_factory: pytest.TempPathFactory) -> tuple[VoicePackage, VoicePackage]:
    """The package as published, and the copy that takes several windows."""
    published = load_package(BUILTIN, builtin_folder())
    return published, mask(published, tmp_path_factory.mktemp("packed"))


@pytest.mark.parametrize("part", PARTS)
def test_no_window_hears_those_before_and_after_it(
    part: str, packages: tuple[VoicePackage, VoicePackage]
) -> None:
    assert compare(part, FRAMES, packages, rounds=1).difference <= TOLERANCE
