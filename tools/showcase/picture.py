"""Take the picture of the page: `make picture` writes docs/images/page.png.

The real page in Chromium, the real server, the built-in voice; taken while characters light up.
"""

from __future__ import annotations

import shutil
import socket
import sys
import tempfile
import threading
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from playwright.sync_api import Page, sync_playwright

from huisheng.engines import make_engine
from huisheng.runtime.synthesizer import Synthesizer
from huisheng.server.app import create_app
from huisheng.server.running import Server
from huisheng.server.settings import Settings

FILE: Final = Path(__file__).resolve().parents[2] / "docs/images/page.png"
TEXT: Final = (
    "雨停了，窗外的天一下子亮起来。快把风筝拿上，我们到河边去！风正好，云也正好，等到太阳下山再回家。"
)
EMOTION: Final = "开心"
WIDTH: Final = 1280
HEIGHT: Final = 920
"""Height of the window, in CSS pixels, as is the width."""
SCALE: Final = 1.25
"""Pixels of the picture for one of CSS."""
SPOKEN: Final = 24
"""Characters that have been spoken when the picture is taken."""

_CHROMIUM: Final = ("chromium", "chromium-browser", "google-chrome")
_STARTING: Final = 120.0
"""Seconds that server and browser may take."""
_FLAGS: Final = ("--no-sandbox", "--autoplay-policy=no-user-gesture-required", "--mute-audio")
_COUNT_MARKED: Final = f"""
let last = "", count = 0;
new MutationObserver(() => {{
  const text = document.querySelector("mark")?.textContent;
  if (text && text !== last) {{ last = text; count += 1; }}
  if (count >= {SPOKEN}) document.documentElement.dataset.spoken = "";
}}).observe(document, {{ subtree: true, childList: true, characterData: true }});
"""


@contextmanager
def serving(settings: Settings) -> Generator[str]:
    """The address of a server that speaks with the built-in voices, whatever else is installed."""
    synthesizer = Synthesizer(make_engine("sambert:builtin"))
    synthesizer.load()
    started = threading.Event()
    server = Server(create_app(settings, synthesizer), on_start=started.set)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            if not started.wait(_STARTING):
                raise TimeoutError("the server did not start")
            yield f"http://127.0.0.1:{listener.getsockname()[1]}/"
        finally:
            server.should_exit = True
            thread.join()


def take(address: str, browser: str, file: Path) -> None:
    """Open the page, speak, and take the picture while it is read aloud.

    Args:
        address: of the server.
        browser: path of Chromium.
        file: PNG that is written.

    Raises:
        playwright.sync_api.Error: the page does not do what it should.
    """
    with (
        sync_playwright() as playwright,
        playwright.chromium.launch(executable_path=browser, args=_FLAGS) as chromium,
        chromium.new_context(
            locale="zh-CN",
            color_scheme="light",
            viewport={"width": WIDTH, "height": HEIGHT},
            device_scale_factor=SCALE,
        ) as context,
    ):
        page = context.new_page()
        page.set_default_timeout(_STARTING * 1000)
        page.add_init_script(_COUNT_MARKED)
        page.goto(address)
        _speak(page)
        page.screenshot(path=file)


def _speak(page: Page) -> None:
    page.get_by_role("textbox", name="要合成的文本").fill(TEXT)
    page.get_by_role("radio", name=EMOTION).check(force=True)
    page.get_by_role("button", name="开始合成").click()
    page.locator("html[data-spoken]").wait_for()


def main(arguments: Sequence[str]) -> int:
    """0, or 1 where there is no browser; another file may be named."""
    browser = next(filter(None, map(shutil.which, _CHROMIUM)), None)
    if browser is None:
        print(
            "错误：没有找到 Chromium。Debian：apt install chromium。 Chromium is not installed.",
            file=sys.stderr,
        )
        return 1
    file = Path(arguments[0]) if arguments else FILE
    file.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as home, serving(Settings(home=Path(home))) as address:
        take(address, browser, file)
    print(f"已写入 {file}：{file.stat().st_size / 1000:.0f} kB。")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
