"""Alipay's gateway as a merchant sees it: precreated trades, refunds, signatures both ways, forms."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone
from typing import Any, ClassVar, Final
from urllib.parse import parse_qsl, urlencode

from tools.peers.payments.keys import is_signed, make_key, private_pem, public_pem, sign
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

APP_ID: Final = "2014072300007148"
SELLER_ID: Final = "2088102146225135"

_CHINA: Final = timezone(timedelta(hours=8))
_TIME: Final = "%Y-%m-%d %H:%M:%S"
_OPEN: Final = frozenset({"", "WAIT_BUYER_PAY"})
_METHODS: Final = frozenset(
    f"alipay.trade.{name}" for name in ("precreate", "query", "close", "refund", "fastpay.refund.query")
)


class _BusinessError(Exception):
    """A refusal in the gateway's own form."""

    def __init__(self, sub_code: str) -> None:
        super().__init__(sub_code)
        self.answer = {
            "code": "40004",
            "msg": "Business Failed",
            "sub_code": sub_code,
            "sub_msg": "业务处理失败",
        }


@dataclass(slots=True)
class _Trade:
    """A trade; `state` is empty until somebody scans the code, and nobody else can see it."""

    content: dict[str, str]
    code: str
    state: str = ""
    number: str = ""
    paid_at: str = ""
    refunds: dict[str, int] = field(default_factory=dict[str, int])

    @property
    def total(self) -> int:
        """In fen."""
        return _fen(self.content["total_amount"])


