"""The guard: every request passes it first."""

from __future__ import annotations

import logging
from collections.abc import Collection, Sequence
from contextlib import ExitStack
from typing import Final

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from huisheng.errors import HuishengError, RefusedError
from huisheng.server.errors import Answers
from huisheng.server.guard.addresses import Proxies, inside
from huisheng.server.guard.caller import Caller, Visit, visit
from huisheng.server.guard.doors import Doors, is_health
from huisheng.server.guard.errors import AddressRefused, LimitError, OriginRefused, UnknownHost
from huisheng.server.guard.keys import Keys
from huisheng.server.guard.limits import Limits
from huisheng.server.guard.names import Hosts, Origins, asking_origin, is_loopback
from huisheng.server.guard.policies import Standing, headers
from huisheng.server.settings import Settings

logger = logging.getLogger("huisheng.server")

_BEGINNINGS: Final = frozenset({"http.response.start", "websocket.http.response.start", "websocket.accept"})
_OPENAI: Final = "/v1/"
_POLICY_VIOLATION: Final = 1008
_TRY_AGAIN_LATER: Final = 1013
"""Codes of closing a WebSocket (RFC 6455, and IANA's registry)."""


class Guard:
    """Refuses whoever may not come in, before anything is read; others get their `Caller`.

    Args:
        app: what is guarded.
        settings: of the server.
        answers: writes refusals.
        page: addresses of the page's files.
    """

    def __init__(self, app: ASGIApp, settings: Settings, answers: Answers, page: Collection[str]) -> None:
        guard = settings.guard
        self._app = app
        self._answers = answers
        self._proxies = Proxies(guard.trusted_proxies)
        self._allowed = guard.allowed_ips
        self._hosts = Hosts(guard.hosts, settings.host)
        self._origins = Origins(settings.cors_origins)
        self._keys = Keys(key.get_secret_value() for key in guard.api_keys)
        self._doors = Doors(page)
        self._limits = Limits(guard)
        if not (is_loopback(settings.host) or guard.api_keys or guard.allowed_ips):
            logger.warning(
                "监听 %s，没有设置密钥和地址名单，网络上任何人都可以访问；请设置 HUISHENG_API_KEYS 或 "
                "HUISHENG_ALLOWED_IPS。 Anybody on the network may use this server; set one of the two.",
                settings.host,
            )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] == "lifespan":
            await self._live(scope, receive, send)
            return
        scope["scheme"] = self._proxies.scheme(scope)
        try:
            caller = self._caller(scope)
        except HuishengError as error:
            await self._refuse(error, scope, receive, send)
            return
        state = scope.setdefault("state", {})
        state["caller"] = caller
        token = visit.set(Visit(caller, state.get("request_id", "")))
        try:
            await self._enter(caller, scope, receive, send)
        finally:
            visit.reset(token)

    async def _live(self, scope: Scope, receive: Receive, send: Send) -> None:
        """From start to end of the server."""
        try:
            await self._app(scope, receive, send)
        finally:
            await self._limits.aclose()

    async def _enter(self, caller: Caller, scope: Scope, receive: Receive, send: Send) -> None:
        if not self._doors.is_counted(scope):
            await self._app(scope, receive, send)
            return
        with ExitStack() as stay:
            try:
                standings = await self._limits.enter(caller, stay)
            except LimitError as error:
                await self._refuse(error, scope, receive, _telling(error.standings, scope, send))
                return
            await self._app(scope, receive, _telling(standings, scope, send))

    def _caller(self, scope: Scope) -> Caller:
        """Who asks.

        Raises:
            AddressRefused, UnknownHost, OriginRefused, Unauthorized: it may not.
        """
        address = self._proxies.client(scope)
        told = Headers(scope=scope)
        if self._allowed and not inside(address, self._allowed):
            raise AddressRefused(str(address or ""))
        if not is_health(scope):
            self._check_names(scope, told)
        key_id = "" if self._doors.is_open(scope) else self._keys.identify(told)
        return Caller(str(address or ""), key_id)

    def _check_names(self, scope: Scope, told: Headers) -> None:
        host = told.get("host", "")
        if not self._hosts.knows(host):
            raise UnknownHost
        if self._doors.is_open(scope):
            return
        origin = asking_origin(told)
        if origin is not None and not self._origins.allows(origin, host):
            raise OriginRefused

    async def _refuse(self, error: HuishengError, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket" and "websocket.http.response" not in scope.get("extensions", {}):
            later = isinstance(error, RefusedError)
            code = _TRY_AGAIN_LATER if later else _POLICY_VIOLATION
            await send({"type": "websocket.close", "code": code, "reason": error.code})
            return
        await self._answers.response(error, scope)(scope, receive, send)


def _telling(standings: Sequence[Standing], scope: Scope, send: Send) -> Send:
    """Puts the state of the limits on the answer."""
    told = headers(standings, openai=scope["path"].startswith(_OPENAI))

    async def tell(message: Message) -> None:
        if message["type"] in _BEGINNINGS:
            message.setdefault("headers", [])
            MutableHeaders(scope=message).update(told)
        await send(message)

    return tell
