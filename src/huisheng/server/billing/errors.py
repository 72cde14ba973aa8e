"""Refusals by billing. `huisheng.server.errors` maps them to statuses."""

from __future__ import annotations

from pathlib import Path

from huisheng.errors import RequestError, SetupError
from huisheng.server.errors import NotFound, StateConflict
from huisheng.server.plans.catalogue import format_yuan


class OrderNotFound(NotFound):
    """The account has no such order."""

    code = "order_not_found"

    def __init__(self) -> None:
        super().__init__("没有这个订单。", "There is no such order.")


class InvoiceNotFound(NotFound):
    """The account has no such invoice."""

    code = "invoice_not_found"

    def __init__(self) -> None:
        super().__init__("没有这张发票。", "There is no such invoice.")


class SubscriptionNotFound(NotFound):
    """The account has no subscription that goes on."""

    code = "subscription_not_found"

    def __init__(self) -> None:
        super().__init__("当前没有包月套餐。", "There is no subscription now.")


class OrderClosed(StateConflict):
    """The order is paid, cancelled or expired."""

    code = "order_closed"

    def __init__(self) -> None:
        super().__init__(
            "订单已付款、取消或过期，不能再操作。", "The order is paid, cancelled or has expired."
        )


class OrderUnpaid(StateConflict):
    """What is asked for needs an order that is paid."""

    code = "order_unpaid"

    def __init__(self) -> None:
        super().__init__(
            "订单还没有付款，或已全部退款。", "The order is not paid, or all of it was given back."
        )


class PlanUnchanged(StateConflict):
    """The account has this plan already, and its next month is paid or comes by itself."""

    code = "plan_unchanged"

    def __init__(self) -> None:
        super().__init__(
            "已经是这个套餐，下一个周期已付款或会自动续费。",
            "This is the present plan; its next month is paid or will be paid by itself.",
        )


class DowngradeIsScheduled(StateConflict):
    """A cheaper plan is not bought, but begins when the paid month is over."""

    code = "downgrade_is_scheduled"

    def __init__(self) -> None:
        super().__init__(
            "这是价格不高于当前套餐的套餐，现在不能购买；请用“更改套餐”，从下个周期起生效。",
            "This plan costs no more than the present one and cannot be bought now; change the subscription, "
            "which takes effect with the next month.",
        )


class NextPeriodPaid(StateConflict):
    """The next month of the present plan is paid already."""

    code = "next_period_paid"

    def __init__(self) -> None:
        super().__init__(
            "当前套餐的下一个周期已经付款，请在它开始之后再更改套餐，或联系运营者退款。",
            "The next month of the present plan is paid; change the plan once it has begun, or ask the "
            "operator for a refund.",
        )


class RefundTooLarge(RequestError):
    """More would go back than has come."""

    code = "refund_too_large"
    parameter = "amount_fen"

    def __init__(self, left_fen: int) -> None:
        left = format_yuan(left_fen)
        super().__init__(f"最多还能退 {left}。", f"At most {left} can be given back.")
        self.left_fen = left_fen


class InvoiceExists(StateConflict):
    """The order has an invoice with other particulars."""

    code = "invoice_exists"

    def __init__(self) -> None:
        super().__init__(
            "这个订单已经开过发票，如需更改请联系运营者。",
            "The order has an invoice already; ask the operator to change it.",
        )


class TaxIdMissing(RequestError):
    """An invoice of a company needs its tax number."""

    code = "tax_id_missing"
    parameter = "tax_id"

    def __init__(self) -> None:
        super().__init__("企业发票需要填写税号。", "An invoice of a company needs its tax number.")


class SpecialInvoiceIncomplete(RequestError):
    """A special VAT invoice needs address, telephone, bank and number of the bank account."""

    code = "special_invoice_incomplete"
    parameter = "address"

    def __init__(self) -> None:
        super().__init__(
            "增值税专用发票需要填写地址、电话、开户行与账号。",
            "A special VAT invoice needs address, telephone, bank and number of the bank account.",
        )


class PortalUnavailable(StateConflict):
    """The method of payment has no page for customers, or they have not paid with it."""

    code = "portal_unavailable"

    def __init__(self) -> None:
        super().__init__(
            "只有用银行卡自动续费的套餐才有账单页面。",
            "Only a plan that a card pays for has a page of its own.",
        )


class OrderNotKnownYet(StateConflict):
    """A notification is about an order whose payment is not recorded yet; it is to be sent again."""

    code = "order_not_known_yet"

    def __init__(self) -> None:
        super().__init__(
            "通知先于订单的付款到达，请稍后重发。", "This comes before the payment; send it again."
        )


class TransferElsewhere(StateConflict):
    """The reference of a transfer was used for another order."""

    code = "transfer_reference_used"

    def __init__(self) -> None:
        super().__init__(
            "这个转账凭证号已用于另一个订单，请核对。", "This reference was used for another order; check it."
        )


class SubscriptionRenewsItself(StateConflict):
    """A card would be charged for an account that is gone."""

    code = "subscription_renews_itself"

    def __init__(self) -> None:
        super().__init__(
            "套餐会自动续费，请先取消套餐，再删除账户。",
            "The plan renews by itself; cancel it before the account is deleted.",
        )


class FontError(SetupError):
    """The font of receipts and invoices cannot be used."""

    code = "font"

    def __init__(self, path: Path) -> None:
        super().__init__(
            f"字体 {path} 不能嵌入收据和发票；请在 HUISHENG_DOCUMENT_FONT 中指定 TrueType 字体。",
            f"The font {path} cannot be embedded; name a TrueType font in HUISHENG_DOCUMENT_FONT.",
        )
