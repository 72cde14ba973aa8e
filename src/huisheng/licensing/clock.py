"""The latest time that an installation has seen, so that a clock set back is noticed.

A small file that never goes backwards, with a code of authentication. It is a notice and no lock: lost,
damaged or not writable, it starts anew and stops nothing by itself. Whoever removes it gains what the term of
the licence leaves them anyway, and an operator whose clock once ran ahead by years can mend that alone.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from huisheng.errors import LicenseError
from huisheng.licensing.files import read_small, write_whole

DRIFT: Final = timedelta(days=1)
"""A clock may be back by so much before that counts: drift, a wrong zone, several servers with one folder."""

_FORMAT: Final = 1
_OFTEN: Final = timedelta(hours=1)
"""The file is written when it is behind by so much."""


@dataclass(frozen=True, slots=True)
class ClockState:
    """What an installation remembers of time.

    Attributes:
        latest: time seen, UTC.
        verified: when a licence was last found good, UTC; None where none ever was.
    """

    latest: datetime
    verified: datetime | None = None

    def advance(self, now: datetime, *, is_verified: bool) -> ClockState:
        """The state once it is `now`; no time of it ever goes backwards.

        Args:
            now: UTC.
            is_verified: whether a licence is good now.
        """
        latest = max(self.latest, now)
        verified = max(self.verified or now, now) if is_verified else self.verified
        return ClockState(latest, verified)

    def is_behind(self, other: ClockState) -> bool:
        """Whether another is so much later that it should be written."""
        if other.latest - self.latest >= _OFTEN:
            return True
        if other.verified is None:
            return False
        return self.verified is None or other.verified - self.verified >= _OFTEN


def is_set_back(now: datetime, seen: datetime) -> bool:
    """Whether a clock shows less than was seen, by more than a clock drifts."""
    return now < seen - DRIFT


def read_clock(path: Path, secret: bytes) -> ClockState | None:
    """What was written last.

    Args:
        path: of the file.
        secret: with which it was written.

    Returns:
        None where there is no such file, or where it is damaged or written with another secret.
    """
    try:
        written = json.loads(read_small(path))
        state = ClockState(_parse(written["latest"]), written["verified"] and _parse(written["verified"]))
        code = bytes.fromhex(written["mac"])
    except (LicenseError, ValueError, TypeError, KeyError, OverflowError, RecursionError):
        return None
    return state if hmac.compare_digest(code, _code(state, secret)) else None


def write_clock(path: Path, state: ClockState, secret: bytes) -> None:
    """Write the state in one step.

    Raises:
        StorageError: it cannot be written.
    """
    content = {**_fields(state), "mac": _code(state, secret).hex()}
    write_whole(path, json.dumps(content, indent=1).encode("ascii"))


def _fields(state: ClockState) -> dict[str, object]:
    verified = state.verified.isoformat() if state.verified else None
    return {"format": _FORMAT, "latest": state.latest.isoformat(), "verified": verified}


def _code(state: ClockState, secret: bytes) -> bytes:
    return hmac.new(secret, json.dumps(_fields(state)).encode("ascii"), hashlib.sha256).digest()


def _parse(written: str) -> datetime:
    """
    Raises:
        ValueError, OverflowError: it is no time with a zone, or none that UTC has.
    """
    moment = datetime.fromisoformat(written)
    if moment.tzinfo is None:
        raise ValueError(written)
    return moment.astimezone(UTC)
