"""What can be wrong with the books."""

from __future__ import annotations

from huisheng.errors import EngineError


class LedgerFault(EngineError):
    """The books would not be right; nothing is entered. `reason` is for the log."""

    code = "ledger_fault"

    def __init__(self, reason: str) -> None:
        super().__init__(
            "账目出错，这次没有扣费；请稍后重试，仍然出错请联系运营者。",
            "The books are at fault; nothing was charged. Try again, and tell the operator if it persists.",
        )
        self.reason = reason
