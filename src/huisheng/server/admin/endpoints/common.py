"""What endpoints of administration share."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Annotated, Final

from fastapi import Depends, Header, Query
from starlette.requests import Request

from huisheng.server.accounts.audit import Actor
from huisheng.server.errors import MalformedFields, UnsupportedMediaType
from huisheng.server.permissions import Operator
from huisheng.server.plans.catalogue import Catalogue

if TYPE_CHECKING:
    from huisheng.server.business import Business

BODY: Final = (MalformedFields, UnsupportedMediaType)
"""What may be wrong with a body."""

Key = Annotated[
    str,
    Header(
        alias="Idempotency-Key",
        pattern="^[!-~]{1,200}$",
        description="同一个键的请求只执行一次。The same key does the same thing once.",
    ),
]
FirstDay = Annotated[date | None, Query(alias="from", description="第一天，默认为 30 天前。The first day.")]
LastDay = Annotated[date | None, Query(alias="to", description="最后一天，默认为今天。The last day.")]


async def _catalogue(request: Request) -> Catalogue:
    return request.app.state.components.business.catalogue


async def _business(request: Request) -> Business:
    return request.app.state.components.business


async def _actor(operator: Operator) -> Actor:
    return Actor.of(operator)


CatalogueDep = Annotated[Catalogue, Depends(_catalogue)]
BusinessDep = Annotated["Business", Depends(_business)]
ActorDep = Annotated[Actor, Depends(_actor)]
"""The operator, for the audit log."""
