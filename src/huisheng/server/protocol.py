"""HTTP/1.1 as uvicorn speaks it, with our own words for what is no HTTP."""

from __future__ import annotations

import secrets

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from huisheng.server.errors import MalformedRequest, as_problem


class Protocol(HttpToolsProtocol):
    """One connection."""

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002 (uvicorn's words)
        """Refuse what cannot be read, where no answer has begun, and end the connection."""
        cycle: RequestResponseCycle | None = self.cycle  # there is none before the first request
        if cycle is None or not cycle.response_started or cycle.response_complete:
            answer = as_problem(MalformedRequest(), secrets.token_hex(16))
            status = f"HTTP/1.1 {answer.status_code} Bad Request".encode("ascii")
            headers = [*answer.raw_headers, (b"connection", b"close")]
            lines = [status, *(name + b": " + value for name, value in headers), b"", bytes(answer.body)]
            self.transport.write(b"\r\n".join(lines))
        self.transport.close()
