"""The calculator in a real browser against the real server, which has no accounts."""

from __future__ import annotations

import re
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from typing import Any, Final, cast

import pytest
from playwright.sync_api import Browser, Locator, Page, Route, ViewportSize, expect
from tests.integration.axe import faults_in_both_themes
from tests.integration.conftest import faultless
from tests.integration.test_page import HeldEngine, serving

from huisheng.server.settings import Settings

pytestmark = pytest.mark.browser

PHONE: Final = ViewportSize(width=375, height=800)
LOSS: Final = "每天 1,000 次时，每月收入 ¥295.21（已扣手续费），成本 ¥800.00，亏损 ¥504.79。"
"""1,000 paid calls a day at ¥0.0099 against a server of ¥800 a month."""


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with serving(Settings(home=tmp_path_factory.mktemp("home")), HeldEngine()) as address:
        yield address


@contextmanager
def open_calculator(browser: Browser, address: str, query: str = "", **context: object) -> Generator[Page]:
    """The page in a window of its own."""
    settings: dict[str, object] = {"locale": "zh-CN", "reduced_motion": "reduce", **context}
    with browser.new_context(**cast("Any", settings)) as window, faultless(window.new_page()) as page:
        page.goto(f"{address}roi{query}")
        expect(meaning(page)).to_be_visible()
        yield page


@pytest.fixture
def page(browser: Browser, address: str) -> Iterator[Page]:
    with open_calculator(browser, address) as page:
        yield page


def meaning(page: Page) -> Locator:
    """The sentences about what the figures mean."""
    return page.get_by_role("region", name="这意味着")


def write(page: Page, name: str, value: str) -> None:
    page.get_by_role("textbox", name=name).fill(value)


def test_a_thousand_calls_a_day_at_a_cent_are_a_loss(page: Page) -> None:
    expect(meaning(page)).to_contain_text(LOSS)
    expect(meaning(page)).to_contain_text("每天 2,710 次才能保本，现在只有 1,000 次。")


def test_what_is_moved_changes_the_sentences_and_the_chart(page: Page) -> None:
    chart = page.get_by_role("img", name=re.compile("每月收入与成本"))
    expect(chart).to_have_accessible_name(re.compile("当前为 1,000 次"))
    page.get_by_role("slider", name="每天调用").press("End")

    expect(chart).to_have_accessible_name(re.compile("当前为 1,000,000 次"))
    expect(page.get_by_role("textbox", name="每天调用")).to_have_value("1000000")
    expect(meaning(page)).not_to_contain_text(LOSS)


def test_a_number_can_be_written(page: Page) -> None:
    write(page, "每天调用", "2710")

    expect(meaning(page)).to_contain_text("每天 2,710 次即可保本，现在是 2,710 次，已经盈利。")


def test_what_is_no_number_is_told_and_the_last_one_counts(page: Page) -> None:
    write(page, "每天调用", "很多")

    field = page.get_by_role("textbox", name="每天调用")
    expect(field).to_have_attribute("aria-invalid", "true")
    expect(field).to_have_accessible_description("请填写有效的数字。")
    expect(meaning(page)).to_contain_text(LOSS)


def test_what_is_set_is_kept_in_the_address(page: Page) -> None:
    write(page, "售价", "19.9")
    page.get_by_text("自购").click()
    expect(page).to_have_url(re.compile(r"machine=buy&price=19\.9$"))
    page.reload()

    expect(page.get_by_role("textbox", name="售价")).to_have_value("19.9")
    expect(page.get_by_role("textbox", name="机器价格")).to_be_visible()
    page.get_by_role("button", name="恢复默认").click()
    expect(page).to_have_url(re.compile("/roi$"))
    expect(meaning(page)).to_contain_text(LOSS)


def test_only_the_last_answer_counts(browser: Browser, address: str) -> None:
    with open_calculator(browser, address) as page:
        held: list[Route] = []

        def hold(route: Route) -> None:
            held.append(route)

        page.route("**/api/roi?**calls_per_day=5000&**", hold)
        with page.expect_request("**/api/roi?**calls_per_day=5000&**"):
            write(page, "每天调用", "5000")
        write(page, "每天调用", "2710")
        expect(meaning(page)).to_contain_text("现在是 2,710 次")
        held[0].abort()

        expect(meaning(page)).to_contain_text("现在是 2,710 次")
        expect(page.get_by_role("alert")).to_have_count(0)


def test_a_server_that_is_gone_is_told_and_asked_again(page: Page) -> None:
    page.context.set_offline(True)
    write(page, "每天调用", "2000")
    expect(page.get_by_role("alert")).to_contain_text("连不上服务器")
    page.context.set_offline(False)
    page.get_by_role("button", name="重试").click()

    expect(meaning(page)).to_contain_text("现在只有 2,000 次")


def test_the_numbers_of_the_chart_are_in_a_table(page: Page) -> None:
    page.get_by_text("查看数据").click()

    rows = page.get_by_role("table").get_by_role("row")
    expect(rows.filter(has_text="2,710")).to_have_count(1)


@pytest.mark.parametrize("query", ["", "?machine=buy&demand=20000", "?price=0"])
def test_the_calculator_fits_a_phone_and_has_no_serious_findings(
    browser: Browser, address: str, query: str
) -> None:
    with open_calculator(browser, address, query, viewport=PHONE) as page:
        page.get_by_text("更多设置").click()

        assert faults_in_both_themes(page) == []


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("", "亏损，不能回本"),
        ("?demand=5000", "租用，无需回本"),
        ("?machine=buy&demand=20000", "个月"),
        ("?machine=buy&price=0", "亏损，不能回本"),
    ],
)
def test_whether_the_money_comes_back_is_told_in_words(
    browser: Browser, address: str, query: str, told: str
) -> None:
    with open_calculator(browser, address, query) as page:
        expect(page.get_by_role("definition").filter(has_text=told)).to_be_visible()


def test_the_calculator_speaks_english(page: Page) -> None:
    page.get_by_role("button", name="English").click()

    expect(page.get_by_role("region", name="What it means")).to_contain_text("It takes 2,710 calls a day")
    expect(page).to_have_title("Calculator · Huisheng")


def test_a_server_without_accounts_asks_for_none(page: Page, address: str) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url.removeprefix(address).split("?")[0]))
    page.reload()
    expect(meaning(page)).to_be_visible()

    assert [path for path in asked if path.startswith("api/")] == ["api/roi"]
    expect(page.get_by_role("link", name="账户")).to_have_count(0)
