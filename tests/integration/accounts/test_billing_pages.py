"""Money in a real browser: the free calls run out, a pack is bought by transfer, the invoice is asked for."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect
from tests.integration.accounts.page_server import AccountServer, account_server
from tests.integration.accounts.test_pages import PHONE, enter, go_to, open_window
from tests.integration.axe import faults_in_both_themes
from tests.reliability.serving import until

pytestmark = [pytest.mark.browser, pytest.mark.slow]


_PIXELS: Final = """canvas => {
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  let red = 0;
  for (let k = 0; k < data.length; k += 4) red += data[k + 3] > 0 && data[k] > 2 * data[k + 1];
  return red;
}"""
"""How many pixels of a chart are vermilion."""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AccountServer]:
    with account_server(tmp_path_factory.mktemp("home")) as server:
        yield server


@pytest.fixture
def page(browser: Browser, server: AccountServer) -> Iterator[Page]:
    """The page of somebody new."""
    with open_window(browser) as page:
        enter(page, server)
        yield page


def order_pack(page: Page) -> None:
    """Order two packs, to be paid by transfer."""
    go_to(page, "套餐")
    pack = page.get_by_role("article", name="1,000 次调用")
    pack.get_by_role("button", name="增加一份").click()
    pack.get_by_role("button", name="购买").click()
    expect(page.get_by_role("dialog")).to_contain_text("¥19.80")
    page.get_by_role("button", name="提交订单").click()
    expect(page.get_by_text("待付款", exact=True)).to_be_visible()


def test_what_is_left_is_told_and_counts_down(page: Page, server: AccountServer) -> None:
    expect(page.get_by_role("region", name="免费")).to_contain_text("10 次")
    page.goto(server.address)
    expect(page.get_by_role("link", name="剩余 10 次")).to_be_visible()
    page.get_by_role("textbox", name="要合成的文本").fill("你好。")
    page.get_by_role("button", name="开始合成").click()
    expect(page.locator("#status")).to_contain_text("合成完成")

    expect(page.get_by_role("link", name="剩余 9 次")).to_be_visible()


def test_whoever_has_nothing_left_is_led_to_the_plans(page: Page, server: AccountServer) -> None:
    page.goto(server.address)
    page.evaluate(
        """async () => {
          const token = document.cookie.match(/huisheng_csrf=([^;]+)/)[1];
          for (let k = 0; k < 10; k += 1)
            await fetch("/api/tts", { method: "POST", headers: { "X-CSRF-Token": token, "Content-Type":
              "application/json" }, body: JSON.stringify({ text: `第${k}句。` }) });
        }"""
    )
    page.get_by_role("textbox", name="要合成的文本").fill("还有吗？")
    page.get_by_role("button", name="开始合成").click()
    page.get_by_role("alert").get_by_role("link", name="查看套餐").click()

    expect(page.get_by_role("heading", name="包月套餐")).to_be_visible()
    go_to(page, "概览")
    expect(page.get_by_text("额度已用完")).to_be_visible()


def test_real_use_is_drawn_by_day_key_and_voice(page: Page, server: AccountServer) -> None:
    session = page.request.get(f"{server.address}api/account").json()
    headers = {"X-CSRF-Token": session["csrf_token"]}
    address = f"{server.address}api/account/keys"
    key = page.request.post(address, data={"name": "客服机器人"}, headers=headers).json()["key"]
    for text in ("你好，世界。", "再见。"):
        carried = {"Authorization": f"Bearer {key}"}
        httpx.post(f"{server.address}tts", json={"text": text}, headers=carried).raise_for_status()
    assert page.request.post(f"{server.address}tts", data={"text": "网页。"}, headers=headers).ok
    report = f"{server.address}api/usage?group=key"
    until(lambda: page.request.get(report).json()["totals"]["calls"] == 3)  # it is entered a little later
    go_to(page, "用量")
    expect(page.get_by_role("img", name=re.compile("按天.*合计 3 次"))).to_be_visible()
    expect(page.get_by_role("row", name=re.compile(r"^\d{4}-\d\d-\d\d 3 "))).to_be_visible()
    assert page.locator("canvas").evaluate(_PIXELS) > 0
    page.get_by_text("近 90 天").click()
    expect(page.get_by_role("img", name=re.compile("合计 3 次"))).to_be_visible()
    page.get_by_text("按密钥").click()
    expect(page.get_by_role("row").nth(1)).to_contain_text(re.compile("客服机器人 *2"))
    expect(page.get_by_role("row").nth(2)).to_contain_text(re.compile("网页 *1"))
    page.get_by_text("按音色").click()

    expect(page.get_by_role("row", name=re.compile("^silent 3 "))).to_be_visible()


def test_a_pack_is_ordered_by_transfer_and_the_order_given_up(page: Page) -> None:
    order_pack(page)
    expect(page.get_by_text("招商银行")).to_be_visible()
    expect(page.get_by_role("region", name="转账附言")).not_to_be_empty()
    assert re.search("#order=", page.url)
    page.get_by_role("button", name="取消订单").click()
    page.get_by_role("dialog").get_by_role("button", name="取消订单").click()

    expect(page.get_by_text("订单已取消，没有扣款。")).to_be_visible()
    go_to(page, "订单与发票")
    expect(page.get_by_role("row", name="1,000 次调用")).to_contain_text("已取消")


def test_a_plan_says_what_it_costs_before_it_is_ordered(page: Page) -> None:
    go_to(page, "套餐")
    page.get_by_role("article", name="专业").get_by_role("button", name="开通").click()

    expect(page.get_by_role("dialog")).to_contain_text("¥49.90")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.get_by_role("article", name="专业").get_by_role("button")).to_be_focused()


def test_buying_fits_a_phone_and_has_no_serious_findings(browser: Browser, server: AccountServer) -> None:
    with open_window(browser, viewport=PHONE) as page:
        enter(page, server, "account#plans")
        page.get_by_role("article", name="1,000 次调用").get_by_role("button", name="购买").click()
        expect(page.get_by_role("dialog")).to_contain_text("应付")
        assert faults_in_both_themes(page) == []
        page.get_by_role("button", name="提交订单").click()
        expect(page.get_by_text("待付款", exact=True)).to_be_visible()

        assert faults_in_both_themes(page) == []
