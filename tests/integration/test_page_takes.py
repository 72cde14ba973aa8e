"""What the page does with texts and takes: import, files, captions, history, code to copy, replay."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import pytest
import soundfile
from playwright.sync_api import Browser, BrowserContext, FilePayload, Page, Route, expect
from tests.integration.conftest import faultless
from tests.integration.test_page import (
    KEY,
    NOTE_LIT,
    HeldEngine,
    expect_heard,
    expect_lit,
    expect_made,
    serving,
    speak,
    status_line,
    write,
)

from huisheng.runtime.captions import subrip
from huisheng.server.guard.settings import GuardSettings
from huisheng.server.settings import Settings
from huisheng.types import Span, Timing
from huisheng.units import Seconds

pytestmark = pytest.mark.browser

TEXT: Final = "春江😀花月夜，𠮷人来。"
SPOKEN: Final = "春江花月夜𠮷人来"
HOSTILE: Final = "它说：'好'，\"妙\"。\n$HOME `id` \\n \\\\ !! %s {x} 春。'"
"""Whatever a shell or Python could take for its own."""

WITHOUT_STORAGE: Final = """
for (const name of ["localStorage", "sessionStorage", "indexedDB"])
  Object.defineProperty(window, name, { get() { throw new DOMException("forbidden", "SecurityError"); } });
