"""Both journeys, through servers of their own, with mail and a peer for every method of payment."""

from __future__ import annotations

import socket
import tempfile
from collections.abc import Generator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Final

from benchmarks.accounts.customer import EMAIL as CUSTOMER
from benchmarks.accounts.customer import travel_as_customer
from benchmarks.accounts.journey import Shop, Step, Traveller, sign_in
from benchmarks.accounts.operating import become_operator, travel_as_operator
from benchmarks.accounts.prices import charge_new_prices, subscribe, write_prices
from benchmarks.accounts.restoring import back_up, go_on, restore
from benchmarks.serving.client import HOST
from benchmarks.serving.servers import our_server
from tools.peers.mailbox import Mailbox
from tools.peers.payments.alipay_peer import AlipayPeer
from tools.peers.payments.paypal_peer import PayPalPeer
from tools.peers.payments.server import PaymentPeer
from tools.peers.payments.stripe_peer import StripePeer
from tools.peers.payments.wechat_peer import WeChatPeer

_VOICE: Final = "tinglan"
_PEERS: Final = (
    ("wechat", WeChatPeer),
    ("alipay", AlipayPeer),
    ("stripe", StripePeer),
    ("paypal", PayPalPeer),
)


def travel() -> list[Step]:
    """Every step of both, in order: customer, operator, new prices after a restart, a backup restored.

    Raises:
        NoServer: the server does not start.
    """
    steps: list[Step] = []
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        shop = stack.enter_context(_open_shop(folder / "home"))
        person, operator = (Traveller(shop.address, steps) for _ in range(2))
        stack.callback(person.close)
        stack.callback(operator.close)
        with _serving(shop):
            become_operator(shop, operator)
            customer = travel_as_customer(shop, person, operator)
            travel_as_operator(shop, operator)
            sign_in(customer.person, "sign_in_after_resume", CUSTOMER)
            subscribe(customer, operator)
            prices = write_prices(shop, operator)
        shop = replace(shop, settings={**shop.settings, "HUISHENG_PLANS": str(prices)})
        backup = folder / "backup"
        with _serving(shop):
            charge_new_prices(customer, operator)
            back_up(shop, operator, customer, backup)
        shop = restore(shop, operator, backup, folder / "restored")
        with _serving(shop):
            go_on(shop, operator, customer)
    return steps


def free_port() -> int:
    """A port of this machine that nobody listens at."""
    with socket.create_server((HOST, 0)) as listener:
        return listener.getsockname()[1]


@contextmanager
def _serving(shop: Shop) -> Generator[None]:
    """The server of a shop, as long as a block lasts."""
    with our_server(_VOICE, port=shop.port, settings=shop.settings):
        yield


@contextmanager
def _open_shop(home: Path) -> Generator[Shop]:
    """Mail and every method of payment, for a server that keeps all in a folder."""
    home.mkdir()
    with ExitStack() as stack:
        mailbox = stack.enter_context(Mailbox())
        peers: Mapping[str, PaymentPeer] = {name: stack.enter_context(peer()) for name, peer in _PEERS}
        port = free_port()
        settings = {
            "HUISHENG_ACCOUNTS": "on",
            "HUISHENG_HOME": str(home),
            "HUISHENG_PUBLIC_URL": f"http://{HOST}:{port}",
            "HUISHENG_MAIL": mailbox.address,
            "HUISHENG_PAYMENTS": ",".join((*peers, "manual")),
            "HUISHENG_MANUAL_INSTRUCTIONS": "转账到示例银行。",
        }
        for peer in peers.values():
            settings |= peer.environment
        yield Shop(port, settings, mailbox, peers)
