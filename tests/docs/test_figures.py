"""Figures of the documents: where they were measured, and the same figure on every page that repeats it."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from pathlib import Path
from typing import Final, NamedTuple

import pytest
from benchmarks.voice.targets import LARGEST_PACKAGE
from recipes.builtin.learning import STAGES
from tools.lint.functions import LONGEST as LONGEST_FUNCTION
from tools.setup import NEWEST_PYTHON, OLDEST_PYTHON

from huisheng.emotion.names import INTENSITY_RANGE, NAMES
from huisheng.emotion.styles import LARGEST_SHARE, QUICKEST
from huisheng.engines.two_stage.voices import voices
from huisheng.listening.candidates import MOST as MOST_CANDIDATES
from huisheng.listening.sentences import MOST as MOST_SENTENCES
from huisheng.listening.sentences import read_sentences
from huisheng.runtime.cache.responses import LARGEST as LARGEST_RESPONSE
from huisheng.runtime.cache.responses import POOL_SIZE
from huisheng.server.app import _BODIES, _CONTEXTS
from huisheng.server.doors.openai import _ACCEPTED_SPEED, _BARE_RATE
from huisheng.server.doors.stream_messages import Start
from huisheng.server.guard.settings import _SHORTEST_KEY
from huisheng.server.running import _MESSAGES
from huisheng.server.settings import Settings
from huisheng.text.arriving import _SHORTEST_CLAUSE
from huisheng.text.pronunciation.user import LONGEST_ALIAS, LONGEST_WORD, MOST_ENTRIES
from huisheng.text.sentence import LONGEST as LONGEST_UNIT
from huisheng.training.recordings.checks import SHORT_TOTAL, SHORTEST_TOTAL
from huisheng.training.recordings.intake import LONGEST_TOTAL
from huisheng.tuning.fine_tuning import _LEAST_STEPS, _MOST_STEPS, _PER_MINUTE
from huisheng.voice.builtin import BUILTIN
from huisheng.voice.load import read_package
from huisheng.voice.store import folder_of

ROOT: Final = Path(__file__).resolve().parents[2]
PAGES: Final = tuple(sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]))
PAST: Final = ("CHANGELOG.md", "docs/experiments.md", "docs/decisions/")
"""Pages of what was true when they were written."""
PEERS: Final = re.compile(r"<!-- peers begin -->(.*?)<!-- peers end -->", re.DOTALL)

BUILTIN_PACKAGE: Final = read_package(folder_of(BUILTIN))
PACKAGE_SIZE: Final = sum(file.stat().st_size for file in folder_of(BUILTIN).iterdir()) / 1e6
RATE: Final = int(BUILTIN_PACKAGE.manifest.sample_rate)
SETTINGS: Final = Settings.model_construct()
PYPROJECT: Final = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
COVERAGE: Final = (ROOT / "recipes/builtin/COVERAGE.md").read_text(encoding="utf-8")
ARCHIVE: Final = (ROOT / "web/src/lib/archive.ts").read_text(encoding="utf-8")
MIB: Final = 1 << 20

NUMERALS: Final = {
    **{numeral: value for value, numeral in enumerate("零一二三四五六七八九十")},
    "两": 2,
    **{"three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10},
}
NUMBER: Final = rf"(\d[\d,]*(?:\.\d+)?|{'|'.join(NUMERALS)})"


class Figure(NamedTuple):
    """A figure that has one source and stands on several pages.

    Attributes:
        source: its value where it is defined.
        pages: that state it; others may.
        phrases: how pages state it: `#` is the figure, `*` the rest of a cell or of a line before it.
    """

    source: float
    pages: tuple[str, ...]
    phrases: tuple[str, ...]


READMES: Final = ("README.md", "README.en.md")
GUIDES: Final = "docs/guides/"
FIGURES: Final = {
    "speakers of the built-in voice": Figure(
        len(voices(BUILTIN_PACKAGE.manifest)),
        (*READMES, "docs/README.md", *(f"{GUIDES}{name}.md" for name in ("built-in-voice", "quickstart"))),
        (
            "自带#个普通话音色",
            "# Mandarin voices",
            "#个内置音色",
            "包含#个说话人",
            "| #个说话人",
            "#个音色：[内置音色]",
        ),
    ),
    "emotions": Figure(
        len(NAMES),
        (
            *READMES,
            "docs/concepts/glossary.md",
            *(f"{GUIDES}{name}.md" for name in ("own-voice", "modelscope")),
        ),
        (
            "普通话音色、#种情感",
            "说话人、#种情感",
            "**：#种情感",
            "支持#种情感",
            "#种[情感]",
            "# emotions",
            "one of # names",
        ),
    ),
    "largest intensity": Figure(
        INTENSITY_RANGE[1],
        (*READMES, "docs/concepts/glossary.md", *(f"{GUIDES}{name}.md" for name in ("emotion", "markup"))),
        (
            "强度 0–#",
            "强度，0–#",
            "intensity of 0–#",
            "intensity 0–#",
            "`intensity`（0–#",
            "`intensity`：0–#",
        ),
    ),
    "quickest rate of an emotion": Figure(QUICKEST, (f"{GUIDES}emotion.md",), ("最多加快到 ×#",)),
    "largest share of other voices, %": Figure(
        LARGEST_SHARE * 100, (f"{GUIDES}emotion.md",), ("其他音色的比例各不超过 #%",)
    ),
    "port": Figure(
        SETTINGS.port,
        (*READMES, "docs/reference/http.md", *(f"{GUIDES}{name}.md" for name in ("guard", "streaming"))),
        ("127.0.0.1:#",),
    ),
    "sample rate, Hz": Figure(
        RATE,
        (f"{GUIDES}streaming.md", f"{GUIDES}vocoders.md"),
        ("PCM，# Hz", "播放器：# Hz", "本项目的音色是 # Hz", "`sample_rate` `hop` *| #，"),
    ),
    "sample rate of OpenAI's `pcm`, Hz": Figure(
        _BARE_RATE, ("docs/reference/http.md",), ("`pcm` 的采样率默认为 #",)
    ),
    "fastest speed that OpenAI's clients may ask for": Figure(
        _ACCEPTED_SPEED[1], ("docs/reference/http.md",), ("`speed` 接受 0.25–#",)
    ),
    "sample rate, kHz": Figure(
        RATE / 1e3, (f"{GUIDES}built-in-voice.md",), ("均能合成，# kHz", "混排，# kHz", "# kHz 的 WAV")
    ),
    "KB of a second of WAV": Figure(RATE * 2 / 1e3, (f"{GUIDES}operations.md",), ("的 WAV 每秒 # KB",)),
    "KB of a second in the cache": Figure(RATE * 4 / 1e3, (f"{GUIDES}cache.md",), ("的音频每秒约 # KB",)),
    "MB of the built-in package": Figure(
        PACKAGE_SIZE,
        (*READMES, "docs/voice-measured.md"),
        ("| 绘声 Huisheng |* MB | # MB |", "| 语音包大小 |* MB | # MB |"),
    ),
    "largest package, MB": Figure(
        LARGEST_PACKAGE,
        ("docs/voice-measured.md", f"{GUIDES}built-in-voice.md"),
        ("| 语音包大小 | ≤ # MB", "| 大小 | 不超过 # MB"),
    ),
    "sentences of the corpus": Figure(
        int(re.findall(r"(\d+) 句，", COVERAGE)[0]), (f"{GUIDES}built-in-voice.md",), ("| # 句 | 半分钟 |",)
    ),
    **{
        f"steps of {stage}": Figure(
            STAGES[stage].settings.steps, (f"{GUIDES}built-in-voice.md",), (f"| `{stage}` |*，# 步 |",)
        )
        for stage in STAGES
    },
    "fewest steps of a voice of one's own": Figure(_LEAST_STEPS, (f"{GUIDES}own-voice.md",), ("训练 # 到",)),
    "most steps of a voice of one's own": Figure(
        _MOST_STEPS, (f"{GUIDES}own-voice.md",), (f"训练 {_LEAST_STEPS} 到 # 步",)
    ),
    "steps for a minute of recordings": Figure(_PER_MINUTE, (f"{GUIDES}own-voice.md",), ("每分钟录音 # 步",)),
    "fewest minutes of recordings": Figure(SHORTEST_TOTAL / 60, (f"{GUIDES}own-voice.md",), ("至少#分钟",)),
    "minutes of recordings that are enough": Figure(
        SHORT_TOTAL / 60, (f"{GUIDES}own-voice.md",), ("建议#分钟以上", "并有#分钟以上录音")
    ),
    "most hours of recordings": Figure(LONGEST_TOTAL / 3600, (f"{GUIDES}own-voice.md",), ("最多使用#小时",)),
    "characters of a request": Figure(
        SETTINGS.text_limit, ("docs/reference/http.md",), ("要合成的文本，默认最多 # 字",)
    ),
    "characters of a unit": Figure(
        LONGEST_UNIT,
        ("docs/concepts/architecture.md", "docs/concepts/glossary.md", f"{GUIDES}streaming.md"),
        ("units of at most # characters", "a stretch of at most # characters", "最多等待 # 字"),
    ),
    "hours that a file is kept": Figure(
        SETTINGS.audio_ttl.total_seconds() / 3600, ("docs/reference/http.md",), ("默认最多保留#小时",)
    ),
    "characters of an eager first clause": Figure(
        _SHORTEST_CLAUSE, (f"{GUIDES}streaming.md",), ("逗号处切分（至少 # 字）",)
    ),
    "contexts of a socket": Figure(
        SETTINGS.contexts, (f"{GUIDES}streaming.md",), ("同时最多 # 个（`HUISHENG_CONTEXTS`）",)
    ),
    "minutes that a socket may be idle": Figure(
        SETTINGS.socket_idle.total_seconds() / 60,
        (f"{GUIDES}streaming.md",),
        ("`HUISHENG_SOCKET_IDLE`（默认 # 分钟）",),
    ),
    "seconds after which a text that stops is spoken": Figure(
        Start.model_fields["idle"].default, (f"{GUIDES}streaming.md",), ("`idle` 秒（默认 #）",)
    ),
    "connections of an address": Figure(
        SETTINGS.guard.connections_per_ip, (f"{GUIDES}guard.md",), ("默认的 # 可供",)
    ),
    "characters of a key": Figure(_SHORTEST_KEY, (f"{GUIDES}guard.md",), ("密钥至少 # 个字符",)),
    "MiB of a cached response": Figure(
        LARGEST_RESPONSE / MIB,
        (f"{GUIDES}cache.md", f"{GUIDES}operations.md"),
        ("超过 # MiB 的响应不整体缓存",),
    ),
    "MiB of responses in memory": Figure(
        POOL_SIZE / MIB, (f"{GUIDES}operations.md",), ("再次发送的响应合计不超过 # MiB",)
    ),
    "MiB of bodies": Figure(
        _BODIES / MIB, (f"{GUIDES}operations.md",), ("正在处理的请求体合计不超过 # MiB",)
    ),
    "MiB of messages": Figure(_MESSAGES / MIB, (f"{GUIDES}operations.md",), ("合计不超过 # MiB（每个连接",)),
    "MiB of contexts": Figure(_CONTEXTS / MIB, (f"{GUIDES}operations.md",), ("所有上下文合计不超过 # MiB",)),
    "characters of a word in a lexicon": Figure(LONGEST_WORD, (f"{GUIDES}lexicon.md",), ("限制：词 # 字",)),
    "characters of a reading in a lexicon": Figure(LONGEST_ALIAS, (f"{GUIDES}lexicon.md",), ("，读音 # 字",)),
    "entries of a lexicon": Figure(MOST_ENTRIES, (f"{GUIDES}lexicon.md",), ("每份 # 条",)),
    "candidates of a listening test": Figure(
        MOST_CANDIDATES, (f"{GUIDES}listening-test.md",), ("最多 # 列",)
    ),
    "sentences of a listening test": Figure(
        MOST_SENTENCES, (f"{GUIDES}listening-test.md",), ("每行一句，最多 # 句",)
    ),
    "our own sentences of a listening test": Figure(
        len(read_sentences()), (f"{GUIDES}listening-test.md",), ("内置的#个句子", "默认的#句")
    ),
    "takes in the history of the page": Figure(
        int(re.findall(r"MOST_TAKES = (\d+)", ARCHIVE)[0]),
        (f"{GUIDES}operations.md",),
        ("最近 # 条历史记录",),
    ),
    "MiB in the history of the page": Figure(
        int(re.findall(r"MOST_BYTES = (\d+) \* 1024 \* 1024", ARCHIVE)[0]),
        (f"{GUIDES}operations.md",),
        ("音频合计不超过 # MiB",),
    ),
    "oldest Python": Figure(
        float(".".join(map(str, OLDEST_PYTHON))),
        (*READMES, "CONTRIBUTING.md", "docs/concepts/sambert.md", f"{GUIDES}quickstart.md"),
        ("Python #–", "Python # 到", "Python # to"),
    ),
    "newest Python": Figure(
        float(".".join(map(str, NEWEST_PYTHON))),
        (*READMES, "CONTRIBUTING.md", "docs/concepts/sambert.md", f"{GUIDES}quickstart.md"),
        ("Python 3.11–#", "Python 3.11 到 #", "Python 3.11 to #"),
    ),
    "lines of a function": Figure(LONGEST_FUNCTION, ("CONTRIBUTING.md",), ("不超过 # 行",)),
    "parameters of a function": Figure(
        PYPROJECT["tool"]["ruff"]["lint"]["pylint"]["max-args"], ("CONTRIBUTING.md",), ("行、# 个参数",)
    ),
}


def test_no_page_cites_a_commit_with_changes_on_top() -> None:
    cited = [page.name for page in PAGES if re.search(r"commit：\S+-dirty", _text(page))]

    assert cited == []


def test_both_readmes_give_the_same_figures() -> None:
    chinese, english = (PEERS.findall(_text(ROOT / name)) for name in ("README.md", "README.en.md"))

    assert len(chinese) == len(english) == 1
    assert _table_figures(chinese[0]) == _table_figures(english[0])


@pytest.mark.parametrize("name", FIGURES)
def test_every_page_that_states_a_figure_states_that_of_its_source(name: str) -> None:
    figure = FIGURES[name]
    stated = _statements(figure.phrases)

    assert {page: found for page, found in stated.items() if not _agree(found, figure.source)} == {}
    assert set(figure.pages) <= set(stated), "the page says it in other words: add the phrase"


def test_the_guide_to_emotion_counts_what_was_measured() -> None:
    page = _text(ROOT / "docs/guides/emotion-measured.md").partition("## 随强度变化")[2].partition("## ")[0]
    monotone, measured = (
        sum(int(cell) for cell in cells) for cells in zip(*re.findall(r"(\d+)/(\d+)，", page), strict=True)
    )

    guide = _text(ROOT / "docs/guides/emotion.md")
    assert f"{measured} 项中 {measured - monotone} 项不单调" in guide


def _statements(phrases: tuple[str, ...]) -> dict[str, list[str]]:
    """Page → the figures that stand in the phrases."""
    pattern = re.compile("|".join(_pattern(phrase) for phrase in phrases), re.IGNORECASE)
    found = {
        name: ["".join(filter(None, found.groups())) for found in pattern.finditer(text)]
        for name, text in _present().items()
    }
    return {name: figures for name, figures in found.items() if figures}


def _pattern(phrase: str) -> str:
    return re.escape(phrase).replace(r"\#", NUMBER, 1).replace(r"\*", ".*?")


def _agree(stated: list[str], source: float) -> bool:
    """Whether each is the source, rounded to as many digits as it has."""
    return all(_read(figure) == round(source, len(figure.partition(".")[2])) for figure in stated)


def _read(figure: str) -> float:
    known = NUMERALS.get(figure.lower())
    return float(figure.replace(",", "")) if known is None else known


@cache
def _present() -> dict[str, str]:
    """Page, seen from the root → what it says, if it tells of today."""
    names = {page.relative_to(ROOT).as_posix(): page for page in PAGES}
    return {name: _text(page) for name, page in names.items() if not name.startswith(PAST)}


def _table_figures(section: str) -> list[list[str]]:
    """The numbers of each row of a table, its head and rule left out."""
    rows = [line for line in section.splitlines() if line.startswith("|")][2:]
    return [re.findall(r"\d+(?:\.\d+)?", row) for row in rows]


def _text(page: Path) -> str:
    return page.read_text(encoding="utf-8")
