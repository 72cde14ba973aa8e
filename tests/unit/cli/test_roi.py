"""`huisheng roi`: figures for people and for programs, from the speed of this machine."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from huisheng.cli import main as cli
from huisheng.economics.speed import SPEED, format_speed
from huisheng.engines import FAMILIES, SAMBERT, EngineFamily
from huisheng.testing import SilentEngine
from huisheng.voice.store import HOME_VARIABLE

CENT_A_CALL = ("--price-fen", "1", "--price-calls", "1", "--fee-share", "0")


@pytest.fixture(autouse=True)
def home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setenv(HOME_VARIABLE, str(tmp_path))
    return tmp_path


def silent(*_: object) -> SilentEngine:
    """In place of the engine that reads the package."""
    return SilentEngine()


def report(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
    assert cli.main(["roi", "--json", *arguments]) == 0
    return json.loads(capsys.readouterr().out)


def test_a_thousand_calls_at_a_fen_lose_500_yuan_a_month(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["roi", "--rtf", "0.01", *CENT_A_CALL]) == 0

    printed = capsys.readouterr().out
    assert "revenue a month\t¥300.00\n" in printed
    assert "profit a month\t-¥500.00\n" in printed
    assert "payback\t亏损，不能回本 never, at a loss\n" in printed
    assert "break-even day\t当月未达到 not in the month\n" in printed


def test_of_a_rented_machine_there_is_nothing_to_recover(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["roi", "--rtf", "0.01", "--calls-per-day", "10000", *CENT_A_CALL]) == 0

    assert "payback\t租用，无需回本 nothing to recover\n" in capsys.readouterr().out


def test_a_bought_machine_is_told_by_the_month(capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ("--buy-fen", "1000000", "--calls-per-day", "10000", *CENT_A_CALL)
    assert cli.main(["roi", "--rtf", "0.01", *arguments]) == 0

    assert re.search(r"payback\t\d+ 个月 months\n", capsys.readouterr().out)


def test_the_speed_that_doctor_left_is_used(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (home / SPEED).write_text(format_speed(10.0), encoding="utf-8")

    found = report(capsys)

    assert found["speed"] == {"characters_per_second": 10.0, "real_time_factor": 0.4, "source": "measured"}
    assert found["capacity"]["calls_per_day"] == 8_640


@pytest.mark.slow
def test_without_a_stored_speed_it_is_measured(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(FAMILIES, SAMBERT, EngineFamily(silent))
    monkeypatch.setattr("huisheng.cli.roi.TRIAL", 0.05)

    speed = report(capsys)["speed"]

    assert speed["source"] == "measured"
    assert float(str(speed["characters_per_second"])) > 0.0


def test_a_product_has_the_price_of_the_plan_file(capsys: pytest.CaptureFixture[str]) -> None:
    assert report(capsys, "--rtf", "0.01", "--product", "basic")["price_per_call"] == "3.98"


def test_a_product_that_is_not_sold_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["roi", "--rtf", "0.01", "--product", "gold"]) == 1

    assert "可购买：pack-1000、basic" in capsys.readouterr().err


def test_what_is_out_of_range_is_told_before_anything_is_measured(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["roi", "--peak-factor", "0.5"]) == 1

    assert capsys.readouterr().err.startswith("错误：参数 peak_factor 的值 0.5 超出范围")


@pytest.mark.parametrize("word", ["many", "nan", "1e-9", "１,0"])
def test_what_is_no_number_is_wrong_usage(word: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        cli.main(["roi", "--peak-factor", word])

    assert left.value.code == 2
    assert "expected a number" in capsys.readouterr().err
