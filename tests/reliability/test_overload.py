"""Ten times more than can be served: what can be served is, and all others are told so at once."""

from __future__ import annotations

import asyncio
import itertools
import json
import re
import statistics
import time
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

import httpx
from tests.reliability.serving import server_process

QUEUE = 2
"""Besides as many that have a slot, so that as much is under way in either loop."""
SLOTS = 2
CLIENTS = SLOTS + QUEUE
"""That keep the server busy, each with its next request as soon as it has its answer."""
FACTOR = 10
"""What is offered, over what can be served."""
TEXT = (
    "第{}位客人，请到二楼的柜台办理手续。今天来的人很多，我们会按照号码的顺序为大家服务，请您耐心等候。"
    "等候的时候可以在大厅里休息，右边有饮水机和报纸，小朋友可以去旁边的书架上挑一本喜欢的书来看。"
)
"""A paragraph, as people send them: refusing nine others for each costs little beside it, though client and
server share the machine. All are different, so that nothing is served from memory."""


@dataclass(frozen=True)
class Answer:
    """What came, and when on our clock.

    Attributes:
        status: of HTTP.
        code: of a refusal.
        retry: seconds that a refusal names.
        whole: whether its end came.
        asked: seconds.
        ended: seconds.
    """

    status: int
    code: str
    retry: int
    whole: bool
    asked: float
    ended: float

    @property
    def good(self) -> bool:
        return self.status == 200 and self.whole

    @property
    def refused(self) -> bool:
        return (self.status, self.code) == (503, "busy") and self.retry > 0


class SpeechClient:
    """Asks one server for one sentence after another, each over a connection of its own."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._numbers = itertools.count()

    async def ask(self) -> Answer:
        asked = time.monotonic()
        body = json.dumps({"input": TEXT.format(next(self._numbers)), "response_format": "pcm"}).encode()
        reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
        fields = f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\nConnection: close\r\n"
        writer.write(f"POST /v1/audio/speech HTTP/1.1\r\nHost: localhost\r\n{fields}\r\n".encode() + body)
        head, _, content = (await reader.read()).partition(b"\r\n\r\n")
        writer.close()
        lines = head.decode("latin-1").lower().split("\r\n")
        retry = next((int(line.partition(":")[2]) for line in lines if line.startswith("retry-after:")), 0)
        status = int(lines[0].split()[1])
        code = "" if status == 200 else json.loads(content)["error"]["code"]
        whole = content.endswith(b"\r\n0\r\n\r\n")
        return Answer(status, code, retry, whole, asked, time.monotonic())


Ask: TypeAlias = Callable[[], Coroutine[Any, Any, Answer]]


async def closed_loop(ask: Ask, seconds: float) -> list[Answer]:
    """The answers that a few patient clients get."""
    end = time.monotonic() + seconds
    answers: list[Answer] = []

    async def client() -> None:
        while time.monotonic() < end:
            answers.append(await ask())

    await asyncio.gather(*(client() for _ in range(CLIENTS)))
    return answers


async def open_loop(ask: Ask, seconds: float, rate: float) -> list[Answer]:
    """What becomes of so many requests a second, whichever are answered."""
    begun = time.monotonic()
    async with asyncio.TaskGroup() as group:
        tasks: list[asyncio.Task[Answer]] = []
        for number in range(int(rate * seconds)):
            await asyncio.sleep(max(0.0, begun + number / rate - time.monotonic()))
            tasks.append(group.create_task(ask()))
    return [task.result() for task in tasks]


def goodput(answers: Sequence[Answer], seconds: float) -> float:
    """Good answers a second, of those that came so soon after the first question."""
    begun = min(answer.asked for answer in answers)
    return sum(answer.good and answer.ended < begun + seconds for answer in answers) / seconds


def length(answers: Sequence[Answer]) -> float:
    """Seconds from the first question to the last good answer."""
    good = [answer.ended for answer in answers if answer.good]
    return max(good) - min(answer.asked for answer in answers)


def percentile(values: Sequence[float], share: int) -> float:
    return statistics.quantiles(values, n=100, method="inclusive")[share - 1]


@dataclass
class Season:
    """A loop that was run several times.

    Attributes:
        answers: of all.
        goodputs: of each.
        busy: of each, seconds of work for every second of a slot.
    """

    answers: list[Answer] = field(default_factory=list[Answer])
    goodputs: list[float] = field(default_factory=list[float])
    busy: list[float] = field(default_factory=list[float])

    async def run(self, port: int, loop: Coroutine[Any, Any, list[Answer]], seconds: float) -> None:
        before = await work_seconds(port)
        answers = await loop
        self.busy.append((await work_seconds(port) - before) / length(answers) / SLOTS)
        self.goodputs.append(goodput(answers, seconds))
        self.answers += answers

    @property
    def waits(self) -> tuple[list[float], list[float]]:
        """Seconds that the good ones and the others took."""
        took = [(answer.good, answer.ended - answer.asked) for answer in self.answers]
        return [wait for good, wait in took if good], [wait for good, wait in took if not good]


async def work_seconds(port: int) -> float:
    """Seconds of work in all requests that are over."""
    async with httpx.AsyncClient() as client:
        told = (await client.get(f"http://127.0.0.1:{port}/metrics")).text
    return sum(map(float, re.findall(r"^huisheng_work_seconds_total\{.*\} (\S+)$", told, re.MULTILINE)))


async def test_with_ten_times_the_load_as_much_is_served_and_the_rest_is_refused_at_once(
    tmp_path: Path, thorough: bool
) -> None:
    """How many answers there are in a second is the machine's matter too, and it changes while others use it.
    What is the server's is counted always: no slot is idle, and no work is for nothing. It takes twenty
    seconds: a share of idle time is measured over many requests, and twice for each load.
    """
    rounds, seconds = (8, 8.0) if thorough else (2, 4.0)
    patient, pressed = Season(), Season()
    with server_process(tmp_path, slots=SLOTS, queue=QUEUE) as running:
        client = SpeechClient(running.port)
        await closed_loop(client.ask, 1.0)
        for _ in range(rounds):  # in turns, since other programs on the machine come and go
            await patient.run(running.port, closed_loop(client.ask, seconds), seconds)
            rate = FACTOR * patient.goodputs[-1]
            await pressed.run(running.port, open_loop(client.ask, seconds, rate), seconds)

    assert all(answer.good for answer in patient.answers)
    assert all(answer.good or answer.refused for answer in pressed.answers)
    assert statistics.mean(pressed.busy) >= 0.85, "a slot was idle while a request waited"
    assert statistics.mean(pressed.busy) >= 0.9 * statistics.mean(patient.busy), (pressed.busy, patient.busy)
    served_after, refused_after = pressed.waits
    assert percentile(refused_after, 50) <= 0.1 * percentile(served_after, 50)
    if thorough:
        assert statistics.mean(pressed.goodputs) >= 0.9 * statistics.mean(patient.goodputs)
        assert percentile(refused_after, 50) <= 0.05
        assert percentile(refused_after, 99) <= 0.25
