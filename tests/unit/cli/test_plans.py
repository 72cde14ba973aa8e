"""`huisheng plans check|show`."""

from __future__ import annotations

import json
from importlib import resources
from pathlib import Path

import pytest

from huisheng.cli.main import main

Captured = pytest.CaptureFixture[str]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """The packaged file, of the operator now."""
    path = tmp_path / "plans.toml"
    packaged = resources.files("huisheng.server.plans").joinpath("plans.toml")
    path.write_text(packaged.read_text(encoding="utf-8"), encoding="utf-8")
    return path


def change(file: Path, old: str, new: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new), encoding="utf-8")


def test_check_says_that_the_packaged_file_is_valid(capsys: Captured) -> None:
    assert main(["plans", "check"]) == 0
    assert capsys.readouterr().out == "正确 valid: 5 个商品 products, 5 个版本 versions\n"


def test_check_tells_every_mistake_with_file_and_line(file: Path, capsys: Captured) -> None:
    change(file, 'price = "19.90"', "price = 19.90")
    change(file, "valid_days = 365", "valid_days = 0")

    assert main(["plans", "check", str(file)]) == 1
    told = capsys.readouterr().err.splitlines()
    text = file.read_text(encoding="utf-8").splitlines()
    lines = [text.index(each) + 1 for each in ("valid_days = 0", "price = 19.90")]
    assert [line.partition("packs")[0].partition("subscriptions")[0] for line in told] == [
        start for line in lines for start in (f"{file}: 第 {line} 行 ", f"{file}: line {line}, ")
    ]


def test_a_price_that_was_changed_after_its_day_is_refused(file: Path, capsys: Captured) -> None:
    change(file, 'price = "19.90"', 'price = "29.90"')

    assert main(["plans", "check", str(file)]) == 1
    assert "已经生效" in capsys.readouterr().err


def test_the_file_of_the_setting_is_taken(
    file: Path, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    change(file, 'en = "Basic"', 'en = "Starter"')
    monkeypatch.setenv("HUISHENG_PLANS", str(file))

    assert main(["plans", "show"]) == 0
    assert "Starter" in capsys.readouterr().out


def test_show_prints_prices_in_yuan(capsys: Captured) -> None:
    assert main(["plans"]) == 0
    shown = capsys.readouterr().out

    assert "basic\t基础 Basic\n  2026-01-01\t¥19.90\t每月 a month\t500 次 calls\t" in shown
    assert (
        "pack-1000\t1,000 次调用 1,000 calls\n  2026-01-01\t¥9.90\t一次 once\t1,000 次 calls, 365 天 days\t"
        in shown
    )


def test_show_as_json_has_prices_in_fen_and_every_limit(capsys: Captured) -> None:
    assert main(["plans", "show", "--json"]) == 0
    shown = json.loads(capsys.readouterr().out)

    free, *_, enterprise = shown["products"]
    assert (free["id"], free["versions"][0]["allowances"]) == ("free", {"calls": 10})
    assert (enterprise["id"], enterprise["versions"][0]["price_fen"]) == ("enterprise", 19900)
    assert enterprise["versions"][0]["current"]
    assert enterprise["versions"][0]["limits"]["custom_voice"]


def test_show_refuses_a_file_with_mistakes(file: Path, capsys: Captured) -> None:
    change(file, "schema = 1", "schema = ")

    assert main(["plans", "show", str(file)]) == 1
    assert "第 3 行：不是正确的 TOML" in capsys.readouterr().err


def test_a_setting_that_is_wrong_is_told(capsys: Captured, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUISHENG_PORT", "many")

    assert main(["plans", "check"]) == 1
    assert "HUISHENG_PORT" in capsys.readouterr().err
