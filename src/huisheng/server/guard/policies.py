"""Limits as headers show them (draft-ietf-httpapi-ratelimit-headers-10)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class QuotaPolicy:
    """One limit.

    Attributes:
        name: by which answers refer to it.
        quota: requests in a window, or at once.
        window: seconds; None for a limit on requests at once.
    """

    name: str
    quota: int
    window: int | None = None

    def __str__(self) -> str:
        extent = 'qu="concurrent-requests"' if self.window is None else f"w={self.window}"
        return f'"{self.name}";q={self.quota};{extent}'


@dataclass(frozen=True, slots=True)
class LimitStatus:
    """What is left of a limit; `reset` in seconds until there is more, None where that is not known."""

    policy: QuotaPolicy
    remaining: int
    reset: int | None = None

    def __str__(self) -> str:
        status = f'"{self.policy.name}";r={self.remaining}'
        return status if self.reset is None else f"{status};t={self.reset}"


def limit_headers(statuses: Sequence[LimitStatus], *, openai: bool = False) -> dict[str, str]:
    """The headers of an answer: the draft's two, and with `openai` OpenAI's three for the scarcest rate."""
    if not statuses:
        return {}
    headers = {
        "RateLimit-Policy": ", ".join(str(status.policy) for status in statuses),
        "RateLimit": ", ".join(map(str, statuses)),
    }
    rates = [status for status in statuses if status.reset is not None]
    if openai and rates:
        scarcest = min(rates, key=lambda status: status.remaining)
        headers |= {
            "x-ratelimit-limit-requests": str(scarcest.policy.quota),
            "x-ratelimit-remaining-requests": str(scarcest.remaining),
            "x-ratelimit-reset-requests": f"{scarcest.reset}s",
        }
    return headers
