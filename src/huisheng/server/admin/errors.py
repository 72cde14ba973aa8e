"""Refusals of administration."""

from __future__ import annotations

from huisheng.errors import RequestError
from huisheng.server.errors import NotFound, StateConflict


class AccountNotFound(NotFound):
    """No account has this id."""

    def __init__(self) -> None:
        super().__init__(
            "没有这个账户，请用 GET /api/admin/accounts 查找。",
            "There is no such account; look for it with GET /api/admin/accounts.",
        )


class AccountErased(StateConflict):
    """The account was deleted by its owner; only its books are left."""

    code = "account_erased"

    def __init__(self) -> None:
        super().__init__(
            "账户已被注销，只保留账目，不能再修改。",
            "The account was deleted; only its books are left, and nothing can be changed.",
        )


class InvalidInterval(RequestError):
    """The days of a report are in the wrong order, or too many; `limit` in days."""

    code = "invalid_interval"
    parameter = "from"

    def __init__(self, limit: int) -> None:
        super().__init__(
            f"日期范围无效：from 不能晚于 to，最多 {limit} 天。",
            f"These days make no interval: from must not be after to, and {limit} days are the most.",
        )
        self.limit = limit
