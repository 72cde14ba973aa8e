from __future__ import annotations

import pytest
from benchmarks.voice.__main__ import PARTS, main


def test_a_voice_that_the_package_lacks_is_told_before_anything_is_spoken(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["--part", "quality", "--package", "silent"]) == 1
    assert "tinglan" in capsys.readouterr().err


def test_a_package_that_is_not_there_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--part", "speed", "--package", "no/such"]) == 1
    assert "such" in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [["--part", "identity"], []], ids=["alone", "with the rest"])
def test_one_speaker_alone_cannot_be_told_from_others(arguments: list[str]) -> None:
    with pytest.raises(SystemExit):
        main([*arguments, "--speakers", "tinglan"])


def test_there_are_four_parts() -> None:
    assert list(PARTS) == ["quality", "robust", "identity", "speed"]
