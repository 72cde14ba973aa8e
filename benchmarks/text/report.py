"""What was found, for people and for programs. Tables are Markdown."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from benchmarks.sections import circumstances, table, with_section
from benchmarks.text.asking import Peer
from benchmarks.text.cases import TASKS, Task
from benchmarks.text.natural_report import NaturalFindings, natural_card, natural_figures
from benchmarks.text.peers import PEERS
from benchmarks.text.scoring import Sheet, Tally, hard, total
from benchmarks.text.speed import LENGTH, PROCESSES, SENTENCES, Speed

PAGE: Final = Path("docs/benchmarks.md")

_TITLES: Final[Mapping[Task, str]] = {
    "normalization": "数字与符号的读法 Normalization：读对的句子 right, %",
    "polyphones": "多音字 Polyphones：读对的字 right, %（各读音例数相近 readings balanced）",
    "contexts": "成类的多音字与轻声 Kinds of readings in running text：读对的字 right, %",
    "sandhi": "变调、轻声与儿化 Sandhi：全对的词句 whole items / 读对的音节 syllables, %",
    "breaks": "停顿 Breaks：全对的句子 sentences, % / 找到的必需停顿 required, % / 每百句误断 false in 100",
    "emotion": "情感 Emotion：判断对的句子 right, %",
}
_CAVEATS: Final = """\
## 文本前端 The front-end

先用成篇的文字（十二种文体，每个音节和停顿都已标注）数出每千字的错误，再用两组例句评测数字、多音字、变调的
读音，停顿的位置和文本的情感。“调试”一组用于改进，“未见”一组只给出总数；格式见 `tests/golden/text/README.md`。

- 成篇文字和“成类的多音字与轻声”中，各读音按自然的比例出现；“多音字”一组中，各读音的例数相近，因此少见读音占的
  比重远大于平常文字。

- “未见”的例句不在“调试”中，也不在训练文本中。
- 例句与答案由我们编写，可接受的其他读法也算正确。各系统的习惯不同（如儿化、轻声），与答案不同即算错误，
  几个百分点的差距没有意义。
- 其他系统按默认设置逐句处理，只参加支持的项目，只测“未见”一组。misaki 使用较新的中文前端，数字由 cn2an 处理；
  wetext 运行 WeTextProcessing 的规则，用后者的默认设置。
- 速度与内存在同一台机器上测得，机器繁忙时会慢很多。

