from __future__ import annotations

import json
from dataclasses import replace

from benchmarks.text.asking import Peer
from benchmarks.text.cases import Task
from benchmarks.text.report import Findings, card, json_line, page
from benchmarks.text.scoring import Sheet, Tally
from benchmarks.text.speed import Speed, Start

UNSEEN: dict[Task, Sheet] = {
    "normalization": {"date": Tally(4, 3), "time": Tally(4, 4)},
    "polyphones": {"common": Tally(6, 6), "trap": Tally(4, 2)},
    "contexts": {"wei": Tally(5, 3)},
    "sandhi": {"yi": Tally(2, 1, 8, 7)},
    "breaks": {"long": Tally(4, 3, 5, 4, 1), "short": Tally(4, 4)},
    "emotion": {"sad": Tally(5, 4)},
}
FINDINGS = Findings(
    tuning=UNSEEN,
    unseen=UNSEEN,
    speed=Speed(9000.0, 12000.0, 0.004, [Start(0.4, 90.0), Start(0.6, 92.0), Start(0.5, None)]),
)


def test_the_last_line_tells_of_the_unseen_cases() -> None:
    assert json.loads(json_line(FINDINGS)) == {
        "normalization": 0.875,
        "normalization_worst": 0.75,
        "polyphones": 0.8,
        "polyphones_hard": 0.5,
        "contexts": 0.6,
        "sandhi_items": 0.5,
        "sandhi_syllables": 0.875,
        "breaks": 0.875,
        "emotion": 0.8,
        "characters_per_second": 9000.0,
        "p95_ms_30": 4.0,
        "startup_s": 0.5,
        "memory_mb": 91.0,
    }


def test_what_was_not_measured_is_null() -> None:
    assert json.loads(json_line(replace(FINDINGS, speed=None)))["p95_ms_30"] is None


def test_a_category_without_required_breaks_has_no_share_of_them() -> None:
    assert "| short | 4 | 100.0 / — / 0.0 | 100.0 / — / 0.0 |" in card(FINDINGS)


def test_a_peer_stands_only_in_the_tables_of_its_tasks() -> None:
    peer = Peer("g2pM", "0.1", sheets={"polyphones": {"common": Tally(6, 3), "trap": Tally(4, 1)}})

    heads = [line for line in card(replace(FINDINGS, peers=[peer])).splitlines() if "g2pM 0.1" in line]

    assert len(heads) == 1


def test_a_peer_that_could_not_be_asked_has_dashes_and_a_reason() -> None:
    told = card(replace(FINDINGS, peers=[Peer("g2pM", reason="没有网络")]))

    assert "| trap | 4 | 50.0 | 50.0 | — |" in told
    assert "g2pM：未评测 not asked（没有网络）" in told


def test_the_section_is_added_behind_what_stands_there() -> None:
    text = page(FINDINGS, "make eval-text", "# Speed\n\n## Memory\n\nKept.\n")

    assert text.startswith("# Speed\n\n## Memory\n\nKept.\n\n<!-- eval-text begin -->\n## 文本前端")


def test_only_the_section_is_renewed() -> None:
    before = page(FINDINGS, "make old", "# Speed\n") + "\n## Behind\n"

    text = page(FINDINGS, "make new", before)

    assert "make old" not in text
    assert text.endswith("<!-- eval-text end -->\n\n## Behind\n")
