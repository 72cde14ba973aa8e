"""What the server writes into the audit log, the pages have words for."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[4]
WORDS = ROOT / "web" / "src" / "account" / "words" / "audit.ts"
_CODE = re.compile(r"[a-z]+\.[a-z_]+")


def recorded_actions(path: Path) -> Iterator[str]:
    """Codes among the arguments of `audit.record` and of what hands them on to it."""
    for call in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(call, ast.Call) and "record" in ast.unparse(call.func):
            for argument in call.args:
                if isinstance(argument, ast.Constant) and _CODE.fullmatch(str(argument.value)):
                    yield str(argument.value)


def test_every_action_has_words_in_both_languages() -> None:
    sources = sorted((ROOT / "src" / "huisheng" / "server").rglob("*.py"))
    actions = {action for path in sources for action in recorded_actions(path)}
    words = re.findall(rf'^  "({_CODE.pattern})": ".+",$', WORDS.read_text(encoding="utf-8"), re.MULTILINE)

    assert len(actions) > 20
    assert sorted(action for action in actions if words.count(action) != 2) == []
