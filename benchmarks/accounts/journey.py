"""Whoever travels through a server with accounts, and what became of each step.

Everything goes the way that people and programs go: addresses, mail, the command line. Each step tells the
status that it was answered with (that of the process, for a command) and whether that is what should come.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final

import httpx
from benchmarks.serving.client import HOST
from tools.peers.mailbox import Mailbox
from tools.peers.payments.server import PaymentPeer

_PASSWORD: Final = "a-long-enough-password"  # noqa: S105 (of people who are not there)
_TEXT: Final = "你好。"
_TIMEOUT: Final = 30.0
"""Seconds."""
_PDF: Final = b"%PDF-"


@dataclass(frozen=True, slots=True)
class Step:
    """One step.

    Attributes:
        name: what is done.
        status: of HTTP, or of a process.
        is_right: whether it is the one that should come, with what should come with it.
    """

    name: str
    status: int
    is_right: bool


@dataclass(frozen=True, slots=True)
class Shop:
    """A server that is open to others, as its operator knows it.

    Attributes:
        port: of the server.
        settings: variables of its process, and of commands.
        mailbox: where its mail goes.
        peers: method of payment → its peer.
    """

    port: int
    settings: Mapping[str, str]
    mailbox: Mailbox
    peers: Mapping[str, PaymentPeer]

    @property
    def address(self) -> str:
        """Where the server is."""
        return f"http://{HOST}:{self.port}"

    @property
    def home(self) -> Path:
        """The server's folder."""
        return Path(self.settings["HUISHENG_HOME"])


class Traveller:
    """Somebody with a browser, and what became of every step.

    Args:
        address: of the server.
        steps: where steps are put.
    """

    def __init__(self, address: str, steps: list[Step]) -> None:
        self._steps = steps
        self._browser = httpx.Client(base_url=address, timeout=_TIMEOUT, trust_env=False)

    def close(self) -> None:
        """Close the browser."""
        self._browser.close()

    def ask(
        self,
        name: str,
        method: str,
        path: str,
        expected: HTTPStatus,
        body: Mapping[str, Any] | None = None,
        holds: Callable[[httpx.Response], bool] = lambda _: True,
    ) -> httpx.Response:
        """One step: a request of the page, and whether its answer is as expected.

        Args:
            name: of the step.
            method: of HTTP.
            path: on the server.
            expected: status.
            body: sent as JSON; None for none.
            holds: what must be true of the answer beside its status.
        """
        token = self._browser.cookies.get("huisheng_csrf")
        headers = {"X-CSRF-Token": token} if token else {}
        answer = self._browser.request(method, path, json=body, headers=headers)
        is_right = answer.status_code == expected and holds(answer)
        self._steps.append(Step(name, answer.status_code, is_right))
        return answer

    def speak(
        self, name: str, key: str, expected: HTTPStatus, remaining: int | None = None
    ) -> httpx.Response:
        """One step: a call by a program.

        Args:
            name: of the step.
            key: API key.
            expected: status.
            remaining: calls that the answer must say are left; None for any.
        """
        answer = self.call(key)
        left = answer.headers.get("X-Huisheng-Remaining")
        is_right = answer.status_code == expected and (remaining is None or left == f"calls={remaining}")
        self._steps.append(Step(name, answer.status_code, is_right))
        return answer

    def call(self, key: str) -> httpx.Response:
        """A call by a program, which is no step."""
        return httpx.post(
            self._browser.base_url.join("/v1/audio/speech"),
            json={"input": _TEXT, "response_format": "wav"},
            headers={"Authorization": f"Bearer {key}"},
            timeout=_TIMEOUT,
            trust_env=False,
        )

    def run(
        self,
        name: str,
        arguments: list[str],
        settings: Mapping[str, str],
        expected: int = 0,
        said: str = "",
    ) -> str:
        """One step: `huisheng …`, to its end; what it says.

        Args:
            name: of the step.
            arguments: of the command.
            settings: variables of its environment.
            expected: exit status.
            said: that must be in what it says.
        """
        done = run_command(arguments, {**os.environ, **settings})
        printed = done.stdout + done.stderr
        self._steps.append(Step(name, done.returncode, done.returncode == expected and said in printed))
        return printed

    def note(self, name: str, status: int, *, is_right: bool) -> None:
        """A step that was made elsewhere."""
        self._steps.append(Step(name, status, is_right))


def sign_up(person: Traveller, mailbox: Mailbox, email: str) -> None:
    """See what is sold, sign up, follow the link in the mail."""
    body = {"email": email, "password": _PASSWORD}
    person.ask("plans", "GET", "/api/plans", HTTPStatus.OK)
    person.ask("sign_up", "POST", "/api/auth/signup", HTTPStatus.ACCEPTED, body)
    token = mailbox.wait_for_token(email, "verify")
    person.ask("verify", "POST", "/api/auth/verify", HTTPStatus.OK, {"token": token})
    person.ask("account", "GET", "/api/account", HTTPStatus.OK)


def sign_in(person: Traveller, name: str, email: str) -> None:
    """One step: sign in with the password."""
    body = {"email": email, "password": _PASSWORD}
    person.ask(name, "POST", "/api/auth/login", HTTPStatus.OK, body)


def create_key(person: Traveller) -> str:
    """A new API key of their account; empty where there is none."""
    path = "/api/account/keys"
    created = person.ask("create_key", "POST", path, HTTPStatus.CREATED, {"name": "program"})
    return created.json().get("key", "")


def run_command(arguments: list[str], environment: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    """`huisheng …`, to its end."""
    return subprocess.run(
        [sys.executable, "-m", "huisheng", *arguments],
        check=False,
        capture_output=True,
        encoding="utf-8",
        env=dict(environment),
    )


def is_pdf(answer: httpx.Response) -> bool:
    """Whether an answer is a document."""
    return answer.content.startswith(_PDF)
