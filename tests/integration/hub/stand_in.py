"""A hub on this machine: the routes of ModelScope that its client asks, over a repository of a few bytes.

Small files are answered at once; large ones are answered by a redirect to storage that understands ranges, as
the hub does for files in LFS. A test can break the connection in the middle of a file, or let it stall there.
"""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final, NamedTuple
from urllib.parse import parse_qs, unquote, urlsplit

MODEL: Final = "damo/speech_sambert-hifigan_tts_test_16k"
LARGE: Final = 10_000
"""Bytes from which a file lies in storage."""


class Request(NamedTuple):
    """What the client asked: the route, the file, and the range or nothing."""

    route: str
    file: str
    range: str


@dataclass
class Hub:
    """What is on the hub, what goes wrong there, and what was asked.

    Attributes:
        files: path → content, the same at every revision.
        revisions: that exist.
        listed: what the list of files says otherwise: path → fields.
        cut: path → bytes after which the connection breaks, once.
        stalled: path → bytes after which nothing more comes.
        status: of every answer, when it is not 200.
        requests: in order.
        released: lets stalled answers end.
    """

    files: dict[str, bytes]
    revisions: tuple[str, ...] = ("master", "v1.0.0")
    listed: dict[str, dict[str, Any]] = field(default_factory=dict[str, dict[str, Any]])
    cut: dict[str, int] = field(default_factory=dict[str, int])
    stalled: dict[str, int] = field(default_factory=dict[str, int])
    status: HTTPStatus = HTTPStatus.OK
    requests: list[Request] = field(default_factory=list[Request])
    released: threading.Event = field(default_factory=threading.Event)

    def fetched_ranges(self, file: str) -> list[str]:
        """The ranges of every request for the content of a file."""
        return [request.range for request in self.requests if request[:2] == ("content", file)]

    def listing(self, revision: str) -> dict[str, Any]:
        """A revision that does not exist is answered as one without files."""
        files = self.files if revision in self.revisions else {}
        return {"Files": [self._entry(path, content) for path, content in files.items()]}

    def _entry(self, path: str, content: bytes) -> dict[str, Any]:
        said = {"Size": len(content), "Sha256": hashlib.sha256(content).hexdigest()}
        return {"Path": path, "Type": "blob"} | said | self.listed.get(path, {})


class HubServer(ThreadingHTTPServer):
    """Serves a hub on a free port."""

    daemon_threads = True

    def __init__(self, hub: Hub) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.hub = hub

    @property
    def address(self) -> str:
        """What `MODELSCOPE_ENDPOINT` is set to."""
        return f"http://127.0.0.1:{self.server_address[1]}"


class Handler(BaseHTTPRequestHandler):
    """Answers one request."""

    @property
    def _hub(self) -> Hub:
        assert isinstance(self.server, HubServer)
        return self.server.hub

    def do_GET(self) -> None:
        hub = self._hub
        url = urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(url.query).items()}
        model = f"/api/v1/models/{MODEL}"
        if hub.status is not HTTPStatus.OK:
            self._json(hub.status, {"Message": hub.status.phrase})
        elif url.path == f"{model}/repo/files":
            self._note("list")
            self._json(HTTPStatus.OK, {"Code": 200, "Data": hub.listing(query["Revision"]), "Success": True})
        elif url.path == f"{model}/revisions":
            tags = [{"Revision": revision} for revision in hub.revisions]
            self._json(HTTPStatus.OK, {"Data": {"RevisionMap": {"Tags": tags, "Branches": []}}})
        elif url.path == f"{model}/repo":
            self._file(query["FilePath"])
        elif url.path.startswith("/storage/"):
            self._content(unquote(url.path.removeprefix("/storage/")))
        else:
            self._json(HTTPStatus.NOT_FOUND, {"Code": 10010205001, "Message": "not found", "Success": False})

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (inherited)
        """Nothing on stderr."""

    def _note(self, route: str, file: str = "") -> None:
        self._hub.requests.append(Request(route, file, self.headers.get("Range", "")))

    def _json(self, status: HTTPStatus, body: Mapping[str, Any]) -> None:
        content = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def _file(self, file: str) -> None:
        if len(self._hub.files[file]) < LARGE:
            self._content(file)
            return
        self.send_response(HTTPStatus.FOUND)
        self.send_header("Location", f"/storage/{file}")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _content(self, file: str) -> None:
        self._note("content", file)
        hub = self._hub
        content = hub.files[file]
        start = int(self.headers.get("Range", "bytes=0-").removeprefix("bytes=").partition("-")[0])
        self.send_response(HTTPStatus.PARTIAL_CONTENT if start else HTTPStatus.OK)
        self.send_header("Content-Length", str(len(content) - start))
        if start:
            self.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
        self.end_headers()
        if file in hub.cut:
            self.wfile.write(content[start : hub.cut.pop(file)])
            self.close_connection = True
        elif file in hub.stalled:
            self.wfile.write(content[start : hub.stalled[file]])
            hub.released.wait(30)
        else:
            self.wfile.write(content[start:])
