"""WeChat Pay as a merchant sees it: orders, refunds, signatures both ways, encrypted notifications."""

from __future__ import annotations

import base64
import json
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta, timezone
from typing import Any, ClassVar, Final, Literal, TypeAlias

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from tools.peers.payments.keys import (
    certificate_pem,
    is_signed,
    make_certificate,
    make_key,
    private_pem,
    public_pem,
    sign,
)
from tools.peers.payments.server import (
    Clock,
    Fault,
    PaymentPeer,
    PeerAnswer,
    PeerRequest,
    SentMessage,
    utc_now,
)
from typing_extensions import override

APPID: Final = "wx2421b1c4370ec43b"
MCHID: Final = "1900009191"
API_KEY: Final = "an-api-v3-key-of-32-characters!!"
PUBLIC_KEY_ID: Final = "PUB_KEY_ID_0119000091912024110100000000"

KeyKind: TypeAlias = Literal["public_key", "certificate"]

_CHINA: Final = timezone(timedelta(hours=8))
_WINDOW: Final = timedelta(minutes=5)
_FIELD: Final = re.compile(r'(\w+)="([^"]*)"')
_ORDER_ID: Final = re.compile(r"[0-9A-Za-z_*|-]{6,32}")


@dataclass(slots=True)
class _Trade:
    """An order at WeChat Pay; `state` as `trade_state`."""

    content: dict[str, Any]
    code: str
    state: str = "NOTPAY"
    transaction: str = ""
    paid_at: str = ""

    @property
    def total(self) -> int:
        return self.content["amount"]["total"]


@dataclass(slots=True)
class _Refund:
    content: dict[str, Any]
    order_id: str
    external_id: str
    state: str = "PROCESSING"


@dataclass(slots=True)
class _Books:
    orders: dict[str, _Trade] = field(default_factory=dict[str, _Trade])
    refunds: dict[str, _Refund] = field(default_factory=dict[str, _Refund])


