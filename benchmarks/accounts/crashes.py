"""A server that is killed again and again, while programs ask until they are answered."""

from __future__ import annotations

import os
import random
import signal
import threading
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final

from benchmarks.accounts.asking import Program
from benchmarks.serving.servers import our_server

_CLIENTS: Final = 4
_TEXTS: Final = ("好。", "今天天气真好，我们去公园走走吧。", "你好，请稍等。")
_LIFE: Final = (0.05, 1.5)
"""Seconds after which a server is killed, once it is ready; at random, always the same."""
_SEED: Final = 21


@dataclass(frozen=True, slots=True)
class Aftermath:
    """What became of all requests.

    Attributes:
        kills: of the server.
        answered: requests that were answered in full, under a key of idempotence each.
        refused: requests that were answered otherwise.
    """

    kills: int
    answered: int
    refused: int


def crash(
    voice: str, key: str, settings: Mapping[str, str], kills: int, port: int, seconds: float
) -> Aftermath:
    """Kill a server, with all its processes, as often as said; at last one lives until all are answered.

    Args:
        voice: that speaks.
        key: API key with calls enough.
        settings: of the server.
        kills: how often.
        port: of every server.
        seconds: after which programs give up.
    """
    source = random.Random(_SEED)
    over = threading.Event()
    until = time.perf_counter() + seconds
    with ThreadPoolExecutor(_CLIENTS) as users:
        asked = [users.submit(_ask, port, key, number, until, over) for number in range(_CLIENTS)]
        for _ in range(kills):
            with our_server(voice, key=key, port=port, settings=settings) as running:
                time.sleep(source.uniform(*_LIFE))
                os.killpg(os.getpgid(running.pid), signal.SIGKILL)
        with our_server(voice, key=key, port=port, settings=settings):
            over.set()
            statuses = [status for user in asked for status in user.result()]
    answered = sum(status == 200 for status in statuses)
    return Aftermath(kills, answered, len(statuses) - answered)


def _ask(port: int, key: str, number: int, until: float, over: threading.Event) -> list[int]:
    """The statuses of one request after the other, until it is over and the last is answered."""
    program = Program(port, key, until)
    statuses: list[int] = []
    while not over.is_set():
        text = _TEXTS[len(statuses) % len(_TEXTS)]
        statuses.append(program.speak(text, f"crash-{number}-{len(statuses)}"))
    program.close()
    return statuses
