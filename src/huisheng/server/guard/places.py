"""How many requests of one caller run at once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from typing import NamedTuple

from huisheng.server.guard.errors import TooManyConcurrent
from huisheng.server.guard.policies import Policy, Standing


class Claim(NamedTuple):
    """A limit, and whose requests it counts."""

    policy: Policy
    subject: str


class Places:
    """Counts what runs, in this process. Taking and giving back never wait, so nothing cuts them in two."""

    def __init__(self) -> None:
        self._taken: Counter[Claim] = Counter()

    @contextmanager
    def taken(self, claims: Sequence[Claim]) -> Generator[tuple[Standing, ...]]:
        """A place under each claim, or none at all.

        Raises:
            TooManyConcurrent: one has no place left.
        """
        if any(self._taken[claim] >= claim.policy.quota for claim in claims):
            raise TooManyConcurrent(self._standings(claims))
        self._taken.update(claims)
        try:
            yield self._standings(claims)
        finally:
            self._taken.subtract(claims)
            for claim in claims:
                if not self._taken[claim]:
                    del self._taken[claim]

    def __len__(self) -> int:
        """Places that are taken."""
        return self._taken.total()

    def _standings(self, claims: Sequence[Claim]) -> tuple[Standing, ...]:
        return tuple(Standing(claim.policy, claim.policy.quota - self._taken[claim]) for claim in claims)
