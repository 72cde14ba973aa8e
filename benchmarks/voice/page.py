"""The page: its sections stay until they are measured anew."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from benchmarks.voice.report import Section

PAGE: Final = Path("docs/voice-measured.md")

INTRODUCTION: Final = """# 自带音色实测

自带的音色（学生）是跟着 Kokoro（老师）学会说话的。它有没有老师说得清楚、说得像、说得稳？
以下数字全部从合成的音频中测得，文字都没有参加过训练。

- 这些是机器测量，没有真人听评；听起来自不自然，请用 `huisheng voices audition` 自己听。
- 误听音节：不看声调的音节错误率。识别器自己也会听错，所以只看与老师在同样文字上的差别。
- DNSMOS 是音质总分（1…5），听不出蜂鸣；谐噪比（Boersma 1993）听得出，太高和太低都不好。
- 重新测量：`make eval-voice`。中断后再次运行会从断点继续，重新训练过的音色才会重测。
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
