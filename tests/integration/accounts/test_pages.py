"""The account's page in a real browser against the real server: as a new user goes through it."""

from __future__ import annotations

import itertools
import re
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, cast

import httpx
import pytest
from playwright.sync_api import Browser, Page, ViewportSize, expect
from tests.integration.accounts.page_server import AccountServer, account_server
from tests.integration.axe import faults_in_both_themes
from tests.integration.conftest import faultless

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PHRASE: Final = "落笔成声，声中有情"
"""The password of everybody here."""
PHONE: Final = ViewportSize(width=375, height=800)
_numbers = itertools.count(1)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AccountServer]:
    with account_server(tmp_path_factory.mktemp("home")) as server:
        yield server


@contextmanager
def open_window(browser: Browser, address: str = "", **context: object) -> Generator[Page]:
    """A page in a window of its own, in which nobody is signed in; empty without an address."""
    settings: dict[str, object] = {"locale": "zh-CN", "reduced_motion": "reduce", **context}
    with browser.new_context(**cast("Any", settings)) as window, faultless(window.new_page()) as page:
        if address:
            page.goto(address)
        yield page


@pytest.fixture
def page(browser: Browser, server: AccountServer) -> Iterator[Page]:
    with open_window(browser, f"{server.address}account") as page:
        yield page


@pytest.fixture
def member(page: Page, server: AccountServer) -> str:
    """The address of somebody new, who is signed in and sees it."""
    email = enter(page, server)
    expect(page.get_by_role("link", name="概览")).to_be_visible()
    return email


def enter(page: Page, server: AccountServer, place: str = "account", name: str = "李清照") -> str:
    """Be somebody new who is signed in, at a place; the address."""
    person = {"email": new_email(), "password": PHRASE, "name": name}
    assert page.request.post(f"{server.address}api/auth/signup", data=person).ok
    log_in(page, server, person["email"])
    page.goto(f"{server.address}{place}")
    return person["email"]


def log_in(page: Page, server: AccountServer, email: str) -> None:
    """Sign in, without the page."""
    person = {"email": email, "password": PHRASE}
    assert page.request.post(f"{server.address}api/auth/login", data=person).ok


def new_email() -> str:
    """An address that nobody has."""
    return f"qingzhao{next(_numbers)}@example.com"


def fill_sign_up(page: Page) -> str:
    """Sign up with a new address."""
    email = new_email()
    page.get_by_role("link", name="注册").click()
    page.get_by_label("邮箱").fill(email)
    page.get_by_label("姓名").fill("李清照")
    page.get_by_label("密码", exact=True).fill(PHRASE)
    page.get_by_role("button", name="注册").click()
    return email


def sign_in(page: Page, email: str, password: str = PHRASE) -> None:
    page.get_by_label("邮箱").fill(email)
    page.get_by_label("密码", exact=True).fill(password)
    page.get_by_role("button", name="登录", exact=True).click()


def sign_out(page: Page) -> None:
    page.get_by_role("button", name="切换账户").click()
    page.get_by_role("button", name="退出登录").click()
    expect(page.get_by_role("heading", name="登录", exact=True)).to_be_visible()


def go_to(page: Page, section: str) -> None:
    page.get_by_role("link", name=section, exact=True).click()


def test_whoever_signs_up_is_in(page: Page) -> None:
    fill_sign_up(page)

    expect(page.get_by_role("link", name="概览")).to_be_visible()


def test_a_link_that_is_mailed_signs_in_and_is_not_kept_in_the_address(
    browser: Browser, tmp_path: Path
) -> None:
    with (
        account_server(tmp_path, "verified") as server,
        open_window(browser, f"{server.address}account") as page,
    ):
        email = fill_sign_up(page)
        expect(page.get_by_role("heading", name="请查收邮件")).to_be_visible()
        page.get_by_role("button", name="返回登录").click()
        sign_in(page, email)
        expect(page.get_by_role("heading", name="请查收邮件")).to_be_visible()
        page.goto(server.mail.wait_for_link(email, "verify"))
        page.get_by_role("button", name="完成验证").click()

        expect(page.get_by_role("button", name="切换账户")).to_contain_text("李清照")
        assert "verify" not in page.url


