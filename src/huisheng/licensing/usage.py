"""Seats and nodes in use beside those that a licence grants. Counted only where accounts are on."""

from __future__ import annotations

from dataclasses import dataclass

from huisheng.licensing.license import License
from huisheng.types import Notice


@dataclass(frozen=True, slots=True)
class LicenseUsage:
    """What is in use, and what was granted.

    Attributes:
        seats, licensed_seats: active users.
        nodes, licensed_nodes: running servers.
        messages: for people, where more is in use than was granted: that is to be talked over with the
            issuer, and stops nothing.
    """

    seats: int
    licensed_seats: int
    nodes: int
    licensed_nodes: int
    messages: tuple[Notice, ...]

    @property
    def is_within(self) -> bool:
        """Whether no more is in use than was granted."""
        return not self.messages


def compare_usage(granted: License, seats: int, nodes: int) -> LicenseUsage:
    """Compare what is in use with what a licence grants.

    Args:
        granted: the licence.
        seats: active users.
        nodes: running servers.
    """
    counts = (
        ("seats_exceeded", "席位", "seats", seats, granted.seats),
        ("nodes_exceeded", "节点", "nodes", nodes, granted.nodes),
    )
    messages = tuple(
        Notice(
            code,
            f"许可证有 {most} 个{name}，正在使用 {used} 个，请联系签发者增加。",
            f"The licence grants {most} {english}, and {used} are in use; ask its issuer for more.",
        )
        for code, name, english, used, most in counts
        if used > most
    )
    return LicenseUsage(seats, granted.seats, nodes, granted.nodes, messages)
