"""The operator's page in a real browser against the real server."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing

import pytest
from playwright.sync_api import Browser, Page, StorageState, expect
from sqlalchemy import select
from tests.integration.accounts.page_server import AccountServer, account_server
from tests.integration.accounts.test_billing_pages import order_pack
from tests.integration.accounts.test_member_pages import open_section
from tests.integration.accounts.test_pages import PHONE, enter, go_to, log_in, open_window, sign_in, sign_out
from tests.integration.axe import faults_in_both_themes
from tests.unit.server.billing.shop import notify, payment_of

from huisheng.server.billing.models import PurchaseOrder
from huisheng.server.database.database import Database

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AccountServer]:
    with account_server(tmp_path_factory.mktemp("home")) as server:
        yield server


@pytest.fixture(scope="module")
def operator(browser: Browser, server: AccountServer) -> tuple[str, StorageState]:
    """The address of somebody who runs the server, and what their browser keeps."""
    with open_window(browser) as page:
        email = enter(page, server)
        with closing(sqlite3.connect(server.home / "huisheng.db")) as database, database:
            database.execute('UPDATE "user" SET is_operator = 1 WHERE email = ?', (email,))
        log_in(page, server, email)  # the server keeps what it knows of a session for seconds
        return email, page.context.storage_state()


@pytest.fixture
def page(browser: Browser, server: AccountServer, operator: tuple[str, StorageState]) -> Iterator[Page]:
    """The operator's page."""
    with open_window(browser, f"{server.address}admin", storage_state=operator[1]) as page:
        expect(page.get_by_role("heading", name="账户", exact=True)).to_be_visible()
        yield page


@pytest.fixture
def customer(browser: Browser, server: AccountServer) -> Iterator[tuple[Page, str]]:
    """A customer's page, and their address."""
    with open_window(browser) as page:
        yield page, enter(page, server)


def open_account(page: Page, email: str) -> None:
    page.get_by_label("搜索").fill(email)
    row = page.get_by_role("row", name=email)
    expect(page.get_by_role("row")).to_have_count(2)
    row.get_by_role("link", name="查看").click()
    expect(page.get_by_role("button", name="赠送额度")).to_be_visible()


def test_it_is_for_operators_alone(customer: tuple[Page, str], server: AccountServer) -> None:
    page, _ = customer
    page.goto(f"{server.address}admin")

    expect(page.get_by_text("只有运营者可以使用此页面。")).to_be_visible()
    expect(page.get_by_role("navigation")).to_have_count(0)


def test_an_account_is_suspended_with_a_reason_and_resumed(page: Page, customer: tuple[Page, str]) -> None:
    theirs, email = customer
    open_account(page, email)
    page.get_by_role("button", name="停用").click()
    page.get_by_role("dialog").get_by_role("button", name="停用").click()
    expect(page.get_by_label("原因")).to_have_accessible_description("请填写此项。")
    page.get_by_label("原因").fill("大量重复请求")
    page.get_by_role("dialog").get_by_role("button", name="停用").click()
    expect(page.get_by_text("原因：大量重复请求")).to_be_visible()
    go_to(theirs, "用量")
    expect(theirs.get_by_text("登录已过期")).to_be_visible()
    sign_in(theirs, email)
    expect(theirs.get_by_text("账户已停用，暂时不能合成语音。")).to_be_visible()

    page.get_by_role("button", name="恢复").click()
    page.get_by_label("原因").fill("已说明")
    page.get_by_role("dialog").get_by_role("button", name="恢复").click()
    expect(page.get_by_role("button", name="停用")).to_be_visible()
    log = page.get_by_role("region", name="审计日志")
    page.reload()
    expect(log).to_contain_text("account.suspended")
    expect(log).to_contain_text("大量重复请求")


def test_an_allowance_is_given_with_a_reason(page: Page, customer: tuple[Page, str]) -> None:
    _, email = customer
    open_account(page, email)
    page.get_by_role("button", name="赠送额度").click()
    page.get_by_label("数量").fill("1.5")
    page.get_by_label("原因").fill("致歉")
    page.get_by_role("dialog").get_by_role("button", name="赠送额度").click()
    expect(page.get_by_label("数量")).to_have_accessible_description("请填写正整数。")
    page.get_by_label("数量").fill("250")
    page.get_by_role("dialog").get_by_role("button", name="赠送额度").click()
    expect(page.get_by_text("额度已赠送")).to_be_visible()
    page.reload()

    expect(page.get_by_role("region", name="审计日志")).to_contain_text("致歉")


def test_a_transfer_is_confirmed_invoiced_and_refunded(page: Page, customer: tuple[Page, str]) -> None:
    theirs, _ = customer
    order_pack(theirs)
    go_to(page, "订单")
    page.get_by_role("button", name=re.compile("^确认到账")).first.click()
    page.get_by_label("银行流水号").fill("20261122-0001")
    page.get_by_role("dialog").get_by_role("button", name="确认到账").click()
    expect(theirs.get_by_text("付款成功")).to_be_visible(timeout=20_000)
    with theirs.expect_download() as receipt:
        theirs.get_by_role("link", name="下载收据").click()
    assert receipt.value.suggested_filename.endswith(".pdf")

    theirs.get_by_role("button", name="申请发票").click()
    theirs.get_by_label("发票抬头").fill("春江科技有限公司")
    theirs.get_by_label("税号").fill("91350100M000100Y43")
    theirs.get_by_role("button", name="提交申请").click()
    expect(theirs.get_by_text("已提交发票申请")).to_be_visible()
    go_to(page, "发票")
    page.get_by_role("button", name=re.compile("^登记发票")).click()
    page.get_by_label("发票号码").fill("26112000000012345678")
    page.get_by_role("button", name="保存").click()
    expect(page.get_by_text("没有符合条件的发票申请。")).to_be_visible()
    go_to(theirs, "订单与发票")
    expect(theirs.get_by_text("26112000000012345678")).to_be_visible()

    go_to(page, "订单")
    page.get_by_role("button", name=re.compile("^退款")).click()
    page.get_by_role("dialog").get_by_text("部分退款").click()
    page.get_by_label("退款金额（元）").fill("9.90")
    page.get_by_label("原因").fill("买多了")
    page.get_by_role("dialog").get_by_role("button", name="退款").click()
    expect(page.get_by_text("退款已提交")).to_be_visible()
    go_to(page, "收入")
    expect(page.get_by_role("img", name=re.compile("合计 ¥19.80"))).to_be_visible()


