"""HTTP/1.1 as uvicorn speaks it, with our own words for what is no HTTP."""

from __future__ import annotations

import secrets

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from huisheng.server.errors import MalformedRequest, as_problem


class Protocol(HttpToolsProtocol):
    """One connection."""

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002 (uvicorn's words)
        """Refuse what cannot be read, where no answer has begun, and end the connection."""
        if self.cycle is None or not self.cycle.response_started or self.cycle.response_complete:
            answer = as_problem(MalformedRequest(), secrets.token_hex(16))
            status = f"HTTP/1.1 {answer.status_code} Bad Request".encode("ascii")
            headers = [*answer.raw_headers, (b"connection", b"close")]
            lines = [status, *(name + b": " + value for name, value in headers), b"", bytes(answer.body)]
            self.transport.write(b"\r\n".join(lines))
        self.transport.close()
