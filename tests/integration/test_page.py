"""The built page in a real browser against the real server, with an engine that says silence."""

from __future__ import annotations

import json
import re
import socket
import threading
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import soundfile
from playwright.sync_api import Browser, Locator, Page, Route, expect
from tests.integration.conftest import faultless

from huisheng.runtime.synthesizer import Synthesizer
from huisheng.server.app import create_app
from huisheng.server.guard.settings import GuardSettings
from huisheng.server.running import Server
from huisheng.server.settings import Settings
from huisheng.testing import SilentEngine
from huisheng.types import AudioChunk, Utterance

pytestmark = pytest.mark.browser

KEY = "correct-horse-battery"
TEXT = "春江😀花月夜，𠮷人来。"
SPOKEN = "春江花月夜𠮷人来"  # what the engine says of it; 😀 and 𠮷 take two UTF-16 units each
PACE = 0.4  # seconds a syllable lasts: long enough for a busy machine to draw it

NOTE_LIT = """
const lit = [];
new MutationObserver(() => {
  const text = document.querySelector("mark")?.textContent;
  if (text && text !== lit.at(-1)) lit.push(text);
  document.documentElement.dataset.lit = lit.join("");
}).observe(document, { subtree: true, childList: true, characterData: true });
"""
"""Writes down what has been lit, since a test looks too seldom to see each character."""


class HeldEngine(SilentEngine):
    """Silence that can be held back after a text's first sentence."""

    def __init__(self) -> None:
        super().__init__(seconds_per_item=PACE)
        self.go = threading.Event()
        self.go.set()

    def synthesize(self, utterance: Utterance) -> Generator[AudioChunk]:
        if utterance.sentence.span.start > 0:
            self.go.wait()
        yield from super().synthesize(utterance)

    @contextmanager
    def hold(self) -> Generator[None]:
        self.go.clear()
        try:
            yield
        finally:
            self.go.set()


@pytest.fixture(scope="module")
def engine() -> HeldEngine:
    return HeldEngine()


@pytest.fixture(scope="module")
def address(engine: HeldEngine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with serving(Settings(home=tmp_path_factory.mktemp("home")), engine) as address:
        yield address


@contextmanager
def serving(settings: Settings, engine: HeldEngine) -> Generator[str]:
    """The address of a server."""
    started = threading.Event()
    server = Server(create_app(settings, Synthesizer(engine)), on_start=started.set)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        assert started.wait(timeout=30)
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}/"
        finally:
            server.should_exit = True
            thread.join()


@pytest.fixture
def page(browser: Browser, address: str) -> Iterator[Page]:
    with (
        browser.new_context(locale="zh-CN", reduced_motion="reduce") as context,
        faultless(context.new_page()) as page,
    ):
        page.add_init_script(NOTE_LIT)
        page.goto(address)
        expect(page.get_by_role("radio", name="开心")).to_be_visible()
        yield page


def write(page: Page, text: str) -> None:
    page.get_by_role("textbox", name="要合成的文本").fill(text)


def speak(page: Page, text: str) -> None:
    write(page, text)
    page.get_by_role("button", name="开始合成").click()


def status_line(page: Page) -> Locator:
    """What the page tells beside the button; while the voices load, another status stands in their place."""
    return page.get_by_role("status").and_(page.locator("#status"))


def expect_made(page: Page) -> None:
    expect(status_line(page)).to_contain_text("合成完成", timeout=20_000)


def expect_heard(page: Page) -> None:
    """The sound is over: the position stands at the end, and the button offers to play again."""
    expect(page.get_by_role("button", name="播放", exact=True)).to_be_visible(timeout=30_000)
    expect(page.locator("time").first).to_have_text(re.compile(r"^([\d:.]+) / \1( 秒)?$"))


def expect_lit(page: Page, pattern: str) -> None:
    """The characters that have been lit so far, in the order of lighting."""
    expect(page.locator("html")).to_have_attribute("data-lit", re.compile(pattern), timeout=20_000)


