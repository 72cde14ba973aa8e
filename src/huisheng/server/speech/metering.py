"""What speech tells whoever charges for it. Where there are no accounts, nothing is told.

A request is reserved before anything is made for it, and its charge ends in one of three ways: it is
complete, its client has left or has broken it off by a mistake, or it was refused or failed. Only the first
end counts.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, Protocol

from starlette.types import Scope

from huisheng.audio.encoding import AudioFormat
from huisheng.errors import RequestError
from huisheng.server.guard.client import Client
from huisheng.server.guard.policies import LimitStatus
from huisheng.units import Seconds

METERED: Final = "metered"
"""In the state of a request, its `MeteredRequest`."""

CHARGED_HEADER: Final = "X-Huisheng-Charged"
REMAINING_HEADER: Final = "X-Huisheng-Remaining"
"""Tell the account's client what an answer costs, and what is left."""


class Charge(Protocol):
    """What a request is charged, once it has ended."""

    def note_length(self, seconds: Seconds) -> None:
        """So much more sound was made for it."""
        ...

    def note_sound(self) -> None:
        """Sound was handed to the connection."""
        ...

    def complete(self) -> None:
        """It is about to be answered in full: charged."""
        ...

    def abandon(self) -> None:
        """The client has left, or its own mistake ends it: charged where it was handed sound."""
        ...

    def cancel(self) -> None:
        """It was refused before any sound, or we failed: not charged."""
        ...

    @property
    def is_charged(self) -> bool:
        """Whether it has ended, and anything is charged."""
        ...

    @property
    def charged(self) -> str:
        """What is charged where it is complete, at most: `calls=1`."""
        ...

    @property
    def remaining(self) -> str:
        """What the account has left of it then: `calls=99`."""
        ...


@dataclass(frozen=True, slots=True)
class RequestKey:
    """The `Idempotency-Key` of a request.

    Attributes:
        key: that the client has chosen.
        fingerprint: SHA-256 of method, address and body.
    """

    key: str
    fingerprint: str


@dataclass(frozen=True, slots=True)
class KeptAnswer:
    """An answer that is sent again for a request that is sent again."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes


@dataclass(slots=True, eq=False)
class MeteredRequest:
    """A request as a meter knows it.

    Attributes:
        route: template of its address.
        limits: what is left of the limits of its client, for the headers of its answer.
        request_key: None where the client has sent none.
        charge: None until something is reserved.
        remaining: what is left where it was refused, by meter: `calls=0`; empty where it was not.
        is_paid: it was charged before, and is made again.
        kept_answer: the answer that it had before, which is sent in place of any other.
        has_failed: its answer had begun, and a failure ended it.
    """

    route: str
    limits: list[LimitStatus] = field(default_factory=list[LimitStatus])
    request_key: RequestKey | None = None
    charge: Charge | None = None
    remaining: str = ""
    is_paid: bool = False
    kept_answer: KeptAnswer | None = None
    has_failed: bool = False


@dataclass(frozen=True, slots=True)
class MeteredSpeech:
    """Speech that is to be charged.

    Attributes:
        voice: id.
        audio_format: of the answer.
        length: characters of the text of the request, as far as it has come.
        characters: those that are about to be spoken.
        seconds: of sound that is expected for them, at most.
    """

    voice: str
    audio_format: AudioFormat
    length: int
    characters: int
    seconds: Seconds


class Meter(Protocol):
    """Reserves what speech costs."""

    def take_early_start(self, client: Client) -> bool:
        """Whether the work of a request may begin beside its reservation, which is likely to succeed. That
        is allowed for one request; the next one waits for a reservation first.
        """
        ...

    async def reserve(self, client: Client, metered: MeteredRequest, speech: MeteredSpeech) -> Charge | None:
        """Reserve what a request costs, or a further part of it; the same charge for all of its parts.

        Returns:
            the charge; None where nothing is charged.

        Raises:
            PaymentRequired: nothing that is left covers it, or the plan does not include it.
            LimitError: a limit of the plan is reached.
            Denied: the client may not speak any more.
            IdempotencyKeyReused: another request has its `Idempotency-Key`.
            IdempotencyInProgress: the same request is being served under it.
            AnswerKept: it has been answered before under that key.
        """
        ...


def break_off(charge: Charge | None, error: BaseException) -> None:
    """End the charge of a request that an error ends. Sound that was heard is not free because the text goes
    on with a mistake, or with more than is left for it.
    """
    if charge is None:
        return
    if isinstance(error, RequestError):
        charge.abandon()
    else:
        charge.cancel()


def find_metered(scope: Scope) -> MeteredRequest | None:
    """What is noted of a request that may be charged; None of any other."""
    return scope.get("state", {}).get(METERED)


def note_failure(scope: Scope) -> None:
    """A failure ends an answer that has begun."""
    if metered := find_metered(scope):
        metered.has_failed = True


def find_charge(scope: Scope) -> Charge | None:
    """The charge of a request; None where nothing is charged."""
    metered = find_metered(scope)
    return metered and metered.charge
