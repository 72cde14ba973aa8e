"""Systems, each a process, that say the same texts in turn."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import IO, Final

from benchmarks.environment import PEERS, last_line
from benchmarks.fresh import peak_in
from benchmarks.speed.runs import Spoken, in_turn

THREADS: Final = 2


class NoSpeaker(Exception):
    """A speaker cannot be had; the message says why."""


@dataclass(frozen=True, slots=True)
class Speaker:
    """Whose process is started.

    Attributes:
        name: for people.
        command: that starts it; it speaks as `speaking.serve` does.
        size: of the model on disk, bytes.
    """

    name: str
    command: tuple[str, ...]
    size: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was found of one speaker.

    Attributes:
        speaker: who.
        ready: seconds from the start of the process until it can speak.
        spoken: characters → every text of that length, round by round.
        peak: most resident memory, MB; None where the system keeps no such account.
    """

    speaker: Speaker
    ready: float
    spoken: Mapping[int, Sequence[Spoken]]
    peak: float | None


def package_speaker(name: str, folder: Path) -> Speaker:
    """With the voice package in a folder."""
    command = (sys.executable, "-m", "benchmarks.peers.package_speaker", str(folder), str(THREADS))
    return Speaker(name, command, sum(path.stat().st_size for path in folder.iterdir()))


def piper_speaker(name: str, model: Path) -> Speaker:
    """With Piper's package, in its environment."""
    command = (str(PEERS.python), "-m", "benchmarks.peers.piper_speaker", str(model), str(THREADS))
    return Speaker(name, command, model.stat().st_size)


def compare(
    speakers: Sequence[Speaker], texts: Mapping[int, Sequence[str]], rounds: int
) -> tuple[Outcome, ...]:
    """Every system says every text in each round, after one round to warm up; another one begins each time.

    Args:
        speakers: at least one.
        texts: characters → the texts of that length.
        rounds: that count.

    Raises:
        NoSpeaker: a process does not start, or ends before it has answered.
    """
    with ExitStack() as stack:
        running = [stack.enter_context(_start(speaker)) for speaker in speakers]
        spoken: list[dict[int, list[Spoken]]] = [{length: [] for length in texts} for _ in speakers]
        once = [(length, text) for length, its in texts.items() for text in its]
        for turn, (length, text) in enumerate(once * (1 + rounds)):
            answers = in_turn([partial(one.speak, text) for one in running], turn)
            if turn < len(once):
                continue
            for its, answer in zip(spoken, answers, strict=True):
                its[length].append(answer)
        return tuple(
            Outcome(one.speaker, one.ready, its, one.peak()) for one, its in zip(running, spoken, strict=True)
        )


@dataclass(frozen=True, slots=True)
class _Running:
    """A process that is ready to speak."""

    speaker: Speaker
    process: subprocess.Popen[str]
    errors: IO[str]
    ready: float

    def speak(self, text: str) -> Spoken:
        asked, _ = self.pipes()
        asked.write(json.dumps(text) + "\n")
        asked.flush()
        return Spoken(**json.loads(self.answer()))

    def answer(self) -> str:
        _, answered = self.pipes()
        if line := answered.readline():
            return line
        self.process.wait()
        self.errors.seek(0)
        raise NoSpeaker(f"{self.speaker.name}: {last_line(self.errors.read())}")

    def pipes(self) -> tuple[IO[str], IO[str]]:
        if self.process.stdin is None or self.process.stdout is None:
            raise NoSpeaker(f"{self.speaker.name}: no pipes")
        return self.process.stdin, self.process.stdout

    def peak(self) -> float | None:
        account = Path(f"/proc/{self.process.pid}/status")
        return peak_in(account.read_text(encoding="ascii")) if account.is_file() else None


@contextmanager
def _start(speaker: Speaker) -> Generator[_Running]:
    began = time.perf_counter()
    with tempfile.TemporaryFile("w+", encoding="utf-8") as errors:
        process = subprocess.Popen(
            speaker.command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            encoding="utf-8",
        )
        try:
            _Running(speaker, process, errors, 0.0).answer()
            yield _Running(speaker, process, errors, time.perf_counter() - began)
        finally:
            process.kill()
            process.communicate()
