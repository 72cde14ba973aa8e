"""From settings to methods; a method that is off is not imported."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from importlib import import_module
from typing import Final, NamedTuple, cast

from huisheng.server.payments.errors import UnknownPaymentMethod
from huisheng.server.payments.protocol import MethodDescription, PaymentMethod, SubscriptionMethod
from huisheng.server.payments.settings import PaymentSettings


class _Factory(NamedTuple):
    module: str
    name: str


_FACTORIES: Final[Mapping[str, _Factory]] = {
    "manual": _Factory("manual", "ManualTransfer"),
    "wechat": _Factory("wechat", "WeChatPay"),
    "alipay": _Factory("alipay", "Alipay"),
    "stripe": _Factory("stripe", "StripeCheckout"),
    "paypal": _Factory("paypal", "PayPal"),
}


class PaymentMethods:
    """The methods that are on, in the operator's order."""

    def __init__(self, methods: Iterable[PaymentMethod]) -> None:
        self._methods = {method.description.id: method for method in methods}

    @property
    def descriptions(self) -> tuple[MethodDescription, ...]:
        """What people choose from."""
        return tuple(method.description for method in self._methods.values())

    def get(self, method_id: str) -> PaymentMethod:
        """One by its id.

        Raises:
            UnknownPaymentMethod: it is not on.
        """
        for known, method in self._methods.items():
            if known == method_id:
                return method
        raise UnknownPaymentMethod(tuple(self._methods))

    def get_renewing(self, method_id: str) -> SubscriptionMethod | None:
        """One by its id, where it renews by itself; None where each month is an order.

        Raises:
            UnknownPaymentMethod: it is not on.
        """
        method = self.get(method_id)
        return cast("SubscriptionMethod", method) if method.description.subscriptions else None

    async def close(self) -> None:
        """Close all connections."""
        for method in self._methods.values():
            await method.close_connections()


def make_methods(settings: PaymentSettings) -> PaymentMethods:
    """The methods that settings turn on.

    Raises:
        SetupError: keys are no keys, or do not belong together.
    """
    return PaymentMethods(_make(_FACTORIES[name], settings) for name in settings.payments)


def _make(factory: _Factory, settings: PaymentSettings) -> PaymentMethod:
    module = import_module(f"huisheng.server.payments.{factory.module}")
    return getattr(module, factory.name)(settings)
