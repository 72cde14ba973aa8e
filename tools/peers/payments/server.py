"""What all payment peers share: an HTTP server in a thread, failures on demand, and sent notifications."""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import Enum, auto
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import ClassVar, Self, cast
from urllib.parse import urlsplit

import httpx

Clock = Callable[[], datetime]


def utc_now() -> datetime:
    """The time of this machine."""
    return datetime.now(UTC)


class Fault(Enum):
    """What can be wrong with a message of a peer."""

    BAD_SIGNATURE = auto()
    """Signed with another key."""
    ALTERED_BODY = auto()
    """Changed after it was signed."""
    OLD_TIMESTAMP = auto()
    """Signed truly, long ago."""
    FUTURE_TIMESTAMP = auto()
    """Signed truly, by a clock an hour ahead."""
    WRONG_AMOUNT = auto()
    """One fen less than the order."""
    WRONG_CURRENCY = auto()
    WRONG_MERCHANT = auto()
    """Signed truly, for somebody else."""
    UNKNOWN_SERIAL = auto()
    """Names a key that the receiver does not have."""
    TRUNCATED_CIPHERTEXT = auto()


@dataclass(frozen=True, slots=True)
class PeerRequest:
    """A request to a peer; names of headers are in lower case."""

    verb: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def target(self) -> str:
        """Path and query as they came."""
        return f"{self.path}?{self.query}" if self.query else self.path


@dataclass(frozen=True, slots=True)
class PeerAnswer:
    """An answer of a peer."""

    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True, slots=True)
class SentMessage:
    """A notification, ready to be sent any number of times."""

    headers: Mapping[str, str]
    body: bytes

    def post(self, url: str) -> httpx.Response:
        """Send it; the receiver's answer."""
        return _sender().post(url, headers=dict(self.headers), content=self.body)


@cache
def _sender() -> httpx.Client:
    """Made once: its certificates take longer to read than most tests take."""
    return httpx.Client(timeout=10, trust_env=False)


class PaymentPeer(ABC):
    """A payment service; a context manager that runs it.

    Args:
        clock: what it takes for the time.

    Attributes:
        requests: every request that came, in order.
        answer_fault: what is wrong with every answer from now on; None for nothing.
    """

    failure: ClassVar[bytes] = b"{}"
    """The body of its answer 500."""

    def __init__(self, clock: Clock = utc_now) -> None:
        self.clock = clock
        self.requests: list[PeerRequest] = []
        self.answer_fault: Fault | None = None
        self._failures = 0
        self._losses = 0
        self._lock = threading.Lock()
        self._server = _Server(self)

    @property
    @abstractmethod
    def settings(self) -> dict[str, str]:
        """Fields of `PaymentSettings` with which our server is its customer."""

    @property
    def environment(self) -> dict[str, str]:
        """The same as variables."""
        return {f"HUISHENG_{name.upper()}": value for name, value in self.settings.items()}

    @property
    def address(self) -> str:
        """Where it listens, without a path."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def fail(self, times: int = 1) -> None:
        """Answer the next requests with 500, without doing anything."""
        self._failures = times

    def lose_answers(self, times: int = 1) -> None:
        """Do what the next requests ask for, and answer with 500."""
        self._losses = times

    def answer(self, request: PeerRequest) -> PeerAnswer:
        """The answer to a request."""
        with self._lock:
            self.requests.append(request)
            if self._failures:
                self._failures -= 1
                return PeerAnswer(500, self.failure)
            answer = self.respond(request)
            if self._losses:
                self._losses -= 1
                return PeerAnswer(500, self.failure)
            return answer

    @abstractmethod
    def pay(self, order_id: str) -> None:
        """What the payer of one of our orders does."""

    @abstractmethod
    def payment_notification(self, order_id: str, fault: Fault | None = None) -> SentMessage:
        """That one of our orders is paid."""

    @abstractmethod
    def refund_notification(self, refund_id: str, fault: Fault | None = None) -> SentMessage:
        """That one of our refunds has ended."""

    @abstractmethod
    def respond(self, request: PeerRequest) -> PeerAnswer:
        """Do what a request asks for."""

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, peer: PaymentPeer) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.peer = peer


class _Handler(BaseHTTPRequestHandler):
    """HTTP/1.0, one request a connection: nothing stays open when a test ends."""

    def do_GET(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        self._answer()

    def do_DELETE(self) -> None:
        self._answer()

    def _answer(self) -> None:
        length = int(self.headers.get("content-length", 0))
        parts = urlsplit(self.path)
        headers = {name.lower(): value for name, value in self.headers.items()}
        request = PeerRequest(self.command, parts.path, parts.query, headers, self.rfile.read(length))
        answer = cast("_Server", self.server).peer.answer(request)
        self.send_response(answer.status)
        for name, value in {"Content-Type": "application/json", **answer.headers}.items():
            self.send_header(name, value)
        if answer.status != 204:
            self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        if answer.status != 204:
            self.wfile.write(answer.body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
        """Nothing."""
