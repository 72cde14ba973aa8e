"""What the server and its workers say to each other, over a socket of their own.

A message is its length in four bytes, big-endian, and a pickle. Both ends are this program, and no other
can reach the socket: it has no name.
"""

from __future__ import annotations

import pickle
import struct
from typing import Any, Final, Literal, NamedTuple, TypeAlias

from huisheng.errors import HuishengError
from huisheng.runtime.work.steps import Step, Work

LENGTH: Final = struct.Struct(">I")
"""Length of the pickle that follows."""


class Begin(NamedTuple):
    """Begin work under an id, and make its first step if `advance` says so.

    `request_id` is that of the request for which it is done, for logs; empty where there is none.
    """

    number: int
    work_id: int
    work: Work[Any]
    advance: bool
    request_id: str = ""


class Call(NamedTuple):
    """Advance or close work that was begun."""

    number: int
    work_id: int
    action: Literal["advance", "close"]


Request: TypeAlias = Begin | Call


class Reply(NamedTuple):
    """The answer to the request of this number: a step, an error, or nothing where all is well.

    `cache_counts` is that of the worker's synthesizer.
    """

    number: int
    step: Step[Any] | None = None
    error: HuishengError | None = None
    cache_counts: tuple[int, int] = (0, 0)


def encode_message(message: Request | Reply) -> bytes:
    """The bytes of a message on the socket."""
    body = pickle.dumps(message, pickle.HIGHEST_PROTOCOL)
    return LENGTH.pack(len(body)) + body


def decode_message(body: bytes) -> Any:  # noqa: ANN401 (each end knows what the other sends)
    """The message in a pickle, without its length."""
    return pickle.loads(body)  # noqa: S301 (written by ourselves, see above)
