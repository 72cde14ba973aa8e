"""What the server and its workers say to each other, over a socket of their own.

A message is its length in four bytes, big-endian, and a pickle. Both ends are this program, and nobody else
can reach the socket: it has no name.
"""

from __future__ import annotations

import pickle
import struct
from typing import Any, Final, Literal, NamedTuple, TypeAlias

from huisheng.errors import HuishengError
from huisheng.runtime.work.steps import Step, Work

LENGTH: Final = struct.Struct(">I")
"""Of the pickle that follows."""


class Begin(NamedTuple):
    """Begin work, under the number of its course, and make its first step if `advance` says so.

    `request` is the one for which it is done, as logs name it; empty where there is none.
    """

    number: int
    course: int
    work: Work[Any]
    advance: bool
    request: str = ""


class Call(NamedTuple):
    """Advance or close a course."""

    number: int
    course: int
    action: Literal["advance", "close"]


Request: TypeAlias = Begin | Call


class Reply(NamedTuple):
    """The answer to the request of this number: a step, an error, or nothing where all is well.

    `remembered` is that of the worker's synthesizer.
    """

    number: int
    step: Step[Any] | None = None
    error: HuishengError | None = None
    remembered: tuple[int, int] = (0, 0)


def framed(message: Request | Reply) -> bytes:
    """A message as it goes over the socket."""
    body = pickle.dumps(message, pickle.HIGHEST_PROTOCOL)
    return LENGTH.pack(len(body)) + body


def read(body: bytes) -> Any:  # noqa: ANN401 (each end knows what the other sends)
    """The message of a frame, without its length."""
    return pickle.loads(body)  # noqa: S301 (written by ourselves, see above)
