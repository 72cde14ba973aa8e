"""What can go wrong with payments. No message holds a secret, a body or what a peer has written in words."""

from __future__ import annotations

import re
from typing import Final

from huisheng.errors import RefusedError, RequestError

_RETRY_AFTER: Final = 30
"""Seconds after which a payment peer may answer again; a guess."""
_REASON: Final = re.compile(r"[A-Za-z0-9_.-]{1,64}")


class NotificationError(RequestError):
    """A notification that is not believed."""


class InvalidSignature(NotificationError):
    """A message is not signed by whom it claims to be from, or not for us."""

    code = "invalid_signature"

    def __init__(self) -> None:
        super().__init__(
            "支付通知的签名无效，已忽略；如果它确实来自支付平台，请运营者检查密钥、证书和序列号。",
            "The signature of the payment message is wrong; if it did come from the payment service, "
            "check keys, certificates and serial numbers.",
        )


class StaleNotification(NotificationError):
    """A notification is too old, or from the future."""

    code = "stale_notification"

    def __init__(self) -> None:
        super().__init__(
            "支付通知的时间超出允许范围，已忽略；请运营者检查服务器的时钟。",
            "The payment notification is too old or from the future; check the server's clock.",
        )


class WrongMerchant(NotificationError):
    """A notification is genuine and of another merchant, application or mode."""

    code = "wrong_merchant"

    def __init__(self) -> None:
        super().__init__(
            "支付通知属于其他商户、应用或环境，已忽略；请运营者检查商户号和应用 ID。",
            "The payment notification is of another merchant, application or mode; "
            "check the ids in the settings.",
        )


class MalformedNotification(NotificationError):
    """A notification is genuine and cannot be read."""

    code = "malformed_notification"

    def __init__(self) -> None:
        super().__init__("支付通知的内容无法解析。", "The payment notification cannot be read.")


class UnknownPaymentMethod(RequestError):
    """No method of payment that is on has this name; `known` lists those that are."""

    code = "unknown_payment_method"
    parameter = "method"

    def __init__(self, known: tuple[str, ...]) -> None:
        super().__init__(
            f"没有这种支付方式，可用：{'、'.join(known)}。",
            f"There is no such method of payment. Known: {', '.join(known)}.",
        )
        self.known = known


class PaymentRefused(RequestError):
    """The method's peer has refused a call; nothing was done, and repeating it is of no use.

    Args:
        method: id of the method.
        reason: the peer's own code for it; its words are left out.
    """

    code = "payment_refused"

    def __init__(self, method: str, reason: str) -> None:
        self.reason = reason if _REASON.fullmatch(reason) else "unknown"
        super().__init__(
            f"支付平台 {method} 拒绝了请求（{self.reason}），请换一种支付方式，或联系运营者。",
            f"The payment service {method} refused ({self.reason}); choose another one or ask the operator.",
        )


class PaymentPeerError(RefusedError):
    """The method's peer cannot be reached, fails or gives an answer that is not to be believed.

    Whether it did what it was asked is unknown: ask, or repeat with the same ids.

    Args:
        method: id of the method.
    """

    code = "payment_peer"

    def __init__(self, method: str) -> None:
        super().__init__(
            f"支付平台 {method} 暂时无法使用，请在 {_RETRY_AFTER} 秒后重试。",
            f"The payment service {method} cannot be used now; try again in {_RETRY_AFTER} seconds.",
            _RETRY_AFTER,
        )
