"""The guide to streaming names every message of the socket, with its fields."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from pydantic import BaseModel

from huisheng.server.doors import stream_messages as messages

GUIDE = (Path(__file__).resolve().parents[2] / "docs/guides/streaming.md").read_text(encoding="utf-8")
REQUESTS = [
    messages.Start,
    messages.Text,
    messages.Flush,
    messages.Finish,
    messages.Cancel,
    messages.Played,
]
ANSWERS = [
    messages.ContextStarted,
    messages.AudioMessage,
    messages.Flushed,
    messages.Done,
    messages.Cancelled,
    messages.Error,
]


def rows(title: str) -> dict[str, set[str]]:
    """Message → the names in its row, under a heading."""
    table = GUIDE.partition(f"### {title}\n")[2].partition("###")[0]
    return {
        quoted[0]: set(quoted[1:])
        for line in table.splitlines()
        if line.startswith("| `") and (quoted := re.findall(r"`(\w+)`", line)) and quoted[0] != "type"
    }


@pytest.mark.parametrize(("title", "models"), [("发给服务端的消息", REQUESTS), ("服务端发来的消息", ANSWERS)])
def test_every_message_and_every_field_is_described(title: str, models: list[type[BaseModel]]) -> None:
    described = rows(title)

    assert list(described) == [model.model_fields["type"].default for model in models]
    for model in models:
        fields = set(model.model_fields) - {"type", "context"}
        assert fields <= described[model.model_fields["type"].default]
