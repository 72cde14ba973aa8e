"""Organizations in a real browser: made, shared, left; and what a person sets about themselves."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Final

import pytest
from playwright.sync_api import Browser, Page, expect
from tests.integration.accounts.page_server import AccountServer, account_server
from tests.integration.accounts.test_pages import (
    PHONE,
    PHRASE,
    enter,
    go_to,
    open_window,
    sign_in,
    sign_out,
)
from tests.integration.axe import faults_in_both_themes

pytestmark = [pytest.mark.browser, pytest.mark.slow]


SECTIONS: Final = ("概览", "用量", "密钥", "套餐", "订单与发票", "成员", "安全", "设置")
ENGLISH_SECTIONS: Final = (
    *("Overview", "Usage", "Keys", "Plans", "Orders & invoices", "Members", "Security", "Settings"),
)
CHINESE: Final = re.compile(r"[\u3000-\u303f\u4e00-\u9fff\uff00-\uffef]")
"""Characters, and their punctuation."""


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


def open_section(page: Page, section: str) -> None:
    """Go to a section, and see it whole."""
    go_to(page, section)
    expect(page.get_by_role("link", name=section, exact=True)).to_have_attribute("aria-current", "page")
    expect(page.get_by_text(re.compile("^(正在加载|Loading)"))).to_have_count(0)


def create_organization(page: Page) -> None:
    """Found 春江科技, and be in it."""
    page.get_by_role("button", name="切换账户").click()
    page.get_by_role("button", name="新建组织").click()
    page.get_by_label("组织名称").fill("春江科技")
    page.get_by_role("button", name="新建", exact=True).click()
    expect(page.get_by_role("button", name="切换账户：春江科技")).to_be_visible()


def invite(page: Page, email: str, role: str = "成员 使用") -> None:
    go_to(page, "成员")
    page.get_by_role("button", name="邀请成员").click()
    page.get_by_label("邮箱").fill(email)
    page.get_by_role("radio", name=role).check()
    page.get_by_role("button", name="发送邀请").click()
    expect(page.get_by_role("row", name=email)).to_be_visible()


def test_whoever_is_invited_and_new_joins_with_a_password(
    browser: Browser, page: Page, server: AccountServer
) -> None:
    create_organization(page)
    invite(page, "jiaxuan@example.com", "管理员")
    with open_window(browser, server.mail.wait_for_link("jiaxuan@example.com", "invitation")) as theirs:
        theirs.get_by_label("姓名").fill("辛弃疾")
        theirs.get_by_label("密码", exact=True).fill(PHRASE)
        theirs.get_by_role("button", name="接受邀请").click()

        expect(theirs.get_by_role("button", name="切换账户：春江科技")).to_be_visible()
        assert "invitation" not in theirs.url
    page.reload()
    expect(page.get_by_role("row", name="辛弃疾").get_by_role("combobox")).to_have_value("admin")
    expect(page.get_by_text("没有待接受的邀请。")).to_be_visible()


def test_whoever_is_invited_and_known_signs_in_first(
    browser: Browser, page: Page, server: AccountServer
) -> None:
    create_organization(page)
    with open_window(browser) as theirs:
        email = enter(theirs, server)
        sign_out(theirs)
        invite(page, email)
        theirs.goto(server.mail.wait_for_link(email, "invitation"))
        theirs.get_by_label("密码", exact=True).fill(PHRASE)
        theirs.get_by_role("button", name="接受邀请").click()
        expect(theirs.get_by_role("alert")).to_contain_text("这个邮箱已有账户，请登录后接受邀请。")
        sign_in(theirs, email)
        theirs.get_by_role("button", name="接受邀请").click()

        expect(theirs.get_by_role("button", name="切换账户：春江科技")).to_be_visible()
        expect(theirs.get_by_role("link", name="密钥", exact=True)).to_have_count(0)  # not for members


def test_a_role_is_changed_a_member_is_removed_an_invitation_withdrawn(
    browser: Browser, page: Page, server: AccountServer
) -> None:
    create_organization(page)
    invite(page, "wang@example.com")
    with open_window(browser, server.mail.wait_for_link("wang@example.com", "invitation")) as theirs:
        theirs.get_by_label("密码", exact=True).fill(PHRASE)
        theirs.get_by_role("button", name="接受邀请").click()
        expect(theirs.get_by_role("button", name="切换账户：春江科技")).to_be_visible()
    invite(page, "li@example.com")
    page.get_by_role("button", name=re.compile("^撤回 ?：li@")).click()
    expect(page.get_by_text("没有待接受的邀请。")).to_be_visible()
    page.reload()

    page.get_by_role("combobox", name="角色：wang@example.com").select_option("财务")
    expect(page.get_by_text("角色已更新")).to_be_visible()
    page.get_by_role("button", name=re.compile("^移除 ?：wang@")).click()
    page.get_by_role("dialog").get_by_role("button", name="移除").click()
    expect(page.get_by_role("row", name="wang@example.com")).to_have_count(0)


def test_one_switches_between_accounts(page: Page) -> None:
    create_organization(page)
    page.get_by_role("button", name="切换账户").click()
    page.get_by_role("button", name="个人").click()

    expect(page.get_by_role("button", name="切换账户：李清照")).to_be_visible()
    go_to(page, "成员")
    expect(page.get_by_text("个人账户只属于您自己。")).to_be_visible()


def test_name_language_and_zone_are_kept(page: Page) -> None:
    go_to(page, "设置")
    profile = page.get_by_role("region", name="个人资料")
    profile.get_by_label("姓名").fill("易安居士")
    profile.get_by_label("语言").select_option("English")
    profile.get_by_role("button", name="保存").click()
    expect(page.get_by_role("heading", name="Profile")).to_be_visible()
    account = page.get_by_role("region", name="Account", exact=True)
    account.get_by_label("Time zone").fill("Nowhere/Nothing")
    account.get_by_role("button", name="Save").click()
    expect(account.get_by_label("Time zone")).to_have_accessible_description(re.compile("no such time zone"))
    account.get_by_label("Time zone").fill("Europe/Berlin")
    account.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved")).to_be_visible()
    page.reload()

    expect(page.get_by_role("textbox", name="Name", exact=True)).to_have_value("易安居士")
    expect(page.get_by_label("Time zone")).to_have_value("Europe/Berlin")


def test_what_was_done_is_in_the_audit_log_in_words(page: Page) -> None:
    create_organization(page)
    go_to(page, "安全")

    log = page.get_by_role("region", name="审计日志")
    expect(log.get_by_role("row", name="创建账户").first).to_be_visible()
    expect(log).not_to_contain_text("account.created")


def test_every_section_fits_a_phone_and_has_no_serious_findings(
    browser: Browser, server: AccountServer
) -> None:
    with open_window(browser, viewport=PHONE) as page:
        enter(page, server)
        create_organization(page)
        for section in SECTIONS:
            open_section(page, section)

            assert faults_in_both_themes(page) == [], section


def test_the_section_that_an_address_names_is_in_sight_on_a_phone(
    browser: Browser, server: AccountServer
) -> None:
    with open_window(browser, viewport=PHONE) as page:
        enter(page, server, "account#settings")

        expect(page.get_by_role("link", name="设置", exact=True)).to_be_in_viewport(ratio=0.9)


@pytest.mark.parametrize(
    ("section", "button"),
    [("密钥", "创建密钥"), ("成员", "邀请成员"), ("设置", "删除账户"), ("", "新建组织")],
)
def test_a_dialog_fits_a_phone_and_has_no_serious_findings(
    browser: Browser, server: AccountServer, section: str, button: str
) -> None:
    with open_window(browser, viewport=PHONE) as page:
        enter(page, server)
        create_organization(page)
        if section:
            open_section(page, section)
        else:
            page.get_by_role("button", name="切换账户").click()
        page.get_by_role("button", name=button).click()
        expect(page.get_by_role("dialog")).to_be_visible()

        assert faults_in_both_themes(page) == []


def test_the_menu_of_accounts_with_long_names_fits_a_phone(browser: Browser, server: AccountServer) -> None:
    with open_window(browser, viewport=PHONE) as page:
        enter(page, server, name="春江花月夜科技有限责任公司华东区第三客户服务中心")
        page.get_by_role("button", name="切换账户").click()

        expect(page.get_by_role("button", name="退出登录")).to_be_in_viewport(ratio=0.9)
        expect(page.get_by_role("button", name=re.compile("个人$"))).to_be_in_viewport(ratio=0.9)
        assert faults_in_both_themes(page) == []


def test_in_english_every_section_speaks_english_and_fits_a_phone(
    browser: Browser, server: AccountServer
) -> None:
    with open_window(browser, viewport=PHONE) as page:
        enter(page, server, name="Alexandria Featherstonehaugh-Wellington")
        page.get_by_role("button", name="English").click()
        for section in ENGLISH_SECTIONS:
            open_section(page, section)
            left = CHINESE.findall(page.get_by_role("main").inner_text())

            assert "".join(left) in {"", "你好，世界。", "简体中文"}, section
            assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"], section


def test_everything_that_is_known_can_be_taken_along(page: Page, server: AccountServer) -> None:
    email = page.request.get(f"{server.address}api/account").json()["user"]["email"]
    go_to(page, "设置")
    with page.expect_download() as export:
        page.get_by_role("link", name="下载").click()
    known = json.loads(export.value.path().read_bytes())

    assert export.value.suggested_filename == "huisheng-account.json"
    assert email in json.dumps(known)


def test_an_account_is_deleted_with_the_password_alone(page: Page, server: AccountServer) -> None:
    email = page.request.get(f"{server.address}api/account").json()["user"]["email"]
    go_to(page, "设置")
    page.get_by_role("button", name="删除账户").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("输入登录密码以确认").fill("不是这一个密码")
    dialog.get_by_role("button", name="删除账户").click()
    expect(dialog.get_by_role("alert")).to_contain_text("密码不正确")
    dialog.get_by_label("输入登录密码以确认").fill(PHRASE)
    dialog.get_by_role("button", name="删除账户").click()
    expect(page.get_by_role("heading", name="登录", exact=True)).to_be_visible()
    sign_in(page, email)

    expect(page.get_by_role("alert")).to_contain_text("邮箱或密码不正确。")