def test_what_is_missing_is_told_at_the_field_and_has_the_focus(page: Page) -> None:
    page.get_by_role("button", name="登录", exact=True).click()

    expect(page.get_by_label("邮箱")).to_be_focused()
    expect(page.get_by_label("邮箱")).to_have_accessible_description("请填写邮箱地址。")


def test_a_wrong_password_is_told_in_the_servers_words(page: Page, member: str) -> None:
    sign_out(page)
    sign_in(page, member, "不是这一个密码")

    expect(page.get_by_role("alert")).to_contain_text("邮箱或密码不正确。")


def test_a_password_that_is_too_easy_is_told_at_its_field(page: Page) -> None:
    page.get_by_role("link", name="注册").click()
    page.get_by_label("邮箱").fill("easy@example.com")
    page.get_by_label("密码", exact=True).fill("password1")
    page.get_by_role("button", name="注册").click()

    expect(page.get_by_label("密码", exact=True)).to_be_focused()
    expect(page.get_by_label("密码", exact=True)).to_have_accessible_description(
        "密码应为 8 到 128 个字符，不能是常见的密码，也不能与邮箱相同。"
    )


def test_a_forgotten_password_is_set_anew_by_mail(page: Page, server: AccountServer, member: str) -> None:
    sign_out(page)
    page.get_by_role("link", name="忘记密码？").click()
    page.get_by_label("邮箱").fill(member)
    page.get_by_role("button", name="发送链接").click()
    page.goto(server.mail.wait_for_link(member, "reset"))
    page.get_by_label("新密码", exact=True).fill("欲说还休，却道天凉好个秋")
    page.get_by_role("button", name="保存并登录").click()
    expect(page.get_by_role("link", name="概览")).to_be_visible()
    sign_out(page)
    sign_in(page, member, "欲说还休，却道天凉好个秋")

    expect(page.get_by_role("link", name="概览")).to_be_visible()


def test_a_key_is_shown_once_and_opens_the_server(page: Page, server: AccountServer, member: str) -> None:
    assert member
    go_to(page, "密钥")
    page.get_by_role("button", name="创建密钥").click()
    page.get_by_role("dialog").get_by_label("名称").fill("客服机器人")
    page.get_by_role("dialog").get_by_role("button", name="创建密钥").click()
    key = page.get_by_role("region", name="密钥", exact=True).inner_text()
    assert ask_voices(server, key) == httpx.codes.OK
    page.get_by_role("button", name="我已保存密钥").click()
    expect(page.get_by_role("row", name="客服机器人")).to_contain_text("可用")
    expect(page.get_by_text(key)).to_have_count(0)

    page.get_by_role("button", name="撤销").click()
    page.get_by_role("dialog").get_by_role("button", name="撤销").click()
    expect(page.get_by_role("row", name="客服机器人")).to_contain_text("已撤销")
    assert ask_voices(server, key) == httpx.codes.UNAUTHORIZED


def ask_voices(server: AccountServer, key: str) -> int:
    """The status of a request with a key."""
    return httpx.get(f"{server.address}api/voices", headers={"Authorization": f"Bearer {key}"}).status_code


def test_a_key_is_changed(page: Page, member: str) -> None:
    assert member
    go_to(page, "密钥")
    page.get_by_role("button", name="创建密钥").click()
    page.get_by_label("名称").fill("旧名")
    page.get_by_role("dialog").get_by_role("button", name="创建密钥").click()
    page.get_by_role("button", name="我已保存密钥").click()
    page.get_by_role("button", name="编辑").click()
    page.get_by_label("名称").fill("新名")
    page.get_by_text("更多限制").click()
    page.get_by_label("允许的 IP 地址").fill("203.0.113.7\n10.0.0.0/8")
    page.get_by_label("并发上限").fill("3")
    page.get_by_role("button", name="保存").click()

    expect(page.get_by_role("row", name="新名")).to_contain_text("203.0.113.7/32、10.0.0.0/8")


def test_a_session_that_is_over_is_told_and_leads_back_to_signing_in(page: Page, member: str) -> None:
    page.context.clear_cookies()
    go_to(page, "密钥")
    expect(page.get_by_role("alert")).to_contain_text("登录已过期，请重新登录。")
    sign_in(page, member)

    expect(page.get_by_role("heading", name="API 密钥")).to_be_visible()


