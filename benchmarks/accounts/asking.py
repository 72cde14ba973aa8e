"""A customer's program: asks again while the server is busy, limits it or is gone, and knows what it got."""

from __future__ import annotations

import http.client
import json
import time
from http import HTTPStatus
from typing import Final

from benchmarks.serving.client import HOST

_TIMEOUT: Final = 30.0
_PAUSE: Final = 0.02
"""Seconds before it asks again."""
_AGAIN: Final = frozenset({HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.CONFLICT})
"""Statuses that say: not now."""


class Program:
    """One program of a customer, with a connection of its own.

    Args:
        port: of the server.
        key: API key.
        until: `time.perf_counter()` at which it gives up.
    """

    def __init__(self, port: int, key: str, until: float) -> None:
        self._port = port
        self._headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
        self._until = until
        self._connection: http.client.HTTPConnection | None = None

    def speak(self, text: str, idempotency_key: str = "") -> int:
        """The status of the answer, once all of it has come; 0 where it gave up.

        Args:
            text: to be spoken.
            idempotency_key: under which it asks again after an answer that broke off; without one it
                does not.
        """
        headers = dict(self._headers)
        if idempotency_key:
            headers["Idempotency-Key"] = idempotency_key
        body = json.dumps({"input": text, "response_format": "wav"}).encode()
        while time.perf_counter() < self._until:
            status = self._ask(body, headers)
            if status not in _AGAIN and (status or not idempotency_key):
                return status
            time.sleep(_PAUSE)
        return 0

    def close(self) -> None:
        """Hang up."""
        if self._connection:
            self._connection.close()
        self._connection = None

    def _ask(self, body: bytes, headers: dict[str, str]) -> int:
        """The status of one answer; 0 where it did not come whole."""
        self._connection = self._connection or http.client.HTTPConnection(HOST, self._port, timeout=_TIMEOUT)
        try:
            self._connection.request("POST", "/v1/audio/speech", body, headers)
            answer = self._connection.getresponse()
            answer.read()
        except (OSError, http.client.HTTPException):
            self.close()
            return 0
        return answer.status
