"""What is measured is what the server uses from then on."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from huisheng.cli.doctor_tune import tune
from huisheng.economics.speed import read_speed
from huisheng.server.settings import TUNING, Settings


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which a machine of one core was measured, if briefly."""
    folder = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "cpu_count", lambda: 1)
        assert tune(folder, seconds=0.1) == 0
    return folder


def test_what_suits_the_machine_is_a_setting_from_then_on(home: Path) -> None:
    told = (home / TUNING).read_text(encoding="utf-8").splitlines()
    settings = Settings(home=home)

    assert told[1:] == [
        f"workers = {settings.workers}",
        f"slots = {settings.slots}",
        f"threads = {settings.threads}",
    ]
    assert settings.threads > 0


def test_the_calculator_knows_the_speed_from_then_on(home: Path) -> None:
    speed = read_speed(home)

    assert speed is not None
    assert speed.characters_per_second > 0


def test_what_the_operator_says_goes_before_it(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUISHENG_SLOTS", "7")

    assert Settings(home=home).slots == 7


def test_without_a_measurement_the_defaults_hold(tmp_path: Path) -> None:
    assert Settings(home=tmp_path).threads == 0
