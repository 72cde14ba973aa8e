"""An account with few calls left, and many requests for them at one time."""

from __future__ import annotations

import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from benchmarks.accounts.asking import Program

_TEXT: Final = "好。"
_CLIENTS: Final = 100


def spend(port: int, key: str, requests: int, seconds: float) -> Counter[int]:
    """How often each status was the answer; who is told to come back does.

    Args:
        port: of the server.
        key: to the account.
        requests: altogether.
        seconds: after which programs give up.
    """
    until = time.perf_counter() + seconds
    shares = [requests // _CLIENTS + (number < requests % _CLIENTS) for number in range(_CLIENTS)]

    def use(count: int) -> Counter[int]:
        program = Program(port, key, until)
        statuses = Counter(program.speak(_TEXT) for _ in range(count))
        program.close()
        return statuses

    with ThreadPoolExecutor(_CLIENTS) as users:
        return sum(users.map(use, shares), Counter[int]())
