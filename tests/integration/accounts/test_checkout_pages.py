"""Paying in a real browser, against the peers of the methods of payment, until one can speak again."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Final

import pytest
from playwright.sync_api import Browser, Page, expect
from tests.integration.accounts.page_server import AccountServer, account_server
from tests.integration.accounts.test_pages import PHONE, enter, go_to, open_window
from tests.integration.axe import faults_in_both_themes
from tools.peers.payments.peers import PEERS
from tools.peers.payments.server import PaymentPeer

pytestmark = [pytest.mark.browser, pytest.mark.slow]

FREE_CALLS: Final = 10
_ELSEWHERE: Final = re.compile("^http")


@dataclass(frozen=True)
class Shop:
    """A server that takes every method of payment, and the other side of each."""

    server: AccountServer
    peers: Mapping[str, PaymentPeer]

    def notify(self, method: str, order: str) -> None:
        """Let a method tell that an order is paid."""
        message = self.peers[method].payment_notification(order)
        assert message.post(f"{self.server.address}api/payments/{method}/notify").is_success


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    with ExitStack() as stack:
        peers = {name: stack.enter_context(peer()) for name, peer in PEERS.items()}
        settings = {"payments": ",".join(peers)}
        for peer in peers.values():
            settings |= peer.settings
        home = tmp_path_factory.mktemp("home")
        yield Shop(stack.enter_context(account_server(home, payment=settings)), peers)


def order(page: Page, method: str) -> str:
    """Order a pack, to be paid by a method; the order's id."""
    go_to(page, "套餐")
    page.get_by_role("article", name="1,000 次调用").get_by_role("button", name="购买").click()
    page.get_by_role("dialog").get_by_text(method).click()
    page.get_by_role("button", name="提交订单").click()
    expect(page.get_by_text("待付款", exact=True)).to_be_visible()
    return page.url.partition("#order=")[2]


def use_up(page: Page) -> None:
    """Use all free calls of the day."""
    statuses = page.evaluate(
        """async (count) => {
          const token = document.cookie.match(/huisheng_csrf=([^;]+)/)[1];
          const headers = { "X-CSRF-Token": token, "Content-Type": "application/json" };
          const statuses = [];
          for (let k = 0; k <= count; k += 1) {
            const body = JSON.stringify({ text: `第${k}句。` });
            statuses.push((await fetch("/api/tts", { method: "POST", headers, body })).status);
          }
          return statuses;
        }""",
        FREE_CALLS,
    )
    assert statuses == [200] * FREE_CALLS + [402]


def speak(page: Page, shop: Shop) -> None:
    """Speak on the first page, with what was bought."""
    page.goto(shop.server.address)
    expect(page.get_by_role("link", name="剩余 1,000 次")).to_be_visible()
    page.get_by_role("textbox", name="要合成的文本").fill("又可以说话了。")
    page.get_by_role("button", name="开始合成").click()
    expect(page.locator("#status")).to_contain_text("合成完成")
    expect(page.get_by_role("link", name="剩余 999 次")).to_be_visible()


@pytest.mark.parametrize(("method", "name"), [("wechat", "微信支付"), ("alipay", "支付宝")])
def test_whoever_scans_and_pays_speaks_again(browser: Browser, shop: Shop, method: str, name: str) -> None:
    with open_window(browser) as page:
        enter(page, shop.server)
        use_up(page)
        paid = order(page, name)
        code = page.get_by_role("img", name=f"{name}付款二维码")
        expect(code).to_be_visible()
        assert code.evaluate("image => image.complete && image.naturalWidth") > 0
        shop.peers[method].pay(paid)
        shop.notify(method, paid)

        expect(page.get_by_text("付款成功")).to_be_visible(timeout=20_000)
        speak(page, shop)


@pytest.mark.parametrize(("method", "name"), [("stripe", "银行卡（Stripe）"), ("paypal", "PayPal")])
def test_whoever_pays_elsewhere_and_comes_back_speaks_again(
    browser: Browser, shop: Shop, method: str, name: str
) -> None:
    with open_window(browser) as page:
        enter(page, shop.server)
        use_up(page)
        paid = order(page, name)
        link = page.get_by_role("link", name=re.compile("付款$"))
        expect(link).to_have_attribute("href", _ELSEWHERE)
        shop.peers[method].pay(paid)
        page.reload()
        page.get_by_role("button", name="我已付款，立即查询").click()

        expect(page.get_by_text("付款成功")).to_be_visible()
        speak(page, shop)


@pytest.mark.parametrize("method", ["微信支付", "PayPal"])
def test_paying_fits_a_phone_and_has_no_serious_findings(browser: Browser, shop: Shop, method: str) -> None:
    with open_window(browser, viewport=PHONE) as page:
        enter(page, shop.server)
        order(page, method)

        assert faults_in_both_themes(page) == []