"""
WITHOUT_ROOM: Final = """
IDBObjectStore.prototype.put = () => { throw new DOMException("full", "QuotaExceededError"); };
Storage.prototype.setItem = () => { throw new DOMException("full", "QuotaExceededError"); };
"""
POINT: Final = """(pane, wanted) => {
  const walker = document.createTreeWalker(pane, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
    const start = node.data.indexOf(wanted);
    if (start < 0) continue;
    const range = document.createRange();
    range.setStart(node, start);
    range.setEnd(node, start + wanted.length);
    const { left, right, top, bottom } = range.getBoundingClientRect();
    return [left + (right - left) * 0.75, (top + bottom) / 2];
  }
}"""
"""Where a character is shown: a point on its right half, which is nearer to the gap after it."""

LOSE_SOUND: Final = """() => new Promise((resolve, reject) => {
  const opening = indexedDB.open("huisheng");
  opening.onsuccess = () => {
    const transaction = opening.result.transaction("audio", "readwrite");
    transaction.objectStore("audio").clear();
    transaction.oncomplete = () => { opening.result.close(); resolve(); };
    transaction.onabort = () => reject(transaction.error);
  };
})"""
"""What another tab that clears the history leaves of a take that this one changes later."""

KEPT: Final = """shown => new Promise((resolve) => {
  const opening = indexedDB.open("huisheng");
  opening.onupgradeneeded = () => opening.transaction.abort();
  opening.onerror = () => resolve(false);
  opening.onsuccess = () => {
    const counting = opening.result.transaction("takes").objectStore("takes").count();
    counting.onsuccess = () => { opening.result.close(); resolve(counting.result === shown); };
  };
})"""
"""Whether the browser keeps as many takes as the page shows."""

OPEN_LATE: Final = """
const open = IDBFactory.prototype.open;
const released = new Promise((resolve) => (window.openArchive = resolve));
IDBFactory.prototype.open = function (...args) {
  const opening = open.apply(this, args);
  const late = { get result() { return opening.result; } };
  opening.onupgradeneeded = () => late.onupgradeneeded();
  opening.onsuccess = () => released.then(() => late.onsuccess());
  return late;
};
"""
"""Opens databases when the test says so."""

DROP: Final = """([name, text]) => {
  const transfer = new DataTransfer();
  transfer.items.add(new File([text], name, { type: "text/plain" }));
  document.body.dispatchEvent(new DragEvent("drop", { dataTransfer: transfer, bubbles: true }));
}"""


@pytest.fixture(scope="module")
def engine() -> HeldEngine:
    return HeldEngine()


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module")
def address(engine: HeldEngine, home: Path) -> Iterator[str]:
    with serving(Settings(home=home), engine) as address:
        yield address


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    with browser.new_context(locale="zh-CN", reduced_motion="reduce") as context:
        context.grant_permissions(["clipboard-read", "clipboard-write"])
        yield context


@pytest.fixture
def page(context: BrowserContext, address: str) -> Iterator[Page]:
    with faultless(context.new_page()) as page:
        page.goto(address)
        expect(page.get_by_role("radio", name="开心")).to_be_visible()
        yield page


def make(page: Page, text: str) -> None:
    """Speak to the end, and stop the sound."""
    takes = page.get_by_role("button", name="重播：")
    before = takes.count()
    speak(page, text)
    expect(page.get_by_role("link", name="下载")).to_be_visible(timeout=20_000)
    expect(takes).to_have_count(before + 1)
    page.keyboard.press("Escape")


def reload(page: Page) -> None:
    """Load the page anew, once the browser keeps every take that it shows."""
    page.wait_for_function(KEPT, arg=page.get_by_role("button", name="重播：").count())
    page.reload()


def text_field_holds(page: Page, text: str) -> None:
    expect(page.get_by_role("textbox", name="要合成的文本")).to_have_value(text)


def import_file(page: Page, content: bytes, name: str = "小说.txt") -> None:
    page.locator("input[type=file]").set_input_files(
        FilePayload(name=name, mimeType="text/plain", buffer=content)
    )


def save_download(page: Page, press: Callable[[], None], folder: Path) -> Path:
    """The file that a press downloads, under the name that the page gives it."""
    with page.expect_download() as download:
        press()
    path = folder / download.value.suggested_filename
    download.value.save_as(path)
    return path


def choose_download(page: Page, name: str) -> Callable[[], None]:
    def press() -> None:
        page.get_by_role("button", name="更多下载").click()
        page.get_by_role("button", name=name).click()

    return press


def copy(page: Page, name: str) -> str:
    page.get_by_role("button", name="复制为代码").click()
    page.get_by_role("button", name=name).click()
    expect(status_line(page)).to_have_text("已复制当前的文本和设置")
    return str(page.evaluate("navigator.clipboard.readText()"))


def point_at(page: Page, character: str) -> tuple[float, float]:
    reader = page.get_by_role("region", name="朗读的文本")
    reader.scroll_into_view_if_needed()
    x, y = reader.evaluate(POINT, character)
    return x, y


def test_a_long_history_row_does_not_widen_a_phones_page(page: Page) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    for text in ("春江花月夜" * 12, "秋水共长天"):
        make(page, text)

    expect(page.get_by_role("button", name="重播：春江花月夜")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") == 390


def test_the_length_of_a_short_sound_is_shown_in_tenths_of_a_second(page: Page) -> None:
    speak(page, "春")
    expect_made(page)

    expect(status_line(page)).to_have_text("合成完成，时长 0.4 秒")


def test_after_another_format_is_chosen_both_are_offered_by_their_names(page: Page, tmp_path: Path) -> None:
    make(page, TEXT)
    page.get_by_text("FLAC", exact=True).click()

    expect(page.get_by_role("link", name="下载 MP3")).to_be_visible()
    chosen = page.get_by_role("button", name="下载 FLAC", exact=True)
    assert soundfile.info(save_download(page, chosen.click, tmp_path)).format == "FLAC"


def test_other_formats_are_in_the_menu(page: Page, tmp_path: Path) -> None:
    make(page, TEXT)

    path = save_download(page, choose_download(page, "下载 WAV"), tmp_path)

    assert soundfile.info(path).format == "WAV"


def test_a_file_is_called_by_voice_emotion_and_opening(page: Page, tmp_path: Path) -> None:
    page.get_by_text("开心", exact=True).click()
    make(page, '今天天气/真好？\n"走"吧。')

    path = save_download(page, page.get_by_role("link", name="下载 MP3").click, tmp_path)

    assert path.name == "绘声-无声-开心-今天天气 真好？ 走 吧.mp3"


def test_a_file_that_the_server_let_go_is_made_again(page: Page, home: Path, tmp_path: Path) -> None:
    make(page, TEXT)
    for path in (home / "audio").iterdir():
        path.unlink()

    path = save_download(page, page.get_by_role("link", name="下载 MP3").click, tmp_path)

    assert soundfile.info(path).format == "MP3"


def test_captions_are_those_of_the_command_line(page: Page, tmp_path: Path) -> None:
    answers: list[str] = []

    def overhear(route: Route) -> None:  # Chromium does not keep the body of a stream
        answer = route.fetch()
        answers.append(answer.text())
        route.fulfill(response=answer)

    text = "春江😀花月夜，𠮷人来。\n落霞与孤鹜齐飞，秋水共长天一色！渔舟唱晚"
    page.route("**/api/speech/stream", overhear)
    make(page, text)
    path = save_download(page, choose_download(page, "字幕 SRT"), tmp_path)

    lines: list[dict[str, Any]] = [json.loads(line) for line in answers[0].splitlines()]
    timings = [
        Timing(Span(each["start"], each["end"]), Seconds(each["time"]), Seconds(each["time_end"]))
        for line in lines
        for each in line.get("timings", [])
    ]
    assert path.read_text(encoding="utf-8") == subrip(text, timings)


def test_lyrics_tell_when_each_line_begins(page: Page, tmp_path: Path) -> None:
    make(page, "春江。秋水")

    path = save_download(page, choose_download(page, "歌词 LRC"), tmp_path)

    assert re.fullmatch(
        r"\[00:00\.\d\d\]春江\n\[00:0\d\.\d\d\]秋水\n\[00:0\d\.\d\d\]\n", path.read_text(encoding="utf-8")
    )


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gb18030"])
def test_a_text_file_is_read_in_its_encoding(page: Page, encoding: str) -> None:
    import_file(page, "你好，世界。\r\n第二行".encode(encoding))

    text_field_holds(page, "你好，世界。\n第二行")
    expect(status_line(page)).to_have_text("已导入 小说.txt，共 10 字")


def test_a_text_file_can_be_dropped_on_the_page(page: Page) -> None:
    page.evaluate(DROP, ["小说.txt", "落在页面上的文字"])

    text_field_holds(page, "落在页面上的文字")


def test_a_file_that_is_no_text_is_refused_and_the_text_stays(page: Page) -> None:
    write(page, TEXT)
    import_file(page, b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "图.txt")

    expect(page.get_by_role("alert")).to_contain_text("不是可识别的文本")
    text_field_holds(page, TEXT)


def test_a_refused_file_is_reported_after_a_refused_request_too(page: Page) -> None:
    speak(page, "，。！")
    expect(page.get_by_role("alert")).to_contain_text("没有可以合成的内容")
    write(page, TEXT)
    import_file(page, b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "图.txt")

    expect(page.get_by_role("alert")).to_contain_text("不是可识别的文本")


def test_a_file_beyond_the_bound_is_refused(page: Page) -> None:
    import_file(page, b"a" * (2 * 1024 * 1024 + 1))

    expect(page.get_by_role("alert")).to_contain_text("超过 2 MB")


def test_a_file_over_the_limit_is_kept_whole_and_both_numbers_are_shown(page: Page) -> None:
    import_file(page, ("长" * 20_003).encode())

    text_field_holds(page, "长" * 20_003)
    expect(page.get_by_text("20,003 / 20,000 字 超出 3 字")).to_be_visible()


def test_a_paste_over_the_limit_is_kept_whole(page: Page) -> None:
    page.get_by_role("textbox", name="要合成的文本").focus()
    page.keyboard.insert_text("长" * 20_003)

    text_field_holds(page, "长" * 20_003)
    expect(page.get_by_text("20,003 / 20,000 字 超出 3 字")).to_be_visible()


def test_a_text_that_an_import_replaced_can_be_brought_back(page: Page) -> None:
    write(page, TEXT)
    import_file(page, "别的文字".encode())
    page.get_by_role("button", name="恢复我的文本").click()

    text_field_holds(page, TEXT)


def test_a_replaced_text_outlasts_a_reload(page: Page) -> None:
    write(page, TEXT)
    import_file(page, "别的文字".encode())
    text_field_holds(page, "别的文字")
    page.reload()
    page.get_by_role("button", name="恢复我的文本").click()

    text_field_holds(page, TEXT)


def test_the_draft_outlasts_a_reload_and_is_sent_nowhere(page: Page) -> None:
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.method))
    write(page, f"{TEXT}\n第二行")
    page.reload()

    text_field_holds(page, f"{TEXT}\n第二行")
    assert set(sent) == {"GET"}


def test_the_state_of_a_take_is_shown_only_beside_its_text(page: Page) -> None:
    make(page, "秋水")
    status = status_line(page)
    expect(status).to_have_text("合成完成，时长 0.8 秒")
    write(page, "秋水长天")
    expect(status).to_have_text("Ctrl + Enter 合成，Esc 停止")
    reload(page)

    expect(page.get_by_role("region", name="朗读的文本")).to_have_text("秋水")
    expect(status).to_have_text("Ctrl + Enter 合成，Esc 停止")


def test_takes_outlast_a_reload_and_can_be_played(page: Page) -> None:
    for text in ("春江", "秋水"):
        make(page, text)
    reload(page)

    page.get_by_role("button", name="重播：春江").click()

    expect(page.get_by_role("region", name="朗读的文本")).to_have_text("春江")
    expect_heard(page)


def test_a_take_made_before_the_archive_is_open_is_kept(page: Page) -> None:
    page.add_init_script(OPEN_LATE)
    page.reload()
    make(page, "秋水")
    page.evaluate("openArchive()")
    reload(page)
    page.evaluate("openArchive()")

    expect(page.get_by_role("region", name="朗读的文本")).to_have_text("秋水")


def test_the_newest_take_is_shown_after_a_reload(page: Page) -> None:
    make(page, "秋水")
    reload(page)

    expect(page.get_by_role("region", name="朗读的文本")).to_have_text("秋水")
    expect(page.locator(".transport time")).to_have_text("0.0 / 0.8 秒")


def test_without_storage_the_page_works_as_long_as_it_is_open(context: BrowserContext, address: str) -> None:
    with faultless(context.new_page()) as page:
        page.add_init_script(WITHOUT_STORAGE)
        page.goto(address)
        make(page, "春江")
        make(page, "秋水")
        page.get_by_role("button", name="重播：春江").click()

        expect(page.get_by_role("region", name="朗读的文本")).to_have_text("春江")


def test_a_full_storage_is_reported_and_the_take_can_still_be_played(
    context: BrowserContext, address: str
) -> None:
    with faultless(context.new_page()) as page:
        page.add_init_script(WITHOUT_ROOM)
        page.goto(address)
        speak(page, TEXT)

        expect(status_line(page)).to_contain_text("刷新后不会保留", timeout=20_000)
        expect_heard(page)


def test_with_a_full_storage_theme_and_language_change_as_long_as_the_page_is_open(
    context: BrowserContext, address: str
) -> None:
    with faultless(context.new_page()) as page:
        page.add_init_script(WITHOUT_ROOM)
        page.goto(address)
        page.get_by_role("button", name="外观：跟随系统").click()
        page.get_by_role("button", name="English").click()

        expect(page.get_by_role("button", name="Appearance: light")).to_be_visible()


def test_a_take_whose_sound_is_lost_is_reported_once(page: Page) -> None:
    make(page, TEXT)
    expect(page.get_by_role("heading", name="历史记录")).to_be_visible()
    page.evaluate(LOSE_SOUND)
    reload(page)
    expect(status_line(page)).to_have_text("这一条的音频已不在浏览器中。")
    page.reload()

    expect(page.get_by_role("radio", name="开心")).to_be_visible()
    expect(status_line(page)).not_to_have_text("这一条的音频已不在浏览器中。")


def test_a_cleared_history_stays_empty(page: Page) -> None:
    make(page, TEXT)
    page.get_by_role("button", name="清空历史").click()
    page.get_by_role("button", name="确认清空 1 条").click()
    expect(page.get_by_role("heading", name="历史记录")).to_have_count(0)
    reload(page)

    expect(page.get_by_role("radio", name="开心")).to_be_visible()
    expect(page.get_by_role("heading", name="历史记录")).to_have_count(0)


def test_clearing_the_history_asks_once_more(page: Page) -> None:
    make(page, TEXT)
    page.get_by_role("button", name="清空历史").click()
    page.get_by_role("textbox").focus()

    expect(page.get_by_role("button", name="清空历史")).to_be_visible()
    expect(page.get_by_role("button", name="重播：")).to_have_count(1)


def test_a_history_row_brings_back_its_text_and_settings(page: Page) -> None:
    page.get_by_text("悲伤", exact=True).click()
    page.get_by_role("slider", name="语速").press("ArrowRight")
    speed = page.get_by_role("slider", name="语速").input_value()
    make(page, "春江")
    page.get_by_text("开心", exact=True).click()
    page.get_by_role("slider", name="语速").press("End")
    write(page, "别的文字")
    reload(page)
    page.get_by_role("button", name="恢复文本和设置：春江").click()

    text_field_holds(page, "春江")
    expect(page.get_by_role("radio", name="悲伤")).to_be_checked()
    expect(page.get_by_role("slider", name="语速")).to_have_value(speed)


def test_what_a_restored_row_replaced_can_be_brought_back(page: Page) -> None:
    make(page, "春江")
    write(page, "别的文字")
    page.get_by_role("button", name="恢复文本和设置：春江").click()
    page.get_by_role("button", name="恢复我的文本").click()

    text_field_holds(page, "别的文字")


def test_a_history_row_downloads_its_own_take(page: Page, tmp_path: Path) -> None:
    make(page, "春江")
    make(page, "秋水共长天一色")
    reload(page)

    path = save_download(page, page.get_by_role("button", name="下载 MP3：春江").click, tmp_path)

    assert path.name == "绘声-无声-中性-春江.mp3"


@pytest.mark.parametrize(
    ("name", "program"),
    [("复制 curl 命令", ["bash", "-euc"]), ("复制 Python 程序", [sys.executable, "-c"])],
)
def test_copied_code_brings_the_sound_that_the_page_makes(
    page: Page, tmp_path: Path, name: str, program: list[str]
) -> None:
    page.get_by_text("WAV", exact=True).click()
    make(page, HOSTILE)
    seconds = float((page.locator(".transport time").get_attribute("datetime") or "")[2:-1])

    subprocess.run([*program, copy(page, name)], cwd=tmp_path, check=True, timeout=60)

    (path,) = tmp_path.iterdir()
    assert path.name.startswith("绘声-无声-中性-它说")
    assert soundfile.info(path).duration == pytest.approx(seconds, abs=0.001)


@pytest.mark.parametrize(
    ("name", "program"),
    [("复制 curl 命令", ["bash", "-euc"]), ("复制 Python 程序", [sys.executable, "-c"])],
)
def test_copied_code_takes_the_key_of_a_guarded_server_from_the_environment(
    context: BrowserContext, engine: HeldEngine, tmp_path: Path, name: str, program: list[str]
) -> None:
    settings = Settings(home=tmp_path / "home", guard=GuardSettings.model_validate({"api_keys": KEY}))
    folder = tmp_path / "files"
    folder.mkdir()
    with serving(settings, engine) as address:
        page = context.new_page()
        page.goto(address)
        page.get_by_label("密钥").fill(KEY)
        page.get_by_role("button", name="使用").click()
        expect(page.get_by_role("radio", name="开心")).to_be_visible()
        write(page, TEXT)
        code = copy(page, name)
        subprocess.run(
            [*program, code], cwd=folder, check=True, timeout=60, env={**os.environ, "API_KEY": KEY}
        )

    assert KEY not in code
    assert [soundfile.info(path).format for path in folder.iterdir()] == ["MP3"]


def test_code_can_be_copied_where_the_browser_has_no_clipboard_interface(page: Page) -> None:
    write(page, TEXT)
    page.evaluate("Object.defineProperty(navigator, 'clipboard', { value: undefined, configurable: true })")
    page.get_by_role("button", name="复制为代码").click()
    page.get_by_role("button", name="复制 curl 命令").click()

    expect(status_line(page)).to_have_text("已复制当前的文本和设置")


def test_a_menu_is_closed_by_escape_which_then_gives_the_focus_back(page: Page) -> None:
    write(page, TEXT)
    menu = page.get_by_role("button", name="复制为代码")
    menu.press("Enter")
    page.get_by_role("button", name="复制 curl 命令").press("Escape")

    expect(menu).to_be_focused()
    expect(menu).to_have_attribute("aria-expanded", "false")


def test_the_escape_that_closes_a_menu_does_not_stop_the_synthesis(page: Page, engine: HeldEngine) -> None:
    with engine.hold():
        speak(page, "春江花月夜。秋水共长天。")
        page.get_by_role("button", name="复制为代码").press("Enter")
        page.get_by_role("button", name="复制 curl 命令").press("Escape")

        expect(page.get_by_role("button", name="停止", exact=True)).to_be_visible()
    expect_made(page)


@pytest.mark.parametrize("character", ["月", "𠮷"])
def test_clicking_a_character_plays_from_it(page: Page, character: str) -> None:
    page.add_init_script(NOTE_LIT)
    page.reload()
    speak(page, TEXT)
    expect_heard(page)
    page.mouse.click(*point_at(page, character))

    expect_lit(page, f"{SPOKEN[-1]}{SPOKEN[SPOKEN.index(character) :]}$")


def test_marking_the_text_moves_nothing(page: Page) -> None:
    make(page, TEXT)
    page.get_by_role("slider", name="播放位置").press("Home")
    page.mouse.move(*point_at(page, "江"))
    page.mouse.down()
    page.mouse.move(*point_at(page, "人"))
    page.mouse.up()

    assert "花月" in page.evaluate("getSelection().toString()")
    expect(page.locator("mark")).to_have_text("春")


def test_arrow_keys_move_through_the_text_by_character_and_by_sentence(page: Page) -> None:
    make(page, "春江。秋水！长天")
    page.get_by_role("slider", name="播放位置").press("Home")
    reader = page.get_by_role("region", name="朗读的文本")
    lit: list[str] = []
    for key in ("ArrowRight", "Control+ArrowRight", "Control+ArrowRight", "ArrowLeft", "Control+ArrowLeft"):
        reader.press(key)
        lit.append(page.locator("mark").inner_text())

    assert lit == ["江", "秋", "长", "水", "春"]


def test_page_keys_move_the_position_by_sentence(page: Page) -> None:
    make(page, "春江。秋水！长天")
    position = page.get_by_role("slider", name="播放位置")
    position.press("Home")
    position.press("PageDown")

    expect(page.locator("mark")).to_have_text("秋")


@pytest.mark.parametrize("rate", ["0.75", "2"])
def test_another_playback_speed_reaches_the_end_too(page: Page, rate: str) -> None:
    make(page, TEXT)
    page.get_by_role("combobox", name="播放速度").select_option(rate)
    page.get_by_role("slider", name="播放位置").press("Home")
    page.get_by_role("button", name="播放", exact=True).click()

    expect_heard(page)


def test_everything_of_a_take_is_there_in_english(page: Page) -> None:
    make(page, "春江")
    page.get_by_role("button", name="切换到英文界面").click()

    expect(page.get_by_role("link", name="Download MP3")).to_be_visible()
    expect(page.get_by_role("heading", name="History")).to_be_visible()
    expect(page.get_by_role("combobox", name="Playback speed")).to_be_visible()
    expect(page.get_by_role("button", name="Restore text and settings: 春江")).to_be_visible()
    expect(page.locator(".transport time")).to_have_text(re.compile(r"0\.8 s$"))
