"""Accounts, plans, books and payments as one: the part of the composition root that is there only where
accounts are on. Nothing else imports it, so that a server without accounts loads none of its libraries.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final

from fastapi import APIRouter

from huisheng.licensing.installation import Installation
from huisheng.licensing.monitor import LicenseMonitor
from huisheng.server.accounts import upkeep
from huisheng.server.accounts.endpoints import account, authentication, ending, keys, members, oidc
from huisheng.server.accounts.features import TableFeature
from huisheng.server.accounts.oidc_settings import load_providers
from huisheng.server.accounts.oidc_sign_in import OidcSignIn
from huisheng.server.accounts.parts import AccountParts, make_parts
from huisheng.server.accounts.private_voices import VoiceFeature
from huisheng.server.accounts.repository import count_operators
from huisheng.server.admin import endpoints as administration
from huisheng.server.billing import endpoints as billing_endpoints
from huisheng.server.billing.chinese_font import find_chinese_font
from huisheng.server.billing.feature import BillingFeature
from huisheng.server.billing.lettering import load_fonts
from huisheng.server.billing.service import Billing
from huisheng.server.billing.standing import CatalogueStanding
from huisheng.server.billing.values import BillingConfig
from huisheng.server.bookkeeping import Bookkeeper
from huisheng.server.clock import Clock, utc_now
from huisheng.server.database import migrating
from huisheng.server.database.database import Database
from huisheng.server.guard.keys import Authenticator
from huisheng.server.license import LicensedAuthenticator, watch_license
from huisheng.server.observability.metrics import Metrics
from huisheng.server.payments.methods import make_methods
from huisheng.server.plans.catalogue import Catalogue
from huisheng.server.plans.plan_file import load_plans
from huisheng.server.settings import Settings
from huisheng.server.setup_notes import examine_setup, log_setup
from huisheng.server.usage import endpoints as usage
from huisheng.server.usage import settlement_log
from huisheng.server.usage.charging import AccountMeter
from huisheng.server.usage.idempotency import IdempotencyMiddleware
from huisheng.server.usage.middleware import ChargingMiddleware
from huisheng.server.usage.models import Grant, UsageRecord

_KEPT: Final = (TableFeature("grants", Grant), TableFeature("usage", UsageRecord), VoiceFeature())
"""What else is kept of an account."""


@dataclass(frozen=True, slots=True)
class Business:
    """The parts, made once by `open_business`.

    Attributes:
        database: of everything below.
        accounts: people, keys, sessions.
        oidc: signs people in at OpenID providers.
        license: of this server, where its distribution asks for one.
        authenticator: knows clients by their accounts.
        billing: orders, payments, subscriptions and invoices.
        catalogue: what is sold.
        books: proves them.
        meter: charges for speech.
        charging: the HTTP half of that, around the handling of requests.
        idempotency: serves requests under a key once, around charging.
        routers: of all features.
        chores: what goes on beside the requests, each until it is cancelled.
    """

    database: Database
    accounts: AccountParts
    oidc: OidcSignIn
    license: LicenseMonitor
    authenticator: Authenticator
    billing: Billing
    catalogue: Catalogue
    books: Bookkeeper
    meter: AccountMeter
    charging: type[ChargingMiddleware]
    idempotency: type[IdempotencyMiddleware]
    routers: tuple[APIRouter, ...]
    chores: tuple[Callable[[], Coroutine[Any, Any, None]], ...]

    def close(self) -> None:
        """Give everything back."""
        self.meter.close()
        self.accounts.close()
        self.database.close()


def open_business(settings: Settings, metrics: Metrics | None = None, clock: Clock = utc_now) -> Business:
    """Open the database, bring its tables to this version, and make the parts.

    Args:
        settings: of the server.
        metrics: count what is used; None where nothing is counted.
        clock: tells the time.

    Raises:
        SetupError: the database or a setting cannot be used.
        RefusedError: the database does not answer.
    """
    database = Database(settings.database_address)
    database.create()
    migrating.upgrade(database)
    catalogue = load_plans(settings.plans, clock())
    accounts = make_parts(
        database,
        settings.account_settings,
        settings.signup_rule,
        clock,
        CatalogueStanding(catalogue),
        (*_KEPT, BillingFeature()),
    )
    _log_setup(settings, database)
    config = BillingConfig(catalogue, accounts.settings.public_url, _document_font(settings))
    billing = Billing(database, config, make_methods(settings.payment), clock)
    monitor = LicenseMonitor(Installation.at(settings.home), clock())
    if metrics:
        metrics.add_usage()
    folder, can_buy = settings.home / settlement_log.FOLDER, bool(settings.payment.payments)
    meter = AccountMeter(database, catalogue, folder, metrics, clock, can_buy=can_buy)
    books = Bookkeeper(database, metrics, clock)
    return Business(
        database,
        accounts,
        OidcSignIn(accounts, load_providers(settings.account_settings.oidc)),
        monitor,
        LicensedAuthenticator(accounts.authenticator, monitor, clock),
        billing,
        catalogue,
        books,
        meter,
        ChargingMiddleware,
        IdempotencyMiddleware,
        routers=(
            *(authentication.router, oidc.router, account.router, ending.router),
            *(keys.router, members.router, usage.router),
            *administration.ROUTERS,
            billing_endpoints.router,
        ),
        chores=(
            *upkeep.chores(accounts),
            partial(watch_license, monitor, database, clock),
            *meter.chores,
            billing.chores.run,
            books.keep,
            database.copy_log,
        ),
    )


def _log_setup(settings: Settings, database: Database) -> None:
    with database.reading() as session:
        operators = count_operators(session)
    log_setup(examine_setup(settings, operators))


def _document_font(settings: Settings) -> Path | None:
    """The font of receipts and invoices; one that an operator has named is tried at once.

    Raises:
        FontError: it cannot be embedded.
    """
    if settings.document_font:
        load_fonts(settings.document_font)
    return settings.document_font or find_chinese_font()