def test_another_browser_can_be_signed_out(browser: Browser, server: AccountServer) -> None:
    with open_window(browser) as here, open_window(browser, f"{server.address}account") as there:
        sign_in(there, enter(here, server))
        expect(there.get_by_role("link", name="概览")).to_be_visible()
        go_to(here, "安全")
        end = here.get_by_role("button", name=re.compile("^退出 ?：Chrome"))
        end.click()
        expect(end).to_have_count(0)
        go_to(there, "密钥")

        expect(there.get_by_role("alert")).to_contain_text("登录已过期")


def test_a_password_is_changed_with_the_old_one(page: Page, member: str) -> None:
    assert member
    go_to(page, "安全")
    page.get_by_label("当前密码").fill("不是这一个密码")
    page.get_by_label("新密码", exact=True).fill("欲说还休，却道天凉好个秋")
    page.get_by_role("button", name="修改密码").click()
    expect(page.get_by_label("当前密码")).to_have_accessible_description("当前密码不正确。")
    page.get_by_label("当前密码").fill(PHRASE)
    page.get_by_role("button", name="修改密码").click()
    expect(page.get_by_text("密码已修改")).to_be_visible()
    sign_out(page)
    sign_in(page, member, "欲说还休，却道天凉好个秋")

    expect(page.get_by_role("link", name="概览")).to_be_visible()


# The first page


def test_the_first_page_says_that_one_must_sign_in(browser: Browser, server: AccountServer) -> None:
    with open_window(browser, server.address) as page:
        expect(page.get_by_role("alert")).to_contain_text("请先登录，再使用语音合成。")
        page.get_by_role("alert").get_by_role("link", name="登录").click()

        expect(page.get_by_role("heading", name="登录", exact=True)).to_be_visible()


def test_the_first_page_says_who_is_signed_in_and_speaks(
    page: Page, server: AccountServer, member: str
) -> None:
    assert member
    page.goto(server.address)
    expect(page.get_by_role("link", name="李清照")).to_be_visible()
    page.get_by_role("textbox", name="要合成的文本").fill("你好。")
    page.get_by_role("button", name="开始合成").click()

    expect(page.locator("#status")).to_contain_text("合成完成")


# What everybody can use


@pytest.mark.parametrize("place", ["", "#signup", "#forgot", "#reset=x", "#verify=x", "#invitation=x"])
def test_signing_in_fits_a_phone_and_has_no_serious_findings(
    browser: Browser, server: AccountServer, place: str
) -> None:
    with open_window(browser, f"{server.address}account{place}", viewport=PHONE) as page:
        page.get_by_role("main").get_by_role("button").last.click()
        expect(page.locator("form")).to_be_visible()

        assert faults_in_both_themes(page) == []


def test_a_link_that_was_cut_off_is_told_in_words(page: Page, server: AccountServer) -> None:
    page.goto(f"{server.address}account#verify=abc")
    page.get_by_role("button", name="完成验证").click()

    expect(page.get_by_role("alert")).to_contain_text("链接不完整，请从邮件中重新打开，或重新获取。")


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_head_of_the_first_page_fits_a_phone(
    browser: Browser, server: AccountServer, language: str
) -> None:
    with open_window(browser, viewport=PHONE) as page:
        page.add_init_script(f"localStorage.setItem('huisheng.language', '{language}')")
        page.goto(server.address)
        title = page.get_by_role("heading", level=1)
        width = title.evaluate(
            "node => { const text = document.createRange(); text.selectNodeContents(node);"
            " return text.getBoundingClientRect().width - node.clientWidth; }"
        )

        assert width <= 0


def test_one_can_sign_in_by_keyboard_alone(page: Page, member: str) -> None:
    sign_out(page)
    page.get_by_label("邮箱").focus()
    page.keyboard.type(member)
    page.keyboard.press("Tab")
    page.keyboard.insert_text(PHRASE)
    page.keyboard.press("Enter")

    expect(page.get_by_role("link", name="概览")).to_be_visible()
