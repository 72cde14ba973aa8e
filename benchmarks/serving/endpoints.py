"""Servers as one asks them for speech."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Protocol


class Endpoint(Protocol):
    """A server that listens on this machine and answers with a WAV file."""

    @property
    def port(self) -> int:
        """Where it listens."""
        ...

    def request(self, text: str) -> bytes:
        """The whole request for a text: head and body."""
        ...


@dataclass(frozen=True, slots=True)
class JsonEndpoint:
    """A server that takes JSON.

    Attributes:
        port: where it listens.
        path: of its resource.
        field: that holds the text.
        others: further fields.
        headers: further headers.
    """

    port: int
    path: str
    field: str
    others: tuple[tuple[str, str], ...] = ()
    headers: tuple[tuple[str, str], ...] = ()

    def request(self, text: str) -> bytes:
        """A POST."""
        body = json.dumps({self.field: text, **dict(self.others)}, ensure_ascii=False).encode()
        lines = (
            f"POST {self.path} HTTP/1.1",
            f"Host: 127.0.0.1:{self.port}",
            "Content-Type: application/json",
            f"Content-Length: {len(body)}",
            *(f"{name}: {value}" for name, value in self.headers),
        )
        return "\r\n".join(lines).encode("ascii") + b"\r\n\r\n" + body


def openai(port: int, voice: str = "", key: str = "") -> JsonEndpoint:
    """A server that speaks OpenAI's protocol: ours, with a key where it asks for one, and the naive one."""
    fields = (("model", "tts-1"), ("voice", voice), ("response_format", "wav"))
    headers = (("Authorization", f"Bearer {key}"),) if key else ()
    return JsonEndpoint(port, "/v1/audio/speech", "input", fields, headers)


def piper(port: int) -> JsonEndpoint:
    """Piper's server."""
    return JsonEndpoint(port, "/synthesize", "text")