class AlipayPeer(PaymentPeer):
    """One application's Alipay.

    Attributes:
        slow_refunds: whether money of new refunds moves only with `finish_refund`.
    """

    failure: ClassVar[bytes] = b"<html>502 Bad Gateway</html>"

    def __init__(self, clock: Clock = utc_now) -> None:
        super().__init__(clock)
        self.slow_refunds = False
        self._merchant = make_key()
        self._key = make_key()
        self._stranger = make_key()
        self._trades: dict[str, _Trade] = {}
        self._unfinished: set[str] = set()

    @property
    @override
    def settings(self) -> dict[str, str]:
        """The application's; keys as bare base64, as Alipay's tool writes them."""
        return {
            "alipay_app_id": APP_ID,
            "alipay_seller_id": SELLER_ID,
            "alipay_private_key": _bare(private_pem(self._merchant)),
            "alipay_public_key": _bare(public_pem(self._key.public_key())),
            "alipay_address": f"{self.address}/gateway.do",
        }

    def scan(self, order_id: str) -> None:
        """What the payer does first: only now the trade exists."""
        trade = self._trades[order_id]
        trade.state, trade.number = "WAIT_BUYER_PAY", f"2026{secrets.randbelow(10**24):024}"

    @override
    def pay(self, order_id: str) -> None:
        """What the payer does with the code."""
        self.scan(order_id)
        trade = self._trades[order_id]
        trade.state, trade.paid_at = "TRADE_SUCCESS", self._now()

    def finish_refund(self, refund_id: str) -> None:
        """Let the money of a slow refund move."""
        self._unfinished.discard(refund_id)

    @override
    def payment_notification(
        self, order_id: str, fault: Fault | None = None, other: Mapping[str, str] | None = None
    ) -> SentMessage:
        """That a trade is paid.

        Args:
            order_id: of the trade.
            fault: what is wrong with it.
            other: fields in place of the right ones, or beside them.
        """
        trade = self._trades[order_id]
        late = {Fault.OLD_TIMESTAMP: timedelta(hours=49), Fault.FUTURE_TIMESTAMP: -timedelta(hours=1)}
        sent = self.clock() - (late.get(fault, timedelta()) if fault else timedelta())
        fields = {
            "notify_id": secrets.token_hex(17),
            "notify_type": "trade_status_sync",
            "notify_time": _format_time(sent),
            "charset": "utf-8",
            "version": "1.0",
            "app_id": APP_ID,
            "seller_id": SELLER_ID,
            "buyer_id": "2088102116773037",
            "out_trade_no": order_id,
            "trade_no": trade.number,
            "trade_status": trade.state,
            "subject": trade.content["subject"],
            "total_amount": _yuan(trade.total),
            "receipt_amount": _yuan(trade.total),
            "gmt_create": trade.paid_at,
            "gmt_payment": trade.paid_at,
            "fund_bill_list": json.dumps([{"amount": _yuan(trade.total), "fundChannel": "ALIPAYACCOUNT"}]),
        }
        if fault is Fault.WRONG_AMOUNT:
            fields["total_amount"] = _yuan(trade.total - 1)
        elif fault is Fault.WRONG_MERCHANT:
            fields["seller_id"] = "2088000000000000"
        return self.sign_form({**fields, **(other or {})}, fault)

    @override
    def refund_notification(self, refund_id: str, fault: Fault | None = None) -> SentMessage:
        """That some of a trade was given back: the status is still that of a paid one."""
        order_id, trade = next(pair for pair in self._trades.items() if refund_id in pair[1].refunds)
        refunded = _yuan(sum(trade.refunds.values()))
        other = {"refund_fee": refunded, "gmt_refund": self._now(), "out_biz_no": refund_id}
        return self.payment_notification(order_id, fault, other)

    def sign_form(self, fields: Mapping[str, str], fault: Fault | None = None) -> SentMessage:
        """Any form at all, signed."""
        key = self._stranger if fault is Fault.BAD_SIGNATURE else self._key
        signed = {**fields, "sign": sign(key, _canonical(fields)), "sign_type": "RSA2"}
        if fault is Fault.ALTERED_BODY:
            signed["total_amount"] = "0.01"
        headers = {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}
        return SentMessage(headers, urlencode(signed).encode())

    @override
    def respond(self, request: PeerRequest) -> PeerAnswer:
        """Check who asks, do it, sign the answer."""
        fields = dict(parse_qsl(request.body.decode(), keep_blank_values=True))
        name = fields.get("method", "")
        problem = self._find_problem(request, fields)
        if problem:
            content = {"code": "40002", "msg": "Invalid Arguments", "sub_code": problem, "sub_msg": "无效"}
            return self._finish("error_response", content)
        try:
            done = self._act(name, json.loads(fields["biz_content"]))
            content = {"code": "10000", "msg": "Success", **done}
        except _BusinessError as error:
            content = error.answer
        return self._finish(f"{name.replace('.', '_')}_response", content)

    def _act(self, name: str, content: dict[str, str]) -> dict[str, str]:
        match name:
            case "alipay.trade.precreate":
                return self._precreate(content)
            case "alipay.trade.query":
                return self._query(content)
            case "alipay.trade.close":
                return self._close(content)
            case "alipay.trade.refund":
                return self._refund(content)
            case _:
                return self._query_refund(content)

    def _find_problem(self, request: PeerRequest, fields: dict[str, str]) -> str:
        """What is wrong with a request, as a sub-code; empty for nothing."""
        signature = fields.pop("sign", "")
        expected = {"format": "JSON", "charset": "utf-8", "sign_type": "RSA2", "version": "1.0"}
        name = fields.get("method")
        problems = {
            "isv.invalid-method": request.path != "/gateway.do" or name not in _METHODS,
            "isv.invalid-app-id": fields.get("app_id") != APP_ID,
            "isv.missing-signature-config": any(fields.get(key) != expected[key] for key in expected),
            "isv.invalid-timestamp": not self._is_recent(fields.get("timestamp", "")),
            "isv.missing-notify-url": name == "alipay.trade.precreate" and "notify_url" not in fields,
            "isv.invalid-signature": not is_signed(
                self._merchant.public_key(), _canonical(fields), signature
            ),
        }
        return next((problem for problem, is_there in problems.items() if is_there), "")

    def _is_recent(self, timestamp: str) -> bool:
        try:
            sent = datetime.strptime(timestamp, _TIME).replace(tzinfo=_CHINA)
        except ValueError:
            return False
        return abs(sent - self.clock()) <= timedelta(minutes=10)

    def _precreate(self, content: dict[str, str]) -> dict[str, str]:
        order_id, subject = content["out_trade_no"], content["subject"]
        if not subject or set(subject) & set("/=&") or _fen(content["total_amount"]) < 1:
            raise _BusinessError("ACQ.INVALID_PARAMETER")
        if content["seller_id"] != SELLER_ID:
            raise _BusinessError("ACQ.INVALID_PARAMETER")
        known = self._trades.get(order_id)
        if known and known.state not in _OPEN:
            raise _BusinessError("ACQ.TRADE_HAS_SUCCESS" if known.paid_at else "ACQ.TRADE_HAS_CLOSE")
        if known and known.content["total_amount"] != content["total_amount"]:
            raise _BusinessError("ACQ.CONTEXT_INCONSISTENT")
        trade = known or _Trade(content, f"https://qr.alipay.com/bax{secrets.token_hex(12)}")
        self._trades[order_id] = trade
        return {"out_trade_no": order_id, "qr_code": trade.code}

    def _query(self, content: dict[str, str]) -> dict[str, str]:
        trade = self._find(content)
        answer = {
            "out_trade_no": trade.content["out_trade_no"],
            "trade_no": trade.number,
            "trade_status": trade.state,
            "total_amount": _yuan(trade.total),
            "buyer_user_id": "2088102116773037",
        }
        return answer | ({"send_pay_date": trade.paid_at} if trade.paid_at else {})

    def _close(self, content: dict[str, str]) -> dict[str, str]:
        trade = self._find(content)
        if trade.state != "WAIT_BUYER_PAY":
            raise _BusinessError("ACQ.TRADE_STATUS_ERROR")
        trade.state = "TRADE_CLOSED"
        return {"out_trade_no": trade.content["out_trade_no"], "trade_no": trade.number}

    def _refund(self, content: dict[str, str]) -> dict[str, str]:
        trade = self._find(content)
        refund_id, amount = content["out_request_no"], _fen(content["refund_amount"])
        is_new = refund_id not in trade.refunds
        if not trade.paid_at:
            raise _BusinessError("ACQ.TRADE_STATUS_ERROR")
        if trade.refunds.get(refund_id, amount) != amount:
            raise _BusinessError("ACQ.DISCORDANT_REPEAT_REQUEST")
        if is_new and sum(trade.refunds.values()) + amount > trade.total:
            raise _BusinessError("ACQ.REFUND_AMT_NOT_EQUAL_TOTAL")
        trade.refunds[refund_id] = amount
        if is_new and self.slow_refunds:
            self._unfinished.add(refund_id)
        return {
            "out_trade_no": trade.content["out_trade_no"],
            "trade_no": trade.number,
            "fund_change": "Y" if is_new and not self.slow_refunds else "N",
            "refund_fee": _yuan(sum(trade.refunds.values())),
        }

    def _query_refund(self, content: dict[str, str]) -> dict[str, str]:
        trade, refund_id = self._find(content), content["out_request_no"]
        if refund_id not in trade.refunds or refund_id in self._unfinished:
            return {}
        return {
            "out_trade_no": trade.content["out_trade_no"],
            "out_request_no": refund_id,
            "refund_amount": _yuan(trade.refunds[refund_id]),
            "refund_status": "REFUND_SUCCESS",
        }

    def _find(self, content: Mapping[str, str]) -> _Trade:
        """The trade that is meant.

        Raises:
            _BusinessError: there is none, or its code was not scanned.
        """
        for order_id, trade in self._trades.items():
            is_meant = content.get("trade_no") == trade.number or content.get("out_trade_no") == order_id
            if trade.state and is_meant:
                return trade
        raise _BusinessError("ACQ.TRADE_NOT_EXIST")

    def _finish(self, name: str, content: Mapping[str, Any]) -> PeerAnswer:
        """The gateway signs the value of the member as it is written, white space and all."""
        written = json.dumps(content, ensure_ascii=False, separators=(", ", " : "))
        key = self._stranger if self.answer_fault is Fault.BAD_SIGNATURE else self._key
        signature = sign(key, written.encode())
        if self.answer_fault is Fault.ALTERED_BODY:
            written = written.replace('"10000"', '"10000" ')
        if name == "error_response":
            return PeerAnswer(200, f'{{"{name}":{written}}}'.encode())
        return PeerAnswer(200, f'{{"{name}":{written},"sign":"{signature}"}}'.encode())

    def _now(self) -> str:
        return _format_time(self.clock())


def _canonical(fields: Mapping[str, str]) -> bytes:
    return "&".join(f"{name}={value}" for name, value in sorted(fields.items())).encode()


def _bare(pem: str) -> str:
    return "".join(line for line in pem.splitlines() if "-----" not in line)


def _fen(yuan: str) -> int:
    whole, _, part = yuan.partition(".")
    return int(whole + part) if len(part) == 2 else 0


def _yuan(fen: int) -> str:
    return f"{fen // 100}.{fen % 100:02}"


def _format_time(moment: datetime) -> str:
    return moment.astimezone(UTC).astimezone(_CHINA).strftime(_TIME)
