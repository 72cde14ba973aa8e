"""The page on small screens, in forced colours and in both themes, and what it tells while it is used."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, Final, cast

import pytest
from playwright.sync_api import Browser, Locator, Page, ViewportSize, expect
from tests.integration.test_page import HeldEngine, expect_made, serving, speak, status_line, tab_to, write

from huisheng.engines.protocol import Capabilities
from huisheng.errors import EmptyText, UnreadableText
from huisheng.server.settings import Settings
from huisheng.testing import SILENT_VOICE

pytestmark = pytest.mark.browser

PHONE: Final = ViewportSize(width=390, height=844)
SIDEWAYS: Final = ViewportSize(width=844, height=390)
DESK: Final = ViewportSize(width=1440, height=900)
SILLY: Final = f"{'哈' * 60}https://example.com/{'a' * 60}"
LIGHT: Final = "rgb(244, 238, 226)"
DARK: Final = "rgb(22, 19, 16)"
SAMPLES: Final = "/api/speech?"


class ManyVoices(HeldEngine):
    """Says silence under many names, women and men by turns."""

    def __init__(self, count: int) -> None:
        super().__init__()
        self._many = tuple(
            replace(
                SILENT_VOICE,
                id=f"v{k}",
                name=f"甲{k}",
                description="温润从容的声音，适合讲述、有声书、课程与助手",
                gender=("female", "male")[k % 2],
            )
            for k in range(1, count + 1)
        )

    @property
    def capabilities(self) -> Capabilities:
        """Those of the silent engine, with many voices."""
        return replace(super().capabilities, voices=self._many)


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with serving(Settings(home=tmp_path_factory.mktemp("home")), ManyVoices(8)) as address:
        yield address


@contextmanager
def open_page(browser: Browser, address: str, **context: object) -> Generator[Page]:
    """The page in a window of its own."""
    settings: dict[str, object] = {"locale": "zh-CN", "reduced_motion": "reduce", "viewport": DESK, **context}
    with browser.new_context(**cast("Any", settings)) as window:
        page = window.new_page()
        page.goto(address)
        expect(page.get_by_role("radio", name="开心")).to_be_visible()
        yield page


@pytest.fixture
def page(browser: Browser, address: str) -> Iterator[Page]:
    with open_page(browser, address) as page:
        yield page


def assert_fits(page: Page) -> None:
    """Nothing makes the page wider than its window."""
    root = page.locator("html")
    assert root.evaluate("e => e.scrollWidth") <= root.evaluate("e => e.clientWidth")


def background(target: Locator) -> str:
    return target.evaluate("e => getComputedStyle(e).backgroundColor")


def colour(target: Locator) -> str:
    return target.evaluate("e => getComputedStyle(e).color")


def sample_button(page: Page, voice: str) -> Locator:
    return page.get_by_role("button", name=f"试听{voice}", exact=True)


# Screens


@pytest.mark.parametrize("viewport", [ViewportSize(width=320, height=600), PHONE, SIDEWAYS], ids=str)
def test_long_lines_in_the_history_and_notices_do_not_widen_the_page(
    browser: Browser, address: str, viewport: ViewportSize
) -> None:
    with open_page(browser, address, viewport=viewport) as page:
        for rows, text in enumerate((f"好。{SILLY}", SILLY), start=1):
            speak(page, text)
            expect(page.locator("ol li")).to_have_count(rows)
            page.keyboard.press("Escape")
            expect(page.get_by_role("button", name="开始合成")).to_be_enabled()
        speak(page, "，。")
        expect(page.get_by_role("alert").get_by_role("button")).to_be_visible()

        assert_fits(page)


@pytest.mark.parametrize("viewport", [PHONE, SIDEWAYS, ViewportSize(width=1024, height=768)], ids=str)
def test_english_words_do_not_widen_the_page(browser: Browser, address: str, viewport: ViewportSize) -> None:
    with open_page(browser, address, viewport=viewport) as page:
        page.get_by_role("button", name="English").click()

        expect(page.get_by_role("radio", name="Affectionate")).to_be_visible()
        assert_fits(page)
        assert (
            page.locator("label").evaluate_all(
                "labels => labels.filter(e => e.scrollWidth > e.clientWidth).map(e => e.textContent)"
            )
            == []
        )


def test_the_documentation_fits_a_phone(browser: Browser, address: str) -> None:
    with browser.new_context(viewport=PHONE, is_mobile=True) as window:
        page = window.new_page()
        page.goto(f"{address}docs")

        assert_fits(page)


def test_a_phone_on_its_side_shows_five_lines_of_the_text_and_the_button(
    browser: Browser, address: str
) -> None:
    with open_page(browser, address, viewport=SIDEWAYS) as page:
        text = page.get_by_role("textbox").bounding_box()
        button = page.get_by_role("button", name="开始合成").bounding_box()

        line = page.get_by_role("textbox").evaluate("e => parseFloat(getComputedStyle(e).lineHeight)")
        assert text is not None
        assert button is not None
        assert text["height"] >= 5 * line - 1
        assert text["y"] + text["height"] < button["y"]
        assert button["y"] + button["height"] <= SIDEWAYS["height"]


@pytest.mark.parametrize(("touch", "told"), [(True, False), (False, True)])
def test_keys_are_shown_where_there_is_a_keyboard(
    browser: Browser, address: str, touch: bool, told: bool
) -> None:
    with open_page(browser, address, has_touch=touch, is_mobile=touch, viewport=PHONE) as page:
        write(page, "你好")
        expect(status_line(page)).not_to_have_text("请先输入文本。")

        assert ("Enter" in status_line(page).inner_text()) is told


# Voices


def test_every_voice_is_in_sight_without_scrolling_a_box(page: Page) -> None:
    cards = page.get_by_role("group", name="音色", exact=True).first

    expect(cards.get_by_role("radio")).to_have_count(8)
    assert (
        cards.locator("div").evaluate_all(
            "boxes => boxes.filter(e => e.scrollHeight > e.clientHeight + 1).map(e => e.className)"
        )
        == []
    )


def test_a_long_list_of_voices_says_how_many_there_are(browser: Browser, tmp_path: Path) -> None:
    with serving(Settings(home=tmp_path), ManyVoices(12)) as address, open_page(browser, address) as page:
        expect(page.get_by_role("radio", name="甲")).to_have_count(8)
        page.get_by_role("button", name="显示全部 12 个音色").click()

        expect(page.get_by_role("radio", name="甲")).to_have_count(12)
        page.get_by_text("甲12", exact=False).click()
        page.get_by_role("button", name="收起").click()
        expect(page.get_by_role("radio", name="甲12")).to_be_checked()


def test_a_sample_is_made_once_and_then_kept(page: Page) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if SAMPLES in request.url else None)
    for _ in range(2):
        sample_button(page, "甲2").click()
        stop = page.get_by_role("button", name="停止试听甲2", exact=True)
        expect(stop).to_have_attribute("aria-busy", "false")
        stop.click()
        expect(sample_button(page, "甲2")).to_be_visible()

    assert len(asked) == 1
    assert "voice=v2" in asked[0]


def test_one_sample_plays_at_a_time(page: Page) -> None:
    sample_button(page, "甲1").click()
    expect(page.get_by_role("button", name="停止试听甲1", exact=True)).to_be_visible()
    sample_button(page, "甲2").click()

    expect(page.get_by_role("button", name="停止试听甲2", exact=True)).to_be_visible()
    expect(page.get_by_role("button", name="停止试听")).to_have_count(1)


def test_a_take_ends_the_sample(page: Page) -> None:
    sample_button(page, "甲1").click()
    expect(page.get_by_role("button", name="停止试听")).to_have_count(1)
    speak(page, "你好")

    expect(page.get_by_role("button", name="停止试听")).to_have_count(0)


def test_a_sample_is_played_by_keyboard_and_chooses_nothing(page: Page) -> None:
    tab_to(page, sample_button(page, "甲2"))
    page.keyboard.press("Enter")

    stop = page.get_by_role("button", name="停止试听甲2", exact=True)
    expect(stop).to_be_focused()
    expect(page.get_by_role("radio", name="甲1")).to_be_checked()
    page.keyboard.press("Escape")
    expect(stop).to_have_count(0)


def test_a_sample_that_cannot_be_made_is_reported_and_no_field_is_blamed(page: Page) -> None:
    page.context.set_offline(True)
    sample_button(page, "甲1").click()

    expect(page.get_by_role("alert")).to_contain_text("连不上服务器")
    expect(sample_button(page, "甲1")).to_be_visible()
    expect(page.get_by_role("textbox")).to_have_attribute("aria-invalid", "false")


# Emotions


def test_the_emotion_can_be_left_to_the_words(page: Page) -> None:
    page.get_by_text("自动", exact=True).click()
    with page.expect_request("**/api/speech/stream") as asked:
        speak(page, "太好了！")
    expect_made(page)

    assert (asked.value.post_data_json or {})["emotion"] == "auto"
    expect(page.locator(".result")).to_contain_text("自动")


def test_the_automatic_emotion_has_an_english_name(page: Page) -> None:
    page.get_by_role("button", name="English").click()

    expect(page.get_by_role("radio", name="Auto")).to_be_visible()


# Notices


def test_a_notice_is_the_servers_sentence_and_no_more(page: Page) -> None:
    speak(page, "，。！")

    expect(page.get_by_role("alert").locator("p")).to_have_text(EmptyText().message)


def test_a_text_in_a_script_that_is_not_read_is_not_called_empty(page: Page) -> None:
    speak(page, "مرحبا")

    expect(page.get_by_role("alert").locator("p")).to_have_text(UnreadableText().message)


def test_a_notice_goes_when_what_it_speaks_of_has_changed(page: Page) -> None:
    speak(page, "，。！")
    expect(page.get_by_role("alert")).not_to_be_empty()
    page.get_by_role("slider", name="语速").press("ArrowRight")
    expect(page.get_by_role("alert")).not_to_be_empty()
    write(page, "你好")

    expect(page.get_by_role("alert")).to_be_empty()
    expect(page.get_by_role("textbox")).to_have_attribute("aria-invalid", "false")


# Names


def test_the_language_button_is_called_what_it_shows(page: Page) -> None:
    for shown in ("English", "中文"):
        button = page.get_by_role("button", name=shown)
        expect(button).to_contain_text(shown)
        button.click()


# Colours


@pytest.mark.parametrize("group", ["emotion", "voice", "format"])
def test_what_is_chosen_is_seen_in_forced_colours(browser: Browser, address: str, group: str) -> None:
    with open_page(browser, address, forced_colors="active") as page:
        labels = page.locator(f"label:has([name={group}])")

        chosen = colour(labels.and_(page.locator(":has(:checked)")))
        others = labels.and_(page.locator(":not(:has(:checked))")).all()
        assert chosen not in {colour(label) for label in others}


def test_sliders_are_the_systems_own_in_forced_colours(browser: Browser, address: str) -> None:
    with open_page(browser, address, forced_colors="active") as page:
        kinds = page.get_by_role("slider").evaluate_all("all => all.map(e => getComputedStyle(e).appearance)")

    assert kinds == ["auto"] * 4


@pytest.mark.parametrize(("system", "colour"), [("light", LIGHT), ("dark", DARK)])
@pytest.mark.parametrize("path", ["", "docs"])
def test_the_theme_is_the_systems_at_first(
    browser: Browser, address: str, path: str, system: str, colour: str
) -> None:
    with open_page(browser, address, color_scheme=system) as page:
        page.goto(address + path)

        assert background(page.locator("body")) == colour


def test_a_theme_that_was_chosen_stands_over_the_systems_and_is_kept(page: Page, address: str) -> None:
    page.get_by_role("button", name="外观：跟随系统").click()
    page.get_by_role("button", name="外观：浅色").click()
    page.reload()

    expect(page.get_by_role("button", name="外观：深色")).to_be_visible()
    assert background(page.locator("body")) == DARK
    page.get_by_role("link", name="接口文档").click()
    assert background(page.locator("body")) == DARK


def test_a_theme_is_there_before_the_program_of_the_page(page: Page) -> None:
    page.get_by_role("button", name="外观：跟随系统").click()
    page.get_by_role("button", name="外观：浅色").click()
    page.route("**/assets/*.js", lambda route: route.abort())
    page.reload()

    assert background(page.locator("body")) == DARK


def test_the_switch_of_themes_speaks_english(page: Page) -> None:
    page.get_by_role("button", name="English").click()

    expect(page.get_by_role("button", name="Appearance: system")).to_be_visible()
