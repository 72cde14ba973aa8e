"""Refusals of what an account may not use, or not any more."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from huisheng.errors import SetupError
from huisheng.server.errors import IdempotencyInProgress, PaymentRequired


class InsufficientBalance(PaymentRequired):
    """Nothing is left that covers the request.

    Args:
        zone: at whose next midnight there is a free allowance again; empty where none comes.
        can_buy: whether there is a method of payment; else the operator can give more.
    """

    code = "insufficient_balance"

    def __init__(self, zone: str = "", *, can_buy: bool = False) -> None:
        advice, english = "联系运营者增加额度", "Ask the operator for more"
        if can_buy:
            advice, english = "在 /account#plans 购买次数包或套餐", "Buy a pack or a plan at /account#plans"
        if zone:
            advice += f"，或等待免费额度在明天 0 点恢复（{zone} 时间）"
            english += f", or wait for the free allowance of tomorrow, from midnight in {zone}"
        super().__init__(
            f"额度不足，这次没有扣费。请{advice}。",
            f"Not enough is left for this request, and nothing was charged. {english}.",
        )
        self.zone = zone


class AnswerKept(IdempotencyInProgress):
    """A request was answered before under its `Idempotency-Key`; no client sees this, but that answer."""


class NotInPlan(PaymentRequired):
    """The plan does not include what a request asks for.

    Args:
        message: Chinese, what it includes, without a full stop.
        english: the same in English.
    """

    code = "not_in_plan"

    def __init__(self, message: str, english: str) -> None:
        super().__init__(
            f"{message}。请修改请求，或使用包含它的套餐，见 /account#plans。",
            f"{english}. Change the request, or use a plan that includes it; see /account#plans.",
        )


class TextNotInPlan(NotInPlan):
    """The text is longer than the plan allows; `limit` in characters."""

    parameter: ClassVar[str] = "text"

    def __init__(self, length: int, limit: int) -> None:
        super().__init__(
            f"文本共 {length} 字，当前套餐单次上限 {limit} 字",
            f"The text has {length} characters; the plan takes at most {limit} at once",
        )
        self.limit = limit


class FormatNotInPlan(NotInPlan):
    """The plan has no such format."""

    parameter: ClassVar[str] = "format"

    def __init__(self, value: str, known: Sequence[str]) -> None:
        super().__init__(
            f"当前套餐不包含音频格式 {value}，可用：{'、'.join(known)}",
            f"The plan does not include the format {value}. Included: {', '.join(known)}",
        )


class VoiceNotInPlan(NotInPlan):
    """The plan has no such voice."""

    parameter: ClassVar[str] = "voice"

    def __init__(self, value: str, known: Sequence[str]) -> None:
        super().__init__(
            f"当前套餐不包含音色 {value}，可用：{'、'.join(known)}",
            f"The plan does not include the voice {value}. Included: {', '.join(known)}",
        )


class ServersRunning(SetupError):
    """Servers use the database that is to be changed as a whole; `count` of them."""

    code = "servers_running"

    def __init__(self, count: int) -> None:
        super().__init__(
            f"还有 {count} 个服务在使用数据库，请先停止服务；其他机器上异常退出的服务一分钟后视为已停止。",
            f"Servers that use the database: {count}. Stop them first; one that died on another machine is "
            "taken for stopped after a minute.",
        )
        self.count = count
