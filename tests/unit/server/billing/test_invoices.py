"""Numbers of invoices: one after the other, without a gap, whoever asks at the same time."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest
from tests.unit.server.billing.shop import CUSTOMER, NOW, add_customer, buy, give_back

from huisheng.server.billing import invoices
from huisheng.server.billing.invoices import Buyer, InvoiceRequest
from huisheng.server.database.database import Database
from huisheng.server.plans.catalogue import Seller


@pytest.fixture(autouse=True)
def customer(database: Database) -> str:
    return add_customer(database)


def request_invoice(database: Database, order_id: str, *, fails: bool = False) -> int:
    with database.writing() as session:
        asked = InvoiceRequest(CUSTOMER, order_id, "personal", Buyer("王小明"))
        invoice = invoices.create_invoice(session, asked, Seller(), NOW)
        if fails:
            raise KeyError
    return invoice.number


def test_numbers_follow_each_other_even_where_one_failed(database: Database) -> None:
    orders = [buy(database, "pack-1000").id for _ in range(3)]
    first = request_invoice(database, orders[0])
    with pytest.raises(KeyError):
        request_invoice(database, orders[1], fails=True)

    assert [first, *(request_invoice(database, each) for each in orders[1:])] == [1, 2, 3]


def test_numbers_follow_each_other_whoever_asks_at_the_same_time(database: Database) -> None:
    orders = [buy(database, "pack-1000").id for _ in range(8)]

    with ThreadPoolExecutor(4) as pool:
        numbers = list(pool.map(partial(request_invoice, database), orders))

    assert sorted(numbers) == list(range(1, 9))


def test_an_invoice_is_of_what_was_kept(database: Database) -> None:
    order = buy(database, "pack-1000")
    give_back(database, order.id, 90)

    with database.writing() as session:
        asked = InvoiceRequest(CUSTOMER, order.id, "personal", Buyer("王"))
        invoice = invoices.create_invoice(session, asked, Seller(), NOW)

    assert invoice.amount_fen == 900