Running text, and the kinds of readings in it, have every reading as often as people write it; the cases of
polyphones are balanced over readings, so that a rare one weighs as much as a common one.
Cases and answers are ours, other accepted readings included. Of the unseen cases only totals are ever shown;
none of them stands in the tuning part or among the texts that a model learnt from. Peers run with their
defaults, wetext with those of WeTextProcessing, on the unseen cases only.
"""


@dataclass(frozen=True, slots=True)
class Findings:
    """Everything that one run of the evaluation found.

    Attributes:
        tuning: ours, on the cases that it was tuned with.
        unseen: ours, on the others.
        peers: theirs, on the unseen cases; none when they were not asked.
        speed: ours; None when it was not measured.
        running: running text; None when it was not read.
    """

    tuning: Mapping[Task, Sheet]
    unseen: Mapping[Task, Sheet]
    peers: Sequence[Peer] = ()
    speed: Speed | None = None
    running: NaturalFindings | None = None


def card(findings: Findings) -> str:
    """The tables for people."""
    tables = [f"### {_TITLES[task]}\n\n{_results(task, findings)}" for task in TASKS]
    running = [natural_card(findings.running)] if findings.running else []
    return "\n\n".join([*running, *tables, *_remarks(findings.peers), *_speed(findings.speed)])


def page(findings: Findings, command: str, before: str) -> str:
    """The page of the documentation with a new section of ours; the rest stays.

    Args:
        findings: of this run.
        command: that found it.
        before: the page as it was.
    """
    content = "\n".join([_CAVEATS, *circumstances(command), "", card(findings)])
    return with_section("eval-text", content, before)


def json_line(findings: Findings) -> str:
    """One object for programs: the unseen cases, shares 0…1."""
    sheets, speed = findings.unseen, findings.speed
    whole = {task: total(sheets[task].values()) for task in TASKS}
    figures = {
        "normalization": whole["normalization"].share,
        "normalization_worst": min(tally.share for tally in sheets["normalization"].values()),
        "polyphones": whole["polyphones"].share,
        "polyphones_hard": hard(sheets["polyphones"]).share,
        "contexts": whole["contexts"].share,
        "sandhi_items": whole["sandhi"].share,
        "sandhi_syllables": whole["sandhi"].parts_share,
        "breaks": whole["breaks"].share,
        "emotion": whole["emotion"].share,
        "characters_per_second": speed and speed.rate,
        "p95_ms_30": speed and speed.p95 * 1000,
        "startup_s": speed and speed.startup,
        "memory_mb": speed and speed.memory,
        **(natural_figures(findings.running) if findings.running else {}),
    }
    return json.dumps({name: value and round(value, 4) for name, value in figures.items()})


def _results(task: Task, findings: Findings) -> str:
    asked = [peer for peer in findings.peers if task in PEERS[peer.name]]
    columns = [findings.tuning[task], findings.unseen[task], *(peer.sheets.get(task, {}) for peer in asked)]
    names = [f"{peer.name} {peer.version}".strip() for peer in asked]
    head = ["类别 category", "未见例数 cases", "绘声，调试 ours, tuning", "绘声，未见 ours, unseen", *names]
    return table(head, _rows(task, columns, _CELLS[task]))


def _rows(task: Task, columns: Sequence[Sheet], cell: Callable[[Tally], str]) -> Iterator[list[str]]:
    """A category each, then all of them."""
    for category in columns[1]:
        yield _row(category, [column.get(category, Tally()) for column in columns], cell)
    if task == "polyphones":
        yield _row("hard", [hard(column) for column in columns], cell)
    yield _row("**全部 all**", [total(column.values()) for column in columns], cell)


def _row(name: str, tallies: Sequence[Tally], cell: Callable[[Tally], str]) -> list[str]:
    return [name, str(tallies[1].cases), *(cell(tally) if tally.cases else "—" for tally in tallies)]


def _one(tally: Tally) -> str:
    return f"{tally.share * 100:.1f}"


def _two(tally: Tally) -> str:
    found = f"{tally.parts_share * 100:.1f}" if tally.parts else "—"
    return f"{_one(tally)} / {found}"


def _three(tally: Tally) -> str:
    return f"{_two(tally)} / {tally.extra_rate:.1f}"


_CELLS: Final[Mapping[Task, Callable[[Tally], str]]] = {
    "normalization": _one,
    "polyphones": _one,
    "contexts": _one,
    "sandhi": _two,
    "breaks": _three,
    "emotion": _one,
}


def _remarks(peers: Sequence[Peer]) -> list[str]:
    """Why some have no figures."""
    absent = [f"- {peer.name}：未评测 not asked（{peer.reason}）" for peer in peers if peer.reason]
    return ["\n".join(absent)] if absent else []


def _speed(speed: Speed | None) -> list[str]:
    if speed is None:
        return []
    starts = [start.seconds for start in speed.starts]
    memory = "—" if speed.memory is None else f"{speed.memory:.0f}"
    rows = [
        ("字/秒 characters a second", f"{speed.rate:,.0f}"),
        ("字/秒，不用多音字模型 without the model of polyphones", f"{speed.plain_rate:,.0f}"),
        (f"{LENGTH} 字一句，p95 a sentence, ms", f"{speed.p95 * 1000:.1f}"),
        (
            "启动到第一句 start to first sentence, s",
            f"{speed.startup:.2f}（{min(starts):.2f}…{max(starts):.2f}）",
        ),
        ("读过一万字后的内存 memory after 10,000 characters, MB", memory),
    ]
    note = (
        f"一个线程，{SENTENCES:,} 句各 {LENGTH} 字，先读一遍预热；"
        f"启动与内存是 {PROCESSES} 个全新进程的中位数，词典已编译。"
    )
    return [f"### 速度 Speed\n\n{note}\n\n{table(('', '实测 measured'), rows)}"]