def tab_to(page: Page, target: Locator) -> None:
    """Press Tab until the target has the focus; it must come within one round of the page."""
    for _ in range(60):
        page.keyboard.press("Tab")
        if target.evaluate("element => element === document.activeElement"):
            return
    pytest.fail("the keyboard does not reach it")


def seconds_made(page: Page) -> float:
    """Length of the sound that the page holds, by its own count of samples."""
    return float((page.locator("time").first.get_attribute("datetime") or "")[2:-1])


def test_pressing_the_button_brings_as_much_sound_as_the_server_made(page: Page) -> None:
    answers: list[str] = []

    def overhear(route: Route) -> None:  # Chromium does not keep the body of a stream
        answer = route.fetch()
        answers.append(answer.text())
        route.fulfill(response=answer)

    page.route("**/api/speech/stream", overhear)
    speak(page, TEXT)
    expect_made(page)

    done: dict[str, Any] = json.loads(answers[0].splitlines()[-1])
    assert seconds_made(page) == pytest.approx(done["duration"], abs=0.001)
    assert seconds_made(page) == pytest.approx(len(SPOKEN) * PACE, abs=PACE)


def test_every_character_is_lit_once_in_order_while_it_plays(page: Page) -> None:
    speak(page, TEXT)
    expect_heard(page)

    expect_lit(page, f"^{SPOKEN}$")


def test_seeking_lights_the_characters_that_play_there(page: Page) -> None:
    speak(page, TEXT)
    expect_heard(page)

    waveform = page.get_by_role("slider", name="播放位置")
    waveform.press("Home")

    expect(page.locator("mark")).to_have_text("春")


@pytest.mark.parametrize("format_name", ["FLAC", "WAV"])
def test_the_download_is_the_whole_take_in_the_chosen_format(
    page: Page, format_name: str, tmp_path: Path
) -> None:
    page.get_by_text(format_name, exact=True).click()
    speak(page, TEXT)

    with page.expect_download() as download:
        page.get_by_role("link", name=f"下载 {format_name}").click()
    download.value.save_as(tmp_path / "take")

    file = soundfile.info(tmp_path / "take")
    assert file.format == format_name
    assert file.duration == pytest.approx(seconds_made(page), abs=0.001)


def test_an_empty_text_cannot_be_sent_and_the_page_says_why(page: Page) -> None:
    write(page, "  \n")

    expect(page.get_by_role("button", name="开始合成")).to_be_disabled()
    expect(status_line(page)).to_have_text("请先输入文本。")


def test_a_text_over_the_limit_cannot_be_sent_and_the_page_says_by_how_much(page: Page) -> None:
    write(page, "长" * 20_003)

    expect(page.get_by_role("button", name="开始合成")).to_be_disabled()
    expect(page.get_by_text("超出 3 字")).to_be_visible()


def test_a_refusal_is_shown_in_the_servers_words_at_the_field_at_fault(page: Page) -> None:
    speak(page, "，。！")

    expect(page.get_by_role("alert")).to_contain_text("没有可以合成的内容")
    expect(page.get_by_role("textbox", name="要合成的文本")).to_have_attribute("aria-invalid", "true")


def test_a_server_that_is_gone_is_named_as_the_reason(page: Page) -> None:
    page.context.set_offline(True)
    speak(page, TEXT)

    expect(page.get_by_role("alert")).to_contain_text("连不上服务器")


def test_a_take_can_be_made_and_played_by_keyboard_alone(page: Page) -> None:
    tab_to(page, page.get_by_role("textbox"))
    page.keyboard.type(TEXT)
    tab_to(page, page.get_by_role("radio").first)
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Control+Enter")
    expect_made(page)

    page.keyboard.press("Escape")
    tab_to(page, page.get_by_role("button", name="播放", exact=True))
    page.keyboard.press("Space")

    expect(page.get_by_role("button", name="暂停")).to_be_focused()
    expect(page.get_by_role("radio", name="开心")).to_be_checked()


