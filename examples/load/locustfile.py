"""Users who listen: each sends a sentence, plays the answer while it arrives, pauses, and goes on.

Beside Locust's own figures there are three rows, all of type AUDIO: `first audio` is the time until the first
sample is there, `underrun` an event whenever the player has run dry, with the time for which it was silent,
and `refused` an answer that says to come back later. Settings come from the environment:

    LOAD_KEY      a key, where the server asks for one
    LOAD_VOICE    id of a voice; the default one when left out
    LOAD_TEXTS    a file with one text a line, instead of the sentences below

    locust -f examples/load/locustfile.py --host http://127.0.0.1:8000
"""

from __future__ import annotations

import itertools
import os
import random
import time
from pathlib import Path

from geventhttpclient.response import HTTPConnectionClosed
from locust import FastHttpUser, between, task
from locust.contrib.fasthttp import ResponseContextManager

SAMPLE_RATE = 24_000
BYTES_A_SECOND = 2 * SAMPLE_RATE
PIECE = 4096
"""Bytes that are read at once: 85 ms of sound."""
OK = 200
BUSY = (429, 503)

PEOPLE = ("王老师", "李医生", "小姑娘", "老爷爷", "张师傅", "赵阿姨", "我妹妹", "他哥哥")
PLACES = ("在图书馆里", "在公园门口", "在河边树下", "在学校操场", "在车站旁边", "在社区花园")
DEEDS = ("读完了一本书", "唱起了一首歌", "遇见了老同学", "等来了好消息", "收到了一封信", "煮好了一壶茶")


def texts() -> list[str]:
    """What is spoken, in a new order each time: a cache would answer what everybody says."""
    file = os.environ.get("LOAD_TEXTS")
    if file:
        lines = Path(file).read_text(encoding="utf-8").splitlines()
        return [line for line in lines if line.strip()]
    made = itertools.product(PEOPLE, PLACES, DEEDS)
    return [f"{person}{place}{deed}，{random.randrange(10_000)}号。" for person, place, deed in made]


class Listener(FastHttpUser):
    """Somebody who waits for an answer, listens, and thinks for a moment."""

    wait_time = between(1.0, 3.0)

    def on_start(self) -> None:
        """Choose what to say."""
        self.texts = texts()
        key = os.environ.get("LOAD_KEY")
        self.sent_headers = {"Authorization": f"Bearer {key}"} if key else {}

    @task
    def listen(self) -> None:
        """Send a sentence and play what comes."""
        fields = {
            "model": "tts-1",
            "input": random.choice(self.texts),
            "voice": os.environ.get("LOAD_VOICE", ""),
            "response_format": "pcm",
        }
        began = time.perf_counter()
        with self.client.post(
            "/v1/audio/speech", json=fields, headers=self.sent_headers, stream=True, catch_response=True
        ) as answer:
            if answer.status_code in BUSY:
                self.tell("refused", time.perf_counter() - began)
                answer.success()
            elif answer.status_code != OK:
                answer.failure(f"status {answer.status_code}")
            else:
                self.play(answer, began)
                # Locust stops its clock at the headers of an answer that is read piece by piece.
                answer.request_meta["response_time"] = (time.perf_counter() - began) * 1000

    def play(self, answer: ResponseContextManager, began: float) -> None:
        """Play while it arrives: sound that comes after the player has run dry is late."""
        plays_until = 0.0
        try:
            while piece := answer.stream.read(PIECE):
                now = time.perf_counter()
                if not plays_until:
                    self.tell("first audio", now - began)
                elif now > plays_until:
                    self.tell("underrun", now - plays_until)
                plays_until = max(plays_until, now) + len(piece) / BYTES_A_SECOND
        except (HTTPConnectionClosed, OSError):
            answer.failure("broken off")
        if not plays_until:
            answer.failure("no sound")

    def tell(self, name: str, seconds: float) -> None:
        """Add to one of our rows."""
        self.environment.events.request.fire(
            request_type="AUDIO",
            name=name,
            response_time=seconds * 1000,
            response_length=0,
            exception=None,
            context={},
        )
