"""A server as one writes it in an afternoon, round the same engine: a thread for every request, whole files.

Nothing limits how many are spoken at once, and nothing is sent before the last sample is there. Prints the
port that it listens on once the model is loaded.

    python -m benchmarks.serving.naive
"""

from __future__ import annotations

import json
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from huisheng.runtime.synthesizer import Synthesizer


class NaiveServer(ThreadingHTTPServer):
    """The standard library's, but no request is turned away for coming at the same moment as others."""

    request_queue_size = 1024
    daemon_threads = True

    def __init__(self, synthesizer: Synthesizer) -> None:
        super().__init__(("127.0.0.1", 0), partial(NaiveHandler, synthesizer))


class NaiveHandler(BaseHTTPRequestHandler):
    """Takes the fields of OpenAI's protocol."""

    def __init__(self, synthesizer: Synthesizer, *connection: Any) -> None:  # noqa: ANN401 (passed on)
        self._synthesizer = synthesizer  # the base class answers before its own constructor returns
        super().__init__(*connection)

    def do_POST(self) -> None:
        """Speak it all, then answer."""
        fields = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        speech = self._synthesizer.speak(fields["input"], voice=fields["voice"])
        data = speech.encode("wav")
        self.send_response(200)
        self.send_header("Content-Type", "audio/wav")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002, ANN401 (of the base class)
        """Nothing."""


def main() -> None:
    """Serve until ended."""
    synthesizer = Synthesizer()
    synthesizer.load()
    with NaiveServer(synthesizer) as server:
        print(server.server_port, flush=True)
        server.serve_forever()


if __name__ == "__main__":
    main()