@pytest.mark.parametrize("how", ["Escape", "button"])
def test_stopping_keeps_what_was_made(page: Page, engine: HeldEngine, how: str) -> None:
    with engine.hold():
        speak(page, "春江花月夜。秋水共长天。")
        expect_lit(page, "^春")
        if how == "Escape":
            page.keyboard.press("Escape")
        else:
            page.get_by_role("button", name="停止").click()

        expect(status_line(page)).to_contain_text("已停止")

    expect(page.get_by_role("button", name="开始合成")).to_be_enabled()
    assert 4 * PACE < seconds_made(page) < 8 * PACE


def test_sound_begins_before_the_text_is_finished(page: Page, engine: HeldEngine) -> None:
    with engine.hold():
        speak(page, "春江花月夜。秋水共长天。")

        expect_lit(page, "^春江")
        expect(page.get_by_role("progressbar", name="合成进度")).to_be_visible()
    expect_heard(page)


def test_markup_in_the_text_is_shown_and_never_run(page: Page) -> None:
    hostile = "<b>春</b>。<img src=x onerror=\"document.title='打开了'\">。<b>秋</b>。"
    speak(page, hostile)
    expect_made(page)
    page.keyboard.press("Escape")
    page.get_by_role("slider", name="播放位置").press("Home")  # one sentence is lit, the others are not

    expect(page.get_by_role("region", name="朗读的文本")).to_have_text(hostile)
    expect(page.locator(".reader :is(img, b)")).to_have_count(0)


def test_an_earlier_take_can_be_played_again(page: Page) -> None:
    for text in ("春江", "秋水"):
        speak(page, text)
        expect_made(page)
        expect_heard(page)

    page.get_by_role("button", name="重播：春江").click()

    expect(page.get_by_role("region", name="朗读的文本")).to_have_text("春江")
    expect_heard(page)


def test_settings_outlast_a_reload(page: Page) -> None:
    page.get_by_text("悲伤", exact=True).click()
    page.reload()

    expect(page.get_by_role("radio", name="悲伤")).to_be_checked()


def test_the_language_is_kept_once_chosen(page: Page) -> None:
    page.get_by_role("button", name="切换到英文界面").click()
    page.reload()

    expect(page.get_by_role("heading", level=1)).to_have_text("Huisheng")
    expect(page.locator("html")).to_have_attribute("lang", "en")


def test_an_english_browser_is_greeted_in_chinese_too(browser: Browser, address: str) -> None:
    with browser.new_context(locale="en-GB") as context:
        page = context.new_page()
        page.goto(address)

        expect(page.get_by_role("heading", level=1)).to_have_text("绘声")


def test_the_stop_button_can_be_read_under_the_pointer(page: Page, engine: HeldEngine) -> None:
    with engine.hold():
        speak(page, "春江花月夜。秋水共长天。")
        stop = page.get_by_role("button", name="停止", exact=True)
        stop.hover()

        colours = stop.evaluate("e => [getComputedStyle(e).color, getComputedStyle(e).backgroundColor]")

    assert colours[0] != colours[1]


def test_the_page_loads_nothing_from_other_hosts(page: Page, address: str) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.reload()
    speak(page, TEXT)
    expect_made(page)

    assert asked
    assert all(url.startswith(address) for url in asked)


def test_a_guarded_server_is_used_with_the_key_that_the_page_asks_for(
    browser: Browser, engine: HeldEngine, tmp_path: Path
) -> None:
    settings = Settings(home=tmp_path, guard=GuardSettings.model_validate({"api_keys": KEY}))
    with serving(settings, engine) as address, browser.new_context(locale="zh-CN") as context:
        page = context.new_page()
        page.goto(address)
        field = page.get_by_label("密钥")
        use = page.get_by_role("button", name="使用")
        field.fill(f"wrong-{KEY}")
        use.click()
        expect(page.get_by_text("密钥不正确")).to_be_visible()
        field.fill(KEY)
        use.click()

        expect(page.get_by_role("radio", name="开心")).to_be_visible()
        page.reload()
        expect(page.get_by_role("radio", name="开心")).to_be_visible()
        write(page, "你好。")
        page.get_by_role("button", name="开始合成").click()
        expect(page.get_by_role("link", name="下载")).to_be_visible()