def test_a_second_payment_is_shown_and_given_back(
    page: Page, customer: tuple[Page, str], server: AccountServer
) -> None:
    order_pack(customer[0])
    database = Database(f"sqlite:///{server.home / 'huisheng.db'}")
    with closing(database), database.reading() as session:
        order = session.scalars(select(PurchaseOrder).order_by(PurchaseOrder.created_at.desc())).all()[0]
        outcomes = [notify(database, payment_of(order, f"bank {number}"), "manual") for number in range(2)]
    assert outcomes == ["credited", "surplus"]

    go_to(page, "订单")
    row = page.get_by_role("row", name=re.compile("多付 ¥19.80"))
    expect(row).to_have_count(1)
    expect(row.get_by_role("button")).to_have_count(1)  # what came too much goes back first
    row.get_by_role("button", name=re.compile("^退还多付")).click()
    assert faults_in_both_themes(page) == []
    page.get_by_label("原因").fill("付了两次")
    page.get_by_role("dialog").get_by_role("button", name="退还多付").click()

    expect(page.get_by_text("退款已提交")).to_be_visible()
    expect(row).to_have_count(0)
    expect(page.get_by_role("button", name=re.compile(f"^退款 {order.id}"))).to_be_visible()


def test_an_account_shows_its_orders_and_leads_to_them(page: Page, customer: tuple[Page, str]) -> None:
    theirs, email = customer
    order_pack(theirs)

    open_account(page, email)
    orders = page.get_by_role("region", name="订单")
    expect(orders).to_contain_text("¥19.80")
    expect(page.get_by_text("最后使用")).to_be_visible()
    orders.get_by_role("link", name="全部").click()

    expect(page.get_by_role("link", name="全部账户")).to_be_visible()
    expect(page.get_by_role("row")).to_have_count(2)
    page.get_by_role("link", name="全部账户").click()
    expect(page.get_by_role("link", name="全部账户")).to_have_count(0)


def test_flags_are_set(page: Page, customer: tuple[Page, str]) -> None:
    _, email = customer
    open_account(page, email)
    page.get_by_role("button", name="修改标记").click()
    page.get_by_role("textbox", name="标记").fill("beta\nvip")
    page.get_by_label("原因").fill("试用")
    page.get_by_role("dialog").get_by_role("button", name="修改标记").click()

    expect(page.get_by_role("definition").filter(has_text=re.compile("^beta、vip$"))).to_be_visible()


def test_the_state_of_the_server_is_told(page: Page) -> None:
    go_to(page, "系统状态")

    expect(page.get_by_role("row", name="数据库")).to_contain_text("SQLite")
    expect(page.get_by_role("row", name="邮件")).to_contain_text("正常")


def test_the_account_page_leads_to_it(page: Page, server: AccountServer) -> None:
    page.goto(f"{server.address}account")
    page.get_by_role("button", name="切换账户").click()
    page.get_by_role("button", name="运营后台").click()

    expect(page).to_have_url(re.compile("/admin$"))


def test_every_section_fits_a_phone_and_has_no_serious_findings(page: Page) -> None:
    page.set_viewport_size(PHONE)
    for section in ("账户", "收入", "用量", "订单", "发票", "审计日志", "系统状态"):
        open_section(page, section)

        assert faults_in_both_themes(page) == [], section


def test_an_account_and_its_dialogs_fit_a_phone_and_have_no_serious_findings(
    page: Page, operator: tuple[str, StorageState]
) -> None:
    open_account(page, operator[0])
    page.set_viewport_size(PHONE)
    assert faults_in_both_themes(page) == []
    for button in ("赠送额度", "修改标记", "停用"):
        page.get_by_role("button", name=button).click()
        expect(page.get_by_role("dialog")).to_be_visible()
        assert faults_in_both_themes(page) == [], button
        page.keyboard.press("Escape")
        expect(page.get_by_role("dialog")).to_have_count(0)


def test_in_english_every_section_speaks_english_and_fits_a_phone(page: Page) -> None:
    page.set_viewport_size(PHONE)
    page.get_by_role("button", name="English").click()
    for section in ("Accounts", "Revenue", "Usage", "Orders", "Invoices", "Audit log", "Health"):
        open_section(page, section)

        assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"], section
        expect(page.get_by_role("heading", level=2).first).to_have_text(section)


def test_whoever_signs_out_leaves_it(
    browser: Browser, server: AccountServer, operator: tuple[str, StorageState]
) -> None:
    with open_window(browser, f"{server.address}account") as page:
        sign_in(page, operator[0])
        expect(page.get_by_role("link", name="概览")).to_be_visible()
        sign_out(page)
        page.goto(f"{server.address}admin")

        expect(page.get_by_role("link", name="去登录")).to_be_visible()
