"""Transfer by hand, for small operators: instructions, and the operator's word that money has come."""

from __future__ import annotations

from datetime import datetime
from http import HTTPStatus
from typing import Final

from typing_extensions import override

from huisheng.errors import HuishengError
from huisheng.server.payments.errors import InvalidSignature
from huisheng.server.payments.http import status_of_failure
from huisheng.server.payments.money import Money, format_amount
from huisheng.server.payments.protocol import (
    Acknowledgement,
    Bilingual,
    Checkout,
    MethodDescription,
    Notification,
    NotificationMessage,
    OrderReference,
    PaymentMethod,
    PaymentPending,
    PaymentReceived,
    PaymentRequest,
    PaymentStatus,
    RefundReference,
    RefundRequest,
    RefundResult,
    RefundState,
)
from huisheng.server.payments.settings import PaymentSettings

METHOD: Final = "manual"

_DESCRIPTION: Final = MethodDescription(METHOD, Bilingual("转账", "Transfer"), "transfer")
_REFERENCE_LENGTH: Final = 10
"""Characters of an order's id that its payer writes down; 50 bits."""


class ManualTransfer(PaymentMethod):
    """The method, which has no peer.

    Args:
        settings: with all that `manual` needs.
    """

    def __init__(self, settings: PaymentSettings) -> None:
        self._zh = settings.manual_instructions
        self._en = settings.manual_instructions_en or settings.manual_instructions
        self._code = settings.manual_qr

    @property
    @override
    def description(self) -> MethodDescription:
        """A transfer."""
        return _DESCRIPTION

    @override
    async def start(self, request: PaymentRequest, now: datetime) -> Checkout:
        """Instructions, and a reference by which the operator finds the order."""
        reference = transfer_reference(request.order_id)
        yuan = format_amount(request.amount.amount)
        return Checkout(
            kind="transfer",
            reference=reference,
            charged=request.amount,
            expires_at=request.expires_at,
            code=self._code,
            instructions=Bilingual(
                f"{self._zh}\n金额：{yuan} 元\n附言：{reference}",
                f"{self._en}\nAmount: CNY {yuan}\nReference: {reference}",
            ),
        )

    @override
    async def query(self, order: OrderReference, now: datetime) -> PaymentStatus:
        """Pending: only the operator knows."""
        return PaymentPending()

    @override
    async def close(self, order: OrderReference, now: datetime) -> None:
        """Nothing can stop a transfer."""

    @override
    async def refund(self, request: RefundRequest, now: datetime) -> RefundResult:
        """Done: the operator asks for it having sent the money back."""
        return RefundResult(request.refund_id, request.refund_id, RefundState.SUCCEEDED)

    @override
    async def query_refund(self, refund: RefundReference, now: datetime) -> RefundResult:
        """Done, as above."""
        return RefundResult(refund.refund_id, refund.refund_id, RefundState.SUCCEEDED)

    @override
    async def read_notification(self, message: NotificationMessage, now: datetime) -> Notification:
        """Nobody sends any."""
        raise InvalidSignature

    @override
    def acknowledge(self, failure: HuishengError | None = None) -> Acknowledgement:
        """The answer to whoever sends one all the same."""
        status = HTTPStatus.NO_CONTENT if failure is None else status_of_failure(failure)
        return Acknowledgement(status, "text/plain", b"")

    @override
    async def close_connections(self) -> None:
        """There are none."""


def transfer_reference(order_id: str) -> str:
    """What a payer writes into the transfer."""
    return f"HS{order_id[-_REFERENCE_LENGTH:].upper()}"


def confirm_transfer(order_id: str, amount: Money, paper: str, now: datetime) -> PaymentReceived:
    """The operator's word that a transfer has come.

    Args:
        order_id: that it is for.
        amount: that has come.
        paper: number of the transfer on the bank's paper; the same one is counted once.
        now: when it was said.
    """
    return PaymentReceived(f"confirm:{paper}", order_id, paper, amount, amount, now)
