"""Servers that are killed at a chosen step: SIGKILL at the n-th call of a function, or before a commit.

This is fault injection at the boundaries of a real server with a real database; nothing is replaced but the
functions' surroundings. `python -m tests.integration.accounts.killing STEP serve …` is `huisheng serve …`
that dies there.
"""

from __future__ import annotations

import inspect
import os
import re
import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import Any, Final

from sqlalchemy import Connection, Engine, event


@dataclass(frozen=True)
class Step:
    """Where a server dies, and what its customer pays then.

    Attributes:
        target: `module:function`, or `commit:TABLE` for the commit of a transaction that has inserted there.
        charged: calls, once the next server has begun.
        after: the function has returned.
        call: the number of the call, from one.
    """

    target: str
    charged: int
    after: bool = False
    call: int = 1


_CHARGING: Final = "huisheng.server.usage.charging"
_LOG: Final = "huisheng.server.usage.settlement_log"

STEPS: Final = {
    "before the reservation is committed": Step("commit:reservation", 0),
    "after the reservation": Step(f"{_CHARGING}:AccountCharge.add", 0),
    "before the synthesis": Step("huisheng.runtime.dispatch:Dispatch.run", 0, call=2),  # after the rehearsal
    "in mid-answer": Step(f"{_CHARGING}:AccountCharge.note_sound", 0, after=True),
    "before the line is written": Step(f"{_LOG}:SettlementLog.append", 0),
    "within the line": Step(f"{_LOG}:os.write", 0),
    "after the line is written": Step(f"{_LOG}:SettlementLog.append", 1, after=True),
    "before it is posted": Step(f"{_CHARGING}:AccountMeter._post", 1),
    "before the posting is committed": Step("commit:reservation_end", 1),
    "after the posting": Step(f"{_LOG}:SettlementLog.truncate", 1),
    "after the line is removed": Step(f"{_LOG}:SettlementLog.truncate", 1, after=True),
}
"""Between the reservation and its end, in order."""

RECOVERY: Final = {
    "before its posting is committed": Step("commit:reservation_end", 1),
    "before it releases": Step("huisheng.server.usage.instances:retire", 1),
    "before it removes the file": Step("huisheng.server.usage.instances:retire", 1, after=True),
    "before it is registered": Step("huisheng.server.usage.instances:register", 1),
}
"""While the next server begins, which finds a line of the one before."""


def install(step: Step) -> None:
    """Have this process die at a step."""
    name, _, function = step.target.partition(":")
    if name == "commit":
        _kill_before_commit(function)
        return
    owner: Any = import_module(name)
    *path, last = function.split(".")
    for part in path:
        owner = getattr(owner, part)
    if last == "write":
        owner.write = _tear(owner.write)
    else:
        setattr(owner, last, _wrap(getattr(owner, last), step))


def die() -> None:
    """End this process as `kill -9` does."""
    os.kill(os.getpid(), signal.SIGKILL)


def _wrap(function: Callable[..., Any], step: Step) -> Callable[..., Any]:
    calls = 0

    def count() -> None:
        nonlocal calls
        calls += 1
        if calls == step.call:
            die()

    def run(*arguments: Any, **named: Any) -> Any:  # noqa: ANN401 (whatever the function takes)
        if not step.after:
            count()
        result = function(*arguments, **named)
        if step.after:
            count()
        return result

    assert not (step.after and inspect.iscoroutinefunction(function))
    return run


def _tear(write: Callable[[int, bytes], int]) -> Callable[[int, bytes], int]:
    """A write of which half reaches the file."""

    def tear(descriptor: int, content: bytes) -> int:
        if b'"reservation_id"' in content:
            write(descriptor, content[: len(content) // 2])
            die()
        return write(descriptor, content)

    return tear


def _kill_before_commit(table: str) -> None:
    inserts = re.compile(rf"INSERT INTO {table} ")

    def note(connection: Connection, _cursor: object, statement: str, *_: object) -> None:
        if inserts.match(statement):
            connection.info["is_doomed"] = True

    def commit(connection: Connection) -> None:
        if connection.info.get("is_doomed"):
            die()

    event.listen(Engine, "before_cursor_execute", note)
    event.listen(Engine, "commit", commit)


if __name__ == "__main__":
    from huisheng.cli.main import main

    install((STEPS | RECOVERY)[sys.argv.pop(1)])
    sys.exit(main(sys.argv[1:]))