class WeChatPeer(PaymentPeer):
    """One merchant's WeChat Pay.

    Args:
        clock: what it takes for the time.
        signs_with: a key of its own, as for merchants from 2024 on, or a platform certificate.
    """

    failure: ClassVar[bytes] = json.dumps({"code": "SYSTEM_ERROR", "message": "系统错误"}).encode()

    def __init__(self, clock: Clock = utc_now, signs_with: KeyKind = "public_key") -> None:
        super().__init__(clock)
        self._signs_with = signs_with
        self._merchant = make_key()
        self._key = make_key()
        self._stranger = make_key()
        self._certificate = make_certificate(
            self._key.public_key(), "wechat.invalid", (self._key, "wechat.invalid")
        )
        self._books = _Books()

    @property
    @override
    def settings(self) -> dict[str, str]:
        """The merchant's."""
        keys = (
            {
                "wechat_public_key": public_pem(self._key.public_key()),
                "wechat_public_key_id": PUBLIC_KEY_ID,
            }
            if self._signs_with == "public_key"
            else {"wechat_platform_certificates": certificate_pem(self._certificate)}
        )
        return keys | {
            "wechat_appid": APPID,
            "wechat_mchid": MCHID,
            "wechat_serial": "5157F09EFDC096DE15EBE81A47057A7232F1B8E1",
            "wechat_private_key": private_pem(self._merchant),
            "wechat_api_key": API_KEY,
            "wechat_address": self.address,
        }

    @property
    def serial(self) -> str:
        """The number of the key that it signs with."""
        return PUBLIC_KEY_ID if self._signs_with == "public_key" else f"{self._certificate.serial_number:X}"

    @override
    def pay(self, order_id: str) -> None:
        """What the payer does with the code."""
        order = self._books.orders[order_id]
        order.state, order.transaction = "SUCCESS", f"4200{secrets.randbelow(10**24):024}"
        order.paid_at = self._now()

    def finish_refund(self, refund_id: str, state: str = "SUCCESS") -> None:
        """Bring a refund to its end: `SUCCESS`, `CLOSED` or `ABNORMAL`."""
        self._books.refunds[refund_id].state = state

    @override
    def payment_notification(self, order_id: str, fault: Fault | None = None) -> SentMessage:
        """That an order is paid."""
        content = self._transaction(self._books.orders[order_id])
        if fault is Fault.WRONG_AMOUNT:
            content["amount"]["total"] -= 1
        elif fault is Fault.WRONG_CURRENCY:
            content["amount"]["currency"] = "USD"
        elif fault is Fault.WRONG_MERCHANT:
            content["mchid"] = "1900000001"
        return self._notification("TRANSACTION.SUCCESS", "transaction", content, fault)

    @override
    def refund_notification(self, refund_id: str, fault: Fault | None = None) -> SentMessage:
        """That a refund has ended."""
        refund = self._books.refunds[refund_id]
        order = self._books.orders[refund.order_id]
        amount = refund.content["amount"]
        content = {
            "mchid": "1900000001" if fault is Fault.WRONG_MERCHANT else MCHID,
            "out_trade_no": refund.order_id,
            "transaction_id": order.transaction,
            "out_refund_no": refund.content["out_refund_no"],
            "refund_id": refund.external_id,
            "refund_status": refund.state,
            "success_time": self._now(),
            "user_received_account": "招商银行信用卡0403",
            "amount": {
                "total": order.total,
                "refund": amount["refund"],
                "payer_total": order.total,
                "payer_refund": amount["refund"],
            },
        }
        return self._notification(f"REFUND.{refund.state}", "refund", content, fault)

    def event(self, event_type: str, content: object) -> SentMessage:
        """Any event at all, encrypted and signed."""
        return self._notification(event_type, "other", content, None)

    def sign_message(self, body: bytes, fault: Fault | None = None) -> SentMessage:
        """Any body at all, signed."""
        headers, body = self._sign(body, fault)
        return SentMessage({"Content-Type": "application/json", **headers}, body)

    @override
    def respond(self, request: PeerRequest) -> PeerAnswer:
        """Check who asks, do it, sign the answer."""
        if not self._is_authorized(request):
            return _refuse(401, "SIGN_ERROR", "错误的签名，验签失败")
        return self._finish(self._act(request))

    def _act(self, request: PeerRequest) -> PeerAnswer:
        content: dict[str, Any] = json.loads(request.body) if request.body else {}
        match request.verb, request.path.removeprefix("/v3/").split("/"):
            case "POST", ["pay", "transactions", "native"]:
                return self._start(content)
            case "GET", ["pay", "transactions", "out-trade-no", order_id]:
                return self._query(order_id)
            case "POST", ["pay", "transactions", "out-trade-no", order_id, "close"]:
                return self._close(order_id)
            case "POST", ["refund", "domestic", "refunds"]:
                return self._refund(content)
            case "GET", ["refund", "domestic", "refunds", refund_id]:
                return self._query_refund(refund_id)
            case _:
                return _refuse(404, "NOT_FOUND", "请求的资源不存在")

    def _start(self, content: dict[str, Any]) -> PeerAnswer:
        amount = content.get("amount", {})
        if (content.get("appid"), content.get("mchid")) != (APPID, MCHID):
            return _refuse(400, "APPID_MCHID_NOT_MATCH", "AppID和mch_id不匹配")
        is_wrong = (
            not _ORDER_ID.fullmatch(content.get("out_trade_no", ""))
            or not isinstance(amount.get("total"), int)
            or amount["total"] < 1
            or amount.get("currency", "CNY") != "CNY"
            or len(content.get("description", "").encode()) not in range(1, 128)
            or not content.get("notify_url", "").startswith("http")
        )
        if is_wrong:
            return _refuse(400, "PARAM_ERROR", "参数错误")
        known = self._books.orders.get(content["out_trade_no"])
        if known and known.state != "NOTPAY":
            return _refuse(400, "ORDERPAID" if known.paid_at else "ORDER_CLOSED", "订单已支付或已关闭")
        if known and known.content["amount"] != amount:
            return _refuse(403, "OUT_TRADE_NO_USED", "商户订单号重复")
        order = known or _Trade(content, f"weixin://wxpay/bizpayurl?pr={secrets.token_urlsafe(6)}")
        self._books.orders[content["out_trade_no"]] = order
        return _answer({"code_url": order.code})

    def _query(self, order_id: str) -> PeerAnswer:
        order = self._books.orders.get(order_id)
        return _answer(self._transaction(order)) if order else _refuse(404, "ORDER_NOT_EXIST", "订单不存在")

    def _close(self, order_id: str) -> PeerAnswer:
        order = self._books.orders.get(order_id)
        if order is None:
            return _refuse(404, "ORDER_NOT_EXIST", "订单不存在")
        if order.paid_at:
            return _refuse(400, "ORDERPAID", "订单已支付")
        order.state = "CLOSED"
        return PeerAnswer(204, b"")

    def _refund(self, content: dict[str, Any]) -> PeerAnswer:
        amount, refund_id = content["amount"], content["out_refund_no"]
        paid = ((key, each) for key, each in self._books.orders.items() if each.transaction)
        found = next((pair for pair in paid if pair[1].transaction == content["transaction_id"]), None)
        if found is None:
            return _refuse(404, "RESOURCE_NOT_EXISTS", "订单不存在")
        order_id, order = found
        known = self._books.refunds.get(refund_id)
        if known and known.content["amount"] != amount:
            return _refuse(400, "PARAM_ERROR", "退款金额与之前请求不一致")
        others = (each for each in self._books.refunds.values() if each.order_id == order_id)
        before = sum(each.content["amount"]["refund"] for each in others if each.state != "CLOSED")
        if known is None and (amount["total"] != order.total or before + amount["refund"] > order.total):
            return _refuse(400, "INVALID_REQUEST", "订单金额或退款金额与之前请求不一致，请核实后再试")
        refund = known or _Refund(content, order_id, f"5030{secrets.randbelow(10**24):024}")
        self._books.refunds[refund_id] = refund
        order.state = "REFUND"
        return self._query_refund(refund_id)

    def _query_refund(self, refund_id: str) -> PeerAnswer:
        refund = self._books.refunds.get(refund_id)
        if refund is None:
            return _refuse(404, "RESOURCE_NOT_EXISTS", "退款单不存在")
        return _answer(
            {
                "refund_id": refund.external_id,
                "out_refund_no": refund_id,
                "out_trade_no": refund.order_id,
                "channel": "ORIGINAL",
                "status": refund.state,
                "amount": refund.content["amount"],
            }
        )

    def _transaction(self, order: _Trade) -> dict[str, Any]:
        content: dict[str, Any] = {
            "appid": APPID,
            "mchid": MCHID,
            "out_trade_no": order.content["out_trade_no"],
            "trade_state": order.state,
            "trade_state_desc": "",
        }
        if order.paid_at:
            content |= {
                "transaction_id": order.transaction,
                "trade_type": "NATIVE",
                "bank_type": "OTHERS",
                "success_time": order.paid_at,
                "payer": {"openid": "oUpF8uMuAJO_M2pxb1Q9zNjWeS6o"},
                "amount": {
                    "total": order.total,
                    "payer_total": order.total,
                    "currency": "CNY",
                    "payer_currency": "CNY",
                },
            }
        return content

    def _is_authorized(self, request: PeerRequest) -> bool:
        scheme, _, written = request.headers.get("authorization", "").partition(" ")
        fields = dict(_FIELD.findall(written))
        mine = ("mchid", "serial_no")
        if scheme != "WECHATPAY2-SHA256-RSA2048" or any(
            fields.get(name) != self.settings[f"wechat_{name.removesuffix('_no')}"] for name in mine
        ):
            return False
        lines = (request.verb, request.target, fields["timestamp"], fields["nonce_str"])
        message = b"".join(line.encode() + b"\n" for line in lines) + request.body + b"\n"
        age = abs(self.clock().timestamp() - int(fields["timestamp"]))
        return age <= _WINDOW.total_seconds() and is_signed(
            self._merchant.public_key(), message, fields["signature"]
        )

    def _finish(self, answer: PeerAnswer) -> PeerAnswer:
        headers, body = self._sign(answer.body, self.answer_fault)
        return PeerAnswer(answer.status, body, headers)

    def _notification(self, event_type: str, kind: str, content: object, fault: Fault | None) -> SentMessage:
        nonce, data = secrets.token_hex(6), kind
        plain = json.dumps(content, ensure_ascii=False).encode()
        sealed = AESGCM(API_KEY.encode()).encrypt(nonce.encode(), plain, data.encode())
        if fault is Fault.TRUNCATED_CIPHERTEXT:
            sealed = sealed[:-1]
        event = {
            "id": secrets.token_hex(16),
            "create_time": self._now(),
            "resource_type": "encrypt-resource",
            "event_type": event_type,
            "summary": "支付成功",
            "resource": {
                "original_type": kind,
                "algorithm": "AEAD_AES_256_GCM",
                "ciphertext": base64.b64encode(sealed).decode(),
                "associated_data": data,
                "nonce": nonce,
            },
        }
        return self.sign_message(json.dumps(event, ensure_ascii=False).encode(), fault)

    def _sign(self, body: bytes, fault: Fault | None) -> tuple[dict[str, str], bytes]:
        """Headers and body as they are sent."""
        late = {Fault.OLD_TIMESTAMP: timedelta(minutes=6), Fault.FUTURE_TIMESTAMP: -timedelta(hours=1)}
        at = self.clock() - (late.get(fault, timedelta()) if fault else timedelta())
        timestamp, nonce = str(int(at.timestamp())), secrets.token_hex(16)
        key = self._stranger if fault is Fault.BAD_SIGNATURE else self._key
        headers = {
            "Wechatpay-Timestamp": timestamp,
            "Wechatpay-Nonce": nonce,
            "Wechatpay-Signature": sign(key, f"{timestamp}\n{nonce}\n".encode() + body + b"\n"),
            "Wechatpay-Serial": "0" * 40 if fault is Fault.UNKNOWN_SERIAL else self.serial,
            "Wechatpay-Signature-Type": "WECHATPAY2-SHA256-RSA2048",
        }
        return headers, body + b" " if fault is Fault.ALTERED_BODY else body

    def _now(self) -> str:
        return self.clock().astimezone(_CHINA).isoformat(timespec="seconds")


def _answer(content: Mapping[str, object]) -> PeerAnswer:
    return PeerAnswer(200, json.dumps(content, ensure_ascii=False).encode())


def _refuse(status: int, code: str, message: str) -> PeerAnswer:
    return PeerAnswer(
        status, json.dumps({"code": code, "message": message, "detail": None}, ensure_ascii=False).encode()
    )
