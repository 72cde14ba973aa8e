"""The guide to monitoring names every metric, every panel and every alert, and no other."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Final

from prometheus_client.parser import text_string_to_metric_families

from huisheng.server.observability.metrics import Gauges, Metrics

ROOT: Final = Path(__file__).resolve().parents[2]
MONITORING: Final = ROOT / "deploy/monitoring"
GUIDE: Final = (ROOT / "docs/guides/monitoring.md").read_text(encoding="utf-8")


def section(title: str) -> str:
    return GUIDE.partition(f"\n## {title}\n")[2].partition("\n## ")[0]


def columns(title: str, column: int) -> list[str]:
    """Cells of a section's table, without its heading."""
    rows = [line.strip("|").split(" | ") for line in section(title).splitlines() if line.startswith("| ")]
    return [row[column].strip() for row in rows[1:]]


def test_every_metric_is_described() -> None:
    gauges = Gauges(lambda: True, lambda: 1, lambda: 0, lambda: 0, tuple[int], lambda: (0, 0))
    metrics = Metrics(gauges)
    metrics.add_usage()  # what a server with accounts counts besides
    page = metrics.render("").content.decode()
    names = {
        family.name + ("_total" if family.type == "counter" else "")
        for family in text_string_to_metric_families(page)
        if family.name.startswith("huisheng_")
    }

    described = {name for cell in columns("指标", 0) for name in re.findall(r"`(\w+)`", cell)}

    assert described == names


def test_every_panel_is_described() -> None:
    dashboard = json.loads((MONITORING / "grafana/huisheng.json").read_text(encoding="utf-8"))
    titles = [panel["title"] for panel in dashboard["panels"] if panel["type"] != "row"]

    described = columns("面板", 1)

    assert len(described) == len(titles)
    assert [title for title, name in zip(titles, described, strict=True) if not title.startswith(name)] == []


def test_every_alert_is_described() -> None:
    alerts = re.findall(r"- alert: (\w+)", (MONITORING / "alerts.yml").read_text(encoding="utf-8"))

    assert {cell.strip("`") for cell in columns("告警", 0)} == set(alerts)
