"""All payment peers, by the id of the method that they are the other side of."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from tools.peers.payments.alipay_peer import AlipayPeer
from tools.peers.payments.paypal_peer import PayPalPeer
from tools.peers.payments.server import PaymentPeer
from tools.peers.payments.stripe_peer import StripePeer
from tools.peers.payments.wechat_peer import WeChatPeer

PEERS: Final[Mapping[str, type[PaymentPeer]]] = {
    "wechat": WeChatPeer,
    "alipay": AlipayPeer,
    "stripe": StripePeer,
    "paypal": PayPalPeer,
}
"""Method → its peer, which `with PEERS[method]() as peer` runs by the clock of this machine."""
