"""The guide to plans: its file is valid, and it explains every key that a file may have."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import pytest
from pydantic import BaseModel

from huisheng.server.plans import file_schema
from huisheng.server.plans.catalogue import METERS, format_yuan
from huisheng.server.plans.errors import PlanFileError
from huisheng.server.plans.plan_file import load_plans, parse_plans

GUIDE: Final = (Path(__file__).resolve().parents[2] / "docs/guides/plans.md").read_text(encoding="utf-8")
EXAMPLE: Final = re.findall(r"^```toml\n(.*?)^```$", GUIDE, re.MULTILINE | re.DOTALL)[0]
NOW: Final = datetime(2026, 11, 22, tzinfo=UTC)


def test_the_file_of_the_guide_is_valid() -> None:
    assert len(parse_plans(EXAMPLE, "the guide", NOW).products) == 3


def test_a_changed_price_in_it_is_refused() -> None:
    with pytest.raises(PlanFileError, match="已经生效"):
        parse_plans(EXAMPLE.replace('"9.90"', '"8.90"'), "the guide", NOW)


def test_every_key_is_explained() -> None:
    models = [model for model in vars(file_schema).values() if isinstance(model, type)]
    keys = {
        field.alias or name
        for model in models
        if issubclass(model, BaseModel)
        for name, field in model.model_fields.items()
    }
    rows = {
        key
        for row in re.findall(r"^\| (`.*?`) \|", GUIDE, re.MULTILINE)
        for key in re.findall(r"`(\w+)`", row)
    }

    assert keys - rows == {"zh", "en"}
    assert set(METERS) <= rows


def test_the_table_of_products_gives_the_prices_of_the_packaged_file() -> None:
    table = GUIDE.partition("## ")[0]
    for product in load_plans(None, NOW).products:
        price = format_yuan(product.versions[0].price_fen).removesuffix("0").removesuffix(".0")
        amount = product.versions[0].allowances[0].amount

        assert re.search(rf"\| [^|]*{re.escape(price)} \| [^|]*\b{amount:,} 次", table)
