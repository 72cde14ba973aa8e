"""The page: its sections stay until they are measured anew."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from benchmarks.voice.report import Section

PAGE: Final = Path("docs/voice-measured.md")

INTRODUCTION: Final = """# 内置音色实测

本页比较内置音色（学生模型）与教师模型 Kokoro 的清晰度、相似度和稳定性。
数据全部由合成的音频测得，所用的文本均未参与训练。

- 全部为机器测量，没有真人听评；自然度请用 `huisheng voices audition` 试听评价。
- 误听音节：不计声调的音节错误率。识别器本身也有错误，因此只比较与教师模型在相同文本上的差别。
- DNSMOS 是音质总分（1…5），对蜂鸣不敏感；谐噪比（Boersma 1993）对蜂鸣敏感，过高和过低都不好。
- 重新测量：`make eval-voice`。中断后再次运行会从断点继续，只重测重新训练过的音色。
"""

_HEADING: Final = re.compile(r"^## ", re.MULTILINE)


def page(sections: Iterable[Section], before: str = "") -> str:
    """The whole page.

    Args:
        sections: that were measured.
        before: the page as it was; its other sections stay.
    """
    kept = dict(part.split("\n", 1) for part in _HEADING.split(before)[1:])
    known = kept | {section.heading: f"\n{section.text}" for section in sections}
    parts = (f"## {heading}\n{text.rstrip()}\n" for heading, text in known.items())
    return "\n".join([INTRODUCTION, *parts])
