"""The listening page in a real browser: votes, what they say, and the files that hold them."""

from __future__ import annotations

import base64
import csv
import io
import json
import math
import re
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any, Final, TypeAlias

import pytest
from playwright.sync_api import Browser, Locator, Page, expect
from tests.integration.conftest import launch_chromium
from tests.unit.listening.choir import HOSTILE, MP3, make_page, make_session, make_takes, synthesizer

from huisheng.listening.candidates import Choice
from huisheng.listening.page import Language, Look, page

pytestmark = pytest.mark.browser

TEXTS: Final = ("春江花月。", "=秋水,长天。", "落霞孤鹜。")
PAIR: Final = Choice(("lan", "mei"))
TRIO: Final = Choice(("lan", "mei", "he"))

NOTE_HEARD: Final = """
const heard = [];
new MutationObserver((changes) => {
  for (const { target, oldValue } of changes) {
    const begins = target.classList.contains("sounding") && !(oldValue ?? "").includes("sounding");
    if (begins) heard.push(target.getAttribute("aria-label"));
  }
  const sounding = document.querySelector(".sounding") !== null;
  document.documentElement.dataset.heard = `${heard.join("；")}${sounding ? "…" : ""}`;
}).observe(document, { subtree: true, attributeFilter: ["class"], attributeOldValue: true });
"""
"""Writes down what sounds, since a test looks too seldom to see each take."""

expect.set_options(timeout=20_000)  # a busy machine draws late

Show: TypeAlias = Callable[[str], Page]
Row: TypeAlias = dict[str, Any]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium without "RenderDocument".

    With it, a few of a hundred reloads of a file see the storage as it was before the last write; those of a
    server's page do not.
    """
    with launch_chromium("--disable-features=RenderDocument") as browser:
        yield browser


@pytest.fixture
def tab(browser: Browser) -> Iterator[Page]:
    """An empty page of a Chinese reader; nothing may go wrong in it."""
    with browser.new_context(locale="zh-CN", reduced_motion="reduce") as context:
        tab = context.new_page()
        tab.add_init_script(NOTE_HEARD)
        failures: list[str] = []
        tab.on("pageerror", lambda error: failures.append(str(error)))
        tab.on("console", lambda message: failures.append(message.text) if message.type == "error" else None)
        yield tab
        assert failures == []


@pytest.fixture
def show(tab: Page, tmp_path: Path) -> Show:
    """Opens a page from a file, as a listener does."""

    def open_page(html: str) -> Page:
        path = tmp_path / "audition.html"
        path.write_text(html, encoding="utf-8")
        tab.goto(path.as_uri())
        return tab

    return open_page


@cache
def blind(choice: Choice, texts: tuple[str, ...] = TEXTS) -> str:
    return make_page(texts, choice, Look(MP3, blind=True, seed=1))


@cache
def table() -> str:
    return make_page(TEXTS, TRIO, Look(MP3))


def content(tab: Page) -> dict[str, Any]:
    return json.loads(tab.locator("#content").text_content() or "")


def key(tab: Page) -> dict[str, Any]:
    return json.loads(base64.b64decode(content(tab)["key"]))


def trial(tab: Page, number: int) -> Locator:
    return tab.get_by_role("article", name=f"第 {number + 1} 句")


def hear(tab: Page, number: int, letter: str) -> None:
    button = trial(tab, number).get_by_role("button", name=f"播放 {letter}")
    button.click()
    expect(button).not_to_have_class(re.compile("unheard"))


def expect_heard(tab: Page, *labels: str) -> None:
    """These takes have sounded, in this order, and nothing sounds any more."""
    expect(tab.locator("html")).to_have_attribute("data-heard", "；".join(labels))


def keep(tab: Page, rows: list[Row]) -> None:
    """Open the page again as one that was voted on."""
    reopen(tab, json.dumps({"listener": "=小林", "revealed": False, "rows": rows}))


def reopen(tab: Page, kept: str) -> None:
    """Open the page again with this text in the browser's storage."""
    name = f"huisheng.audition.{content(tab)['id']}"
    tab.evaluate("([name, kept]) => localStorage.setItem(name, kept)", [name, kept])
    tab.reload()


def make_votes(tab: Page, wins: tuple[int, int], same: int) -> list[Row]:
    """Votes for the two candidates, wherever they stand."""
    preferred = [0] * wins[0] + [1] * wins[1] + [None] * same
    orders: list[list[int]] = key(tab)["orders"]
    return [
        {"choice": "same" if who is None else order.index(who), "heard": [1, 1]}
        for who, order in zip(preferred, orders, strict=False)
    ] + [{"choice": None, "heard": [0, 0]}] * (len(orders) - len(preferred))


