"""The plan file: what is sold, and every kind of mistake with its line and reason."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from huisheng.server.plans.catalogue import METERS, Allowance, Catalogue, PlanLimits
from huisheng.server.plans.errors import PlanFault, PlanFileError, UnknownProduct
from huisheng.server.plans.plan_file import LARGEST, load_plans, parse_plans

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)

SOURCE = """\
schema = 1
zone = "Asia/Shanghai"
[free]
name = { zh = "免费", en = "Free" }
[[free.versions]]
effective = 2026-01-01
allowances = { calls = 10 }
limits = { concurrency = 1, formats = ["mp3"] }
digest = "FREE"
[packs.small]
name = { zh = "小包", en = "Small" }
[[packs.small.versions]]
effective = 2026-01-01
price = "9.90"
allowances = { calls = 1000, seconds = 60 }
valid_days = 365
digest = "SMALL"
[subscriptions.basic]
name = { zh = "基础", en = "Basic" }
[[subscriptions.basic.versions]]
effective = 2026-01-01
price_fen = 1990
allowances = { calls = 500 }
digest = "BASIC-1"
[[subscriptions.basic.versions]]
effective = 2026-12-01
price = "29.9"
allowances = { calls = 600 }
digest = "BASIC-2"
"""


def faults(source: str, now: datetime = NOW) -> tuple[PlanFault, ...]:
    try:
        parse_plans(source, "plans.toml", now)
    except PlanFileError as error:
        return error.faults
    return ()


def with_digests(source: str) -> str:
    """The same with the digests that the check asks for."""
    lines = re.sub('digest = ".*"', 'digest = ""', source).splitlines()
    for fault in faults("\n".join(lines)):
        lines[fault.line - 1] = re.findall(r'digest = "\w+"', fault.english)[0]
    return "\n".join(lines)


VALID = with_digests(SOURCE)


def catalogue(source: str = VALID) -> Catalogue:
    return parse_plans(source, "plans.toml", NOW)


def replace_once(old: str, new: str) -> str:
    assert VALID.count(old)
    return VALID.replace(old, new, 1)


def test_the_packaged_file_sells_what_is_advertised() -> None:
    plans = load_plans(None, NOW)
    sold = {
        product.id: (product.kind, terms.price_fen, terms.allowances, terms.limits.custom_voice)
        for product in plans.products
        if (terms := product.version_at(NOW))
    }

    assert sold == {
        "free": ("free", 0, (Allowance("calls", 10),), False),
        "pack-1000": ("pack", 990, (Allowance("calls", 1_000),), False),
        "basic": ("subscription", 1_990, (Allowance("calls", 500),), False),
        "professional": ("subscription", 4_990, (Allowance("calls", 2_000),), False),
        "enterprise": ("subscription", 19_900, (Allowance("calls", 10_000),), True),
    }
    assert plans.zone == "Asia/Shanghai"


def test_a_product_is_sold_in_the_version_in_force() -> None:
    at = datetime(2026, 12, 1, tzinfo=UTC) - timedelta(hours=8)  # midnight in Shanghai

    before, after = (catalogue().offer("basic", now).terms for now in (at - timedelta(microseconds=1), at))

    assert (before.id, before.price_fen) == ("2026-01-01", 1990)
    assert (after.id, after.price_fen) == ("2026-12-01", 2990)


def test_a_product_whose_first_version_is_to_come_is_not_sold() -> None:
    with pytest.raises(UnknownProduct, match="可购买：。"):
        catalogue().offer("basic", datetime(2025, 1, 1, tzinfo=UTC))


def test_the_free_plan_is_not_for_sale() -> None:
    with pytest.raises(UnknownProduct, match="small、basic"):
        catalogue().offer("free", NOW)


def test_the_version_of_the_catalogue_is_the_newest_in_force() -> None:
    assert catalogue().version_at(NOW) == "2026-01-01"
    assert catalogue().version_at(NOW + timedelta(days=30)) == "2026-12-01"


def test_allowances_are_in_one_order_whatever_the_file_says() -> None:
    pack = catalogue(
        with_digests(replace_once("calls = 1000, seconds = 60", "seconds = 60, calls = 1000"))
    ).products[1]

    assert [each.meter for each in pack.versions[0].allowances] == ["calls", "seconds"]
    assert pack.versions[0].digest == catalogue().products[1].versions[0].digest
    assert METERS == ("calls", "characters", "seconds")


def test_limits_that_are_not_written_are_none() -> None:
    free, pack, _ = catalogue().products

    assert free.versions[0].limits == PlanLimits(concurrency=1, formats=("mp3",))
    assert pack.versions[0].limits == PlanLimits()


def test_who_has_two_products_may_use_the_more_generous_of_each_limit() -> None:
    one = PlanLimits(1, "100/minute; 1000/day", 500, ("mp3",), ("a",))
    other = PlanLimits(4, "60/minute", 0, ("wav", "mp3"), None, custom_voice=True)

    assert one.union(other) == PlanLimits(4, "60/minute", 0, ("mp3", "wav"), None, custom_voice=True)
    assert other.union(one).union(PlanLimits()) == PlanLimits(0, "", 0, None, None, custom_voice=True)


@pytest.mark.parametrize(
    ("old", "new", "line", "key", "reason"),
    [
        ('price = "9.90"', "price = 9.90", 14, "packs.small.versions[0].price", "不能是浮点数"),
        (
            "price_fen = 1990",
            "price_fen = 19.9",
            22,
            "subscriptions.basic.versions[0].price_fen",
            "不能是浮点数",
        ),
        (
            "price_fen = 1990",
            "price_fen = nan",
            22,
            "subscriptions.basic.versions[0].price_fen",
            "不能是浮点数",
        ),
        ('price = "9.90"', "price = 10", 14, "packs.small.versions[0].price", "请写成 price"),
        ('price = "9.90"', 'price = "9.999"', 14, "packs.small.versions[0].price", "最多两位小数"),
        ('price = "9.90"', 'price = "-9"', 14, "packs.small.versions[0].price", "最多两位小数"),
        ('price = "9.90"', 'price = "٩"', 14, "packs.small.versions[0].price", "最多两位小数"),
        ('price = "9.90"', 'price = "0.00"', 14, "packs.small.versions[0].price", "太小"),
        ("price_fen = 1990", "price_fen = true", 22, "subscriptions.basic.versions[0].price_fen", "应为整数"),
        (
            "price_fen = 1990",
            "price_fen = 99999999999",
            22,
            "subscriptions.basic.versions[0].price_fen",
            "太大",
        ),
        ('price = "9.90"', 'price = "9.90"\nprice_fen = 990', 12, "packs.small.versions[0]", "只能写一个"),
        ('price = "9.90"\n', "", 12, "packs.small.versions[0]", "只能写一个"),
        (
            "calls = 500",
            "cals = 500",
            23,
            "subscriptions.basic.versions[0].allowances.cals",
            "不在可选值之中",
        ),
        ("calls = 500", "calls = 500.0", 23, "subscriptions.basic.versions[0].allowances.calls", "应为整数"),
        ("calls = 500", "calls = 0", 23, "subscriptions.basic.versions[0].allowances.calls", "太小"),
        ("{ calls = 500 }", "{}", 23, "subscriptions.basic.versions[0].allowances", "不能为空"),
        ("valid_days = 365\n", "", 12, "packs.small.versions[0].valid_days", "缺少"),
        ("valid_days = 365", "valid_days = 365\ndays = 1", 17, "packs.small.versions[0].days", "不认识"),
        ("2026-12-01", '"2026-12-01"', 26, "subscriptions.basic.versions[1].effective", "应为日期"),
        ("2026-12-01", "2026-12-01T00:00:00Z", 26, "subscriptions.basic.versions[1].effective", "应为日期"),
        ("2026-12-01", "2026-01-01", 26, "subscriptions.basic.versions[1].effective", "从早到晚"),
        ('["mp3"]', '["mp4"]', 8, "free.versions[0].limits.formats[0]", "没有这种音频格式"),
        ('["mp3"]', "[]", 8, "free.versions[0].limits.formats", "不能为空"),
        ("concurrency = 1", 'rate = "fast"', 8, "free.versions[0].limits.rate", "60/minute"),
        ("concurrency = 1", 'rate = "0/minute"', 8, "free.versions[0].limits.rate", "60/minute"),
        ("concurrency = 1", 'concurrency = "1"', 8, "free.versions[0].limits.concurrency", "应为整数"),
        ("Asia/Shanghai", "Asia/Beijing", 2, "zone", "没有这个时区"),
        ("[packs.small]", "[packs.Small]", 10, "packs.Small", "小写字母"),
        ("schema = 1", "schema = 2", 1, "schema", "不在可选值之中：1"),
        ('en = "Basic"', 'fr = "Basic"', 19, "subscriptions.basic.name.en", "缺少"),
        ("[free]", "[renewal]\nremind_days = [1, 3]\n[free]", 4, "renewal.remind_days", "从多到少"),
        ("[free]", "[renewal]\ndunning_days = [0, 4]\n[free]", 4, "renewal.dunning_days", "grace_days"),
        ("[free]", "[renewal]\ngrace_days = -1\n[free]", 4, "renewal.grace_days", "太小"),
        ("zone =", "zone ", 2, "", "不是正确的 TOML"),
    ],
)
def test_a_mistake_is_told_with_line_key_and_reason(
    old: str, new: str, line: int, key: str, reason: str
) -> None:
    first = faults(replace_once(old, new))[0]

    assert (first.line, first.key) == (line, key)
    assert reason in first.reason
    assert first.english
    assert not re.search("[一-鿿]", first.english)


def test_the_message_names_file_line_key_and_reason_in_both_languages() -> None:
    with pytest.raises(PlanFileError) as refused:
        catalogue(replace_once('price = "9.90"', "price = 9.90"))

    assert refused.value.message == (
        "套餐文件 plans.toml 有误。第 14 行 packs.small.versions[0].price：价格不能是浮点数（有误差），"
        '请写成 price = "19.90"，或整数的分 price_fen = 1990。'
    )
    assert refused.value.english == (
        "The plan file plans.toml is wrong. line 14, packs.small.versions[0].price: a float cannot hold "
        'a price exactly; write price = "19.90", or price_fen = 1990.'
    )


def test_an_id_that_is_used_twice_is_refused() -> None:
    assert faults(VALID.replace("subscriptions.basic", "subscriptions.small"))[0].line == 18
    assert "已被使用" in faults(VALID.replace("packs.small", "packs.free"))[0].reason


def test_several_mistakes_are_told_in_the_order_of_the_file() -> None:
    source = VALID.replace("calls", "cals")

    assert [fault.line for fault in faults(source)] == [7, 15, 23, 28]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("price_fen = 1990", "price_fen = 1991"),
        ("calls = 500", "calls = 499"),
        ("calls = 500", "characters = 500"),
        ("calls = 10 }", "calls = 9 }"),
        ("valid_days = 365", "valid_days = 364"),
        ("concurrency = 1", "concurrency = 2"),
        ('["mp3"]', '["mp3", "wav"]'),
        ('price = "9.90"', 'price = "9.91"'),
    ],
)
def test_what_a_version_in_force_promises_cannot_be_changed(old: str, new: str) -> None:
    (fault,) = faults(replace_once(old, new))

    assert "已经生效" in fault.reason
    assert "digest =" not in fault.reason  # nobody is told how to go on


def test_a_version_to_come_may_be_changed_with_its_digest() -> None:
    (fault,) = faults(replace_once('price = "29.9"', 'price = "39.9"'))

    assert (fault.line, fault.key) == (29, "subscriptions.basic.versions[1].digest")
    assert "尚未生效" in fault.reason
    assert faults(with_digests(replace_once('price = "29.9"', 'price = "39.9"'))) == ()


def test_the_same_change_is_refused_once_the_day_has_come() -> None:
    (fault,) = faults(replace_once('price = "29.9"', 'price = "39.9"'), NOW + timedelta(days=30))

    assert "已经生效" in fault.reason


def test_words_and_the_way_a_price_is_written_are_not_part_of_the_promise() -> None:
    assert faults(replace_once('en = "Basic"', 'en = "Basics"')) == ()
    assert faults(replace_once("price_fen = 1990", 'price = "19.9"')) == ()
    assert catalogue().products[2].versions[1].effective == date(2026, 12, 1)


def test_a_file_that_is_missing_is_told(tmp_path: Path) -> None:
    with pytest.raises(PlanFileError, match="HUISHENG_PLANS"):
        load_plans(tmp_path / "none.toml", NOW)


def test_a_file_in_another_encoding_is_told_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "plans.toml"
    path.write_bytes(SOURCE.encode("gb18030"))

    with pytest.raises(PlanFileError, match="第 4 行：不是 UTF-8"):
        load_plans(path, NOW)


def test_a_file_that_is_too_large_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "plans.toml"
    path.write_text("#" * (LARGEST + 1), encoding="utf-8")

    with pytest.raises(PlanFileError, match="256 KB"):
        load_plans(path, NOW)


def test_a_file_with_a_byte_order_mark_is_read(tmp_path: Path) -> None:
    path = tmp_path / "plans.toml"
    path.write_text(VALID, encoding="utf-8-sig")

    assert load_plans(path, NOW) == catalogue()
