"""What is sold, as frozen values. `file.py` reads them from the plan file."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Final, Literal, TypeAlias, get_args

from limits import parse_many

from huisheng.server.plans.errors import UnknownProduct

Meter: TypeAlias = Literal["calls", "characters", "seconds"]
"""What is counted: answered requests, characters spoken, seconds of sound rounded up for each request."""

METERS: Final[tuple[Meter, ...]] = get_args(Meter)

ProductKind: TypeAlias = Literal["free", "pack", "subscription"]
"""For every account, each day; bought once; bought for a month and renewed."""

FREE: Final = "free"
"""Id of the plan that every account has."""


@dataclass(frozen=True, slots=True)
class LocalizedText:
    """Words for customers, in both languages."""

    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class Allowance:
    """So many units of one meter."""

    meter: Meter
    amount: int


@dataclass(frozen=True, slots=True)
class PlanLimits:
    """What a plan may use.

    Attributes:
        concurrency: requests at once; 0 for any number.
        rate: requests in a while, as `60/minute`; empty for any number.
        text_limit: characters of one request; 0 for those of the server.
        formats: of audio; None for all.
        voices: ids; None for all.
        custom_voice: whether a voice of the customer's own may be made and used.
    """

    concurrency: int = 0
    rate: str = ""
    text_limit: int = 0
    formats: tuple[str, ...] | None = None
    voices: tuple[str, ...] | None = None
    custom_voice: bool = False

    def union(self, other: PlanLimits) -> PlanLimits:
        """What an account may use that has bought both."""
        return PlanLimits(
            _larger(self.concurrency, other.concurrency),
            _faster(self.rate, other.rate),
            _larger(self.text_limit, other.text_limit),
            _merge(self.formats, other.formats),
            _merge(self.voices, other.voices),
            self.custom_voice or other.custom_voice,
        )


@dataclass(frozen=True, slots=True)
class PriceVersion:
    """A product as it is sold from a day on. What was bought keeps the version that it was bought in.

    Attributes:
        effective: the day, in the zone of the catalogue; names the version.
        starts_at: when that day begins, UTC.
        price_fen: for one pack or one month; 0 for the free plan.
        allowances: for a day of the free plan, once of a pack, for a month of a subscription; meters in the
            order of `METERS`.
        valid_days: days from payment that a pack lasts; 0 for other products.
        limits: what it may use.
        digest: first 16 hex digits of the SHA-256 of all this and of the product's id.
    """

    effective: date
    starts_at: datetime
    price_fen: int
    allowances: tuple[Allowance, ...]
    valid_days: int
    limits: PlanLimits
    digest: str

    @property
    def id(self) -> str:
        """`2026-07-01`."""
        return self.effective.isoformat()


@dataclass(frozen=True, slots=True)
class Product:
    """A plan or a pack.

    Attributes:
        id: in orders and addresses.
        kind: how often its allowances are given.
        name: for customers.
        description: the same, a sentence; may be empty.
        versions: at least one, by day, oldest first.
    """

    id: str
    kind: ProductKind
    name: LocalizedText
    description: LocalizedText
    versions: tuple[PriceVersion, ...]

    def version_at(self, now: datetime) -> PriceVersion | None:
        """The version in force, None before the first."""
        return next((each for each in reversed(self.versions) if each.starts_at <= now), None)


@dataclass(frozen=True, slots=True)
class Offer:
    """A product as it is sold now. An order keeps it whole, whatever becomes of the plan file.

    Attributes:
        product: id.
        kind: how often its allowances are given.
        name: for customers.
        terms: price, allowances and limits.
    """

    product: str
    kind: ProductKind
    name: LocalizedText
    terms: PriceVersion


@dataclass(frozen=True, slots=True)
class RenewalRules:
    """How a subscription goes on, or ends.

    Attributes:
        remind_days: days before the end of a period on which the customer is reminded, most first.
        grace_days: days after it in which the plan still works unpaid.
        dunning_days: days after it on which the customer is asked to pay, fewest first; 0 is the day itself.
    """

    remind_days: tuple[int, ...]
    grace_days: int
    dunning_days: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Seller:
    """Who sells, as receipts and invoices name it; what is empty is left out.

    `tax_percent` is the rate of the value added tax that prices include, 0 where there is none; None where
    documents do not speak of it.
    """

    name: str = "绘声 Huisheng"
    tax_id: str = ""
    address: str = ""
    phone: str = ""
    email: str = ""
    tax_percent: int | None = None


@dataclass(frozen=True, slots=True)
class Catalogue:
    """A whole plan file.

    Attributes:
        zone: of new accounts, and of the days on which versions begin.
        renewal: rules of subscriptions.
        products: the free plan, packs, subscriptions, in the order of the file.
        seller: on receipts and invoices.
    """

    zone: str
    renewal: RenewalRules
    products: tuple[Product, ...]
    seller: Seller = Seller()

    def free_at(self, now: datetime) -> PriceVersion:
        """The free plan that every account has; its first version also before that begins."""
        free = self.products[0]
        return free.version_at(now) or free.versions[0]

    def offers(self, now: datetime) -> Iterator[Offer]:
        """What can be bought, in the order of the file."""
        for product in self.products:
            terms = product.version_at(now)
            if product.kind != "free" and terms is not None:
                yield Offer(product.id, product.kind, product.name, terms)

    def offer(self, product: str, now: datetime) -> Offer:
        """What is sold under an id.

        Raises:
            UnknownProduct: nothing is, or not yet.
        """
        offers = {offer.product: offer for offer in self.offers(now)}
        if product not in offers:
            raise UnknownProduct(product, tuple(offers))
        return offers[product]

    def version_at(self, now: datetime) -> str:
        """The newest version in force of any product."""
        days = (terms.id for product in self.products if (terms := product.version_at(now)))
        return max(days, default=self.products[0].versions[0].id)


def format_yuan(fen: int) -> str:
    """`¥19.90` for 1990."""
    return f"¥{fen // 100:,}.{fen % 100:02d}"


def included_tax_fen(total_fen: int, percent: int) -> int:
    """The tax in a price that includes it, rounded to the nearest fen, halves up."""
    whole = 100 + percent
    return (2 * total_fen * percent + whole) // (2 * whole)


def _larger(one: int, other: int) -> int:
    """The larger limit, where 0 is none at all."""
    return max(one, other) if one and other else 0


def _faster(one: str, other: str) -> str:
    """The rate that lets more pass in the long run; empty is none at all."""
    return max(one, other, key=_requests_a_second) if one and other else ""


@lru_cache(maxsize=256)
def _requests_a_second(rate: str) -> float:
    return min(limit.amount / limit.get_expiry() for limit in parse_many(rate))


def _merge(one: tuple[str, ...] | None, other: tuple[str, ...] | None) -> tuple[str, ...] | None:
    return None if one is None or other is None else tuple(dict.fromkeys((*one, *other)))