def reveal(tab: Page) -> None:
    tab.get_by_role("button", name="揭晓").click()
    tab.get_by_role("dialog").get_by_role("button", name="揭晓").click()
    expect(tab.get_by_role("heading", name="结果")).to_be_visible()


def export(tab: Page, kind: str) -> str:
    with tab.expect_download() as download:
        tab.get_by_role("button", name=f"导出 {kind}").click()
    return download.value.path().read_text(encoding="utf-8")


def wilson(wins: int, votes: int) -> tuple[float, float]:
    """The roots of (share − x)² = z² x (1 − x) / n, by another way than the page's."""
    z = 1.959963984540054
    a, b, c = votes + z * z, -(2 * wins + z * z), wins * wins / votes
    root = math.sqrt(b * b - 4 * a * c)
    return (-b - root) / (2 * a), (-b + root) / (2 * a)


def sign_test(wins: int, losses: int) -> float:
    tosses = wins + losses
    tail = sum(math.comb(tosses, heads) for heads in range(min(wins, losses) + 1))
    return min(1.0, 2 * tail / 2**tosses)


def student95(freedom: int) -> float:
    """By bisection over Simpson's rule on the density."""
    scale = math.exp(math.lgamma((freedom + 1) / 2) - math.lgamma(freedom / 2)) / math.sqrt(freedom * math.pi)

    def within(t: float) -> float:
        steps, width = 2_000, t / 2_000
        weights = [1, *([4, 2] * (steps // 2))[:-1], 1]
        density = [(1 + (k * width) ** 2 / freedom) ** (-(freedom + 1) / 2) for k in range(steps + 1)]
        return 2 * scale * width / 3 * math.fsum(w * d for w, d in zip(weights, density, strict=True))

    low, high = 0.0, 13.0
    for _ in range(40):
        middle = (low + high) / 2
        low, high = (middle, high) if within(middle) < 0.95 else (low, middle)
    return low


def test_the_table_names_every_voice_and_plays_what_is_pressed(show: Show) -> None:
    tab = show(table())

    assert tab.get_by_role("columnheader").all_inner_texts() == ["句子", "岚", "眉", "荷"]
    tab.get_by_role("button", name="播放 眉，第 2 句").click()
    expect_heard(tab, "播放 眉，第 2 句")


def test_all_voices_of_a_sentence_play_in_turn(show: Show) -> None:
    tab = show(table())

    tab.get_by_role("button", name="连着播放第 1 句的每一种声音").click()

    expect_heard(tab, *(f"播放 {name}，第 1 句" for name in "岚眉荷"))


def test_a_take_that_is_pressed_again_stops(show: Show) -> None:
    tab = show(make_page(("春江花月" * 20,), PAIR, Look(MP3)))
    button = tab.get_by_role("button", name="播放 岚，第 1 句")
    button.click()
    expect(tab.locator(".sounding")).to_have_count(1)

    button.click()

    expect_heard(tab, "播放 岚，第 1 句")


def test_arrow_keys_go_through_the_table_and_space_plays(show: Show) -> None:
    tab = show(table())
    tab.get_by_role("button", name="播放 岚，第 1 句").focus()

    for pressed in ("ArrowDown", "ArrowRight", "Space"):
        tab.keyboard.press(pressed)

    expect(tab.get_by_role("button", name="播放 眉，第 2 句")).to_be_focused()
    expect_heard(tab, "播放 眉，第 2 句")


@pytest.mark.parametrize("choice", [PAIR, TRIO], ids=["pair", "trio"])
def test_before_they_are_revealed_no_name_is_shown(show: Show, choice: Choice) -> None:
    tab = show(blind(choice))

    assert not re.search("[岚眉荷]", tab.locator("body").inner_text())
    expect(tab.get_by_role("heading", name="结果")).to_have_count(0)


def test_a_vote_waits_until_both_have_played(show: Show) -> None:
    tab = show(blind(PAIR))
    better = trial(tab, 0).get_by_role("button", name="A 更好")

    hear(tab, 0, "A")
    tab.keyboard.press("1")

    expect(better).to_be_disabled()
    expect(tab.get_by_role("status")).to_have_text("先听 B，再选。")
    hear(tab, 0, "B")
    expect(better).to_be_enabled()


def test_a_score_waits_until_its_own_take_has_played(show: Show) -> None:
    tab = show(blind(TRIO))

    hear(tab, 0, "B")

    expect(tab.get_by_role("group", name="给第 1 句的 B 打分").get_by_role("button").first).to_be_enabled()
    expect(tab.get_by_role("group", name="给第 1 句的 A 打分").get_by_role("button").first).to_be_disabled()


def test_votes_given_by_keyboard_outlast_a_reload_and_are_listed_by_name(show: Show) -> None:
    tab = show(blind(PAIR))
    for number, vote in enumerate("132"):
        for letter in "AB":
            tab.keyboard.press(letter)
            expect(trial(tab, number).get_by_role("button", name=f"播放 {letter}")).not_to_have_class(
                re.compile("unheard")
            )
        tab.keyboard.press(vote)
        tab.keyboard.press("ArrowDown")
    tab.get_by_label("听者").fill("小林")
    tab.reload()

    pressed = tab.locator("[aria-pressed=true]")
    assert pressed.all_inner_texts() == ["A 更好", "B 更好", "没有区别"]
    orders, ids = key(tab)["orders"], [each["id"] for each in key(tab)["candidates"]]
    reveal(tab)
    file = json.loads(export(tab, "JSON"))
    assert [vote["preferred"] for vote in file["votes"]] == [ids[orders[0][0]], ids[orders[1][1]], None]
    assert file["listener"] == "小林"


def test_scores_given_by_keyboard_go_to_the_take_that_played_last(show: Show) -> None:
    tab = show(blind(TRIO))
    for letter, score in zip("CAB", "152", strict=True):
        tab.keyboard.press(letter)
        expect(trial(tab, 0).get_by_role("button", name=f"播放 {letter}")).not_to_have_class(
            re.compile("unheard")
        )
        tab.keyboard.press(score)

    assert tab.locator("[aria-pressed=true]").all_inner_texts() == ["5", "2", "1"]
    expect(tab.get_by_text("已投 1 / 3 句")).to_be_visible()


@pytest.mark.parametrize(("wins", "same"), [((6, 1), 1), ((0, 8), 0), ((2, 3), 0), ((0, 0), 2)])
def test_preferences_are_shown_with_wilsons_interval_and_the_sign_test(
    show: Show, wins: tuple[int, int], same: int
) -> None:
    tab = show(blind(PAIR, tuple("春江花月夜秋水天")))
    keep(tab, make_votes(tab, wins, same))
    reveal(tab)

    found = json.loads(export(tab, "JSON"))["summary"]

    decided = sum(wins)
    assert [each["wins"] for each in found["candidates"]] == list(wins)
    assert (found["decided"], found["same"]) == (decided, same)
    if decided == 0:
        assert found["p_value"] is None
        expect(tab.get_by_text("没有带偏好的票")).to_be_visible()
        return
    for each, won in zip(found["candidates"], wins, strict=True):
        assert each["share"] == won / decided
        assert (each["low"], each["high"]) == pytest.approx(wilson(won, decided), abs=1e-9)
    assert found["p_value"] == pytest.approx(sign_test(*wins))
    low, high = wilson(max(wins), decided)
    expect(tab.get_by_text(f"{100 * low:.0f}%–{100 * high:.0f}%")).to_be_visible()
    expect(tab.get_by_text(f"双侧符号检验 p = {sign_test(*wins):.3f}")).to_be_visible()


SCORES: Final = [[5, 3, 1], [4, 3, 2], [5, 2, None]]
"""Sentence by sentence, candidate by candidate."""


def score_rows(tab: Page) -> list[Row]:
    """The scores, wherever the candidates stand."""
    orders: list[list[int]] = key(tab)["orders"]
    return [
        {"scores": [scores[candidate] for candidate in order], "heard": [1, 2, 3]}
        for scores, order in zip(SCORES, orders, strict=True)
    ]


def test_scores_are_shown_as_means_with_students_interval(show: Show) -> None:
    tab = show(blind(TRIO))
    keep(tab, score_rows(tab))
    reveal(tab)

    found = json.loads(export(tab, "JSON"))["summary"]["candidates"]

    assert [(each["id"], each["count"]) for each in found] == [
        ("lan neutral", 3),
        ("mei neutral", 3),
        ("he neutral", 2),
    ]
    assert [each["mean"] for each in found] == pytest.approx([14 / 3, 8 / 3, 1.5])
    half = student95(2) * math.sqrt(1 / 3) / math.sqrt(3)
    assert (found[1]["low"], found[1]["high"]) == pytest.approx((8 / 3 - half, 8 / 3 + half), abs=1e-5)
    assert found[0]["high"] == 5
    expect(tab.get_by_text(f"2.67（95% 区间 {8 / 3 - half:.2f}–{8 / 3 + half:.2f}）")).to_be_visible()
    assert [name[0] for name in tab.locator(".means .name").all_inner_texts()] == ["岚", "眉", "荷"]


def rows_of(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"), newline="")))


def test_the_table_of_preferences_has_a_line_for_each_take_and_each_candidate(
    show: Show,
) -> None:
    tab = show(blind(PAIR))
    keep(tab, make_votes(tab, (2, 0), 1))
    reveal(tab)

    rows = rows_of(export(tab, "CSV"))

    votes = {(row["sentence"], row["candidate"]): row["vote"] for row in rows if row["record"] == "vote"}
    assert votes == {
        ("1", "lan neutral"): "1", ("1", "mei neutral"): "0",
        ("2", "lan neutral"): "1", ("2", "mei neutral"): "0",
        ("3", "lan neutral"): "0.5", ("3", "mei neutral"): "0.5",
    }  # fmt: skip
    lan = next(row for row in rows if row["record"] == "summary")
    assert [float(lan[name]) for name in ("count", "estimate", "low", "high", "p_value")] == pytest.approx(
        [2, 1, *wilson(2, 2), sign_test(2, 0)]
    )


def test_the_table_of_scores_leaves_out_what_was_not_scored(show: Show) -> None:
    tab = show(blind(TRIO))
    keep(tab, score_rows(tab))
    reveal(tab)

    rows = rows_of(export(tab, "CSV"))

    votes = {(row["sentence"], row["candidate"]): row["vote"] for row in rows if row["record"] == "vote"}
    assert votes["3", "he neutral"] == ""
    assert votes["1", "lan neutral"] == "5"
    assert [row["estimate"][:4] for row in rows if row["record"] == "summary"] == ["4.66", "2.66", "1.5"]


def test_a_text_that_a_spreadsheet_would_run_is_made_harmless(show: Show) -> None:
    tab = show(blind(PAIR))
    keep(tab, make_votes(tab, (1, 1), 1))
    reveal(tab)

    rows = rows_of(export(tab, "CSV"))

    assert {row["text"] for row in rows[2:4]} == {"'=秋水,长天。"}
    assert {row["listener"] for row in rows} == {"'=小林"}


def test_once_revealed_names_stand_at_the_letters_and_no_vote_changes(show: Show) -> None:
    tab = show(blind(PAIR))
    keep(tab, make_votes(tab, (2, 1), 0))
    order: list[int] = key(tab)["orders"][0]
    names = [["岚", "眉"][candidate] for candidate in order]
    reveal(tab)
    tab.reload()

    assert trial(tab, 0).locator(".name").all_inner_texts() == names
    before = tab.locator("[aria-pressed=true]").all_inner_texts()
    for pressed in "123":
        tab.keyboard.press(pressed)
    assert tab.locator("[aria-pressed=true]").all_inner_texts() == before


def test_revealing_too_early_is_asked_about_and_can_be_called_off(show: Show) -> None:
    tab = show(blind(PAIR))
    expect(tab.get_by_role("button", name="揭晓")).to_be_disabled()
    keep(tab, make_votes(tab, (1, 0), 0))

    tab.get_by_role("button", name="揭晓").click()

    expect(tab.get_by_role("dialog")).to_contain_text("还有 2 句没有投完")
    tab.keyboard.press("Escape")
    expect(tab.get_by_role("dialog")).to_have_count(0)
    expect(tab.get_by_role("heading", name="结果")).to_have_count(0)


def test_starting_again_clears_every_vote_for_good(show: Show) -> None:
    tab = show(blind(PAIR))
    keep(tab, make_votes(tab, (2, 1), 0))
    reveal(tab)

    tab.get_by_role("button", name="重新开始").click()
    tab.get_by_role("dialog").get_by_role("button", name="清除").click()
    tab.reload()

    expect(tab.get_by_text("已投 0 / 3 句")).to_be_visible()
    expect(tab.locator("[aria-pressed=true]")).to_have_count(0)


@pytest.mark.parametrize("kept", ["{", "[]", '{"rows":[null,{"choice":7,"heard":["x",-1]},{"scores":"no"}]}'])
def test_what_was_kept_and_makes_no_sense_is_left_out(show: Show, kept: str) -> None:
    tab = show(blind(PAIR))
    reopen(tab, kept)

    expect(tab.get_by_text("已投 0 / 3 句")).to_be_visible()


def test_where_the_browser_keeps_nothing_the_page_says_so_and_still_takes_votes(
    tab: Page, show: Show
) -> None:
    tab.add_init_script(
        "Storage.prototype.setItem = () => { throw new DOMException('', 'QuotaExceededError'); };"
    )
    show(blind(PAIR))
    for letter in "AB":
        hear(tab, 0, letter)
    tab.keyboard.press("1")

    expect(tab.get_by_role("alert")).to_contain_text("不让这一页保存")
    expect(tab.get_by_text("已投 1 / 3 句")).to_be_visible()


@pytest.mark.parametrize("hidden", [False, True], ids=["open", "blind"])
def test_markup_in_texts_and_names_is_shown_and_never_run(show: Show, hidden: bool) -> None:
    speaker = synthesizer((("a", HOSTILE, HOSTILE), ("b", "<b>眉</b>", "<b>Mei</b>")))
    session = make_session((f"春{HOSTILE}", "秋水。"), Choice(), speaker)
    tab = show(page(session, make_takes(session, speaker), Look(MP3, hidden, 1)))
    if hidden:
        keep(tab, [{"choice": 0, "heard": [1, 1]}, {"choice": None, "heard": [0, 0]}])
        reveal(tab)

    expect(tab.get_by_text(f"春{HOSTILE}").first).to_be_visible()
    expect(tab.get_by_text("<b>眉</b>").first).to_be_visible()
    assert tab.title().endswith("绘声")
    expect(tab.locator("main :is(script, img, b)")).to_have_count(0)


def test_the_page_asks_for_nothing_but_itself(tab: Page, show: Show) -> None:
    asked: list[str] = []
    tab.on("request", lambda request: asked.append(request.url.partition(":")[0]))
    show(blind(PAIR))
    hear(tab, 0, "A")

    assert set(asked) <= {"file", "data"}


def test_a_script_that_is_not_the_pages_own_does_not_run(tab: Page, tmp_path: Path) -> None:
    path = tmp_path / "tampered.html"
    html = blind(PAIR).replace("</body>", "<script>document.title = '打开了'</script></body>")
    path.write_text(html, encoding="utf-8")
    refused: list[str] = []
    watched = tab.context.new_page()
    watched.on("console", lambda message: refused.append(message.text))
    watched.goto(path.as_uri())

    assert watched.title() == "盲听 · 绘声"
    assert any("Content Security Policy" in message for message in refused)


@pytest.mark.parametrize(
    ("locale", "language", "heading"),
    [("zh-TW", "", "试听"), ("en-GB", "", "Audition"), ("en-GB", "zh", "试听"), ("zh-CN", "en", "Audition")],
)
def test_the_page_speaks_the_readers_language_or_the_one_that_was_asked_for(
    browser: Browser, tmp_path: Path, locale: str, language: Language, heading: str
) -> None:
    path = tmp_path / "audition.html"
    path.write_text(make_page(TEXTS, PAIR, Look(MP3, language=language)), encoding="utf-8")
    with browser.new_context(locale=locale) as context:
        tab = context.new_page()
        tab.goto(path.as_uri())

        expect(tab.get_by_role("heading", level=1)).to_have_text(heading)
        expect(tab.get_by_text("本页声音由人工智能生成合成")).to_be_visible()


def test_the_language_is_kept_once_chosen_and_votes_stay(show: Show) -> None:
    tab = show(blind(PAIR))
    keep(tab, make_votes(tab, (2, 1), 0))
    tab.get_by_role("button", name="切换到英文界面").click()
    tab.reload()

    expect(tab.get_by_role("heading", level=1)).to_have_text("Blind test")
    expect(tab.get_by_text("3 of 3 sentences")).to_be_visible()


@pytest.mark.parametrize("choice", [PAIR, TRIO], ids=["pair", "trio"])
@pytest.mark.parametrize("hidden", [False, True], ids=["open", "blind"])
def test_nothing_sticks_out_on_a_phone(
    browser: Browser, tmp_path: Path, choice: Choice, hidden: bool
) -> None:
    path = tmp_path / "audition.html"
    path.write_text(make_page(("春江花月。" * 9,), choice, Look(MP3, hidden)), encoding="utf-8")
    with browser.new_context(
        viewport={"width": 360, "height": 740}, is_mobile=True, has_touch=True
    ) as context:
        tab = context.new_page()
        tab.goto(path.as_uri())

        assert tab.evaluate("document.documentElement.scrollWidth") == 360
