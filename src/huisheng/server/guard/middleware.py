"""Every request passes the guard before it is read.

A route that is not named here needs a key, and takes requests only from pages of allowed origins.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Sequence
from contextlib import ExitStack
from typing import Final, NamedTuple

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from huisheng.errors import HuishengError, RefusedError
from huisheng.server.errors import Answers
from huisheng.server.guard.addresses import Hosts, Origins, Proxies, is_in, is_loopback, requesting_origin
from huisheng.server.guard.client import Client
from huisheng.server.guard.errors import AddressRefused, LimitError, OriginRefused, UnknownHost
from huisheng.server.guard.keys import Keys
from huisheng.server.guard.limits import ClientLimits
from huisheng.server.guard.policies import LimitStatus, limit_headers
from huisheng.server.middleware import ANSWER_STARTS
from huisheng.server.settings import Settings

logger = logging.getLogger("huisheng.server")

_OPENAI: Final = "/v1/"
_POLICY_VIOLATION: Final = 1008
_TRY_AGAIN_LATER: Final = 1013
"""Codes of closing a WebSocket (RFC 6455, and IANA's registry)."""

_SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
"""They change nothing here (RFC 9110, 9.2.1), and a browser keeps their answers from other origins."""

HEALTH: Final = frozenset({"/healthz", "/readyz"})
"""For probes, which know neither host names nor keys."""

_DOCUMENTS: Final = frozenset({"/docs", "/openapi.json", "/api/roi"})
_AUDIO: Final = "/audio/"
"""Names of files are 128 random bits: a client that knows one may have the file, and a player sends no
headers."""
_EXPENSIVE: Final = frozenset({"/api/read", "/api/speech"})
"""Safe, but they cost work."""


class Access(NamedTuple):
    """What a request needs.

    Attributes:
        is_public: it needs no key, and may come from a page of any origin.
        is_limited: it counts against rates and limits on concurrency.
        is_probe: it may have any Host.
    """

    is_public: bool
    is_limited: bool
    is_probe: bool


class Routes:
    """The rules by path.

    Args:
        page: paths of the page's files; one that ends in a slash stands for all below it.
    """

    def __init__(self, page: Collection[str]) -> None:
        self._files = frozenset(page) | _DOCUMENTS | HEALTH
        self._folders = (_AUDIO, *(path for path in page if path.endswith("/") and path != "/"))

    def access(self, scope: Scope) -> Access:
        """What a request needs. All that change something and every WebSocket need a key, and are limited."""
        if scope["type"] != "http" or scope["method"] not in _SAFE_METHODS:
            return Access(is_public=False, is_limited=True, is_probe=False)
        path: str = scope["path"]
        is_public = path in self._files or path.startswith(self._folders)
        return Access(is_public, is_limited=path in _EXPENSIVE, is_probe=path in HEALTH)


class Guard:
    """Refuses clients that may not use the server before anything is read; sets the `Client` of the others.

    Args:
        app: is guarded.
        settings: of the server.
        answers: writes refusals.
        page: paths of the page's files.
    """

    def __init__(self, app: ASGIApp, settings: Settings, answers: Answers, page: Collection[str]) -> None:
        guard = settings.guard
        self._app = app
        self._answers = answers
        self._proxies = Proxies(guard.trusted_proxies)
        self._allowed = guard.allowed_ips
        self._hosts = Hosts(guard.hosts, settings.host)
        self._origins = Origins(settings.cors_origins)
        keys = [key.get_secret_value() for key in guard.api_keys]
        self._keys = Keys(keys) if keys else None
        self._routes = Routes(page)
        self._limits = ClientLimits(guard)
        if not (is_loopback(settings.host) or guard.api_keys or guard.allowed_ips):
            logger.warning(
                "监听 %s，没有设置密钥和地址名单，网络上任何人都可以访问；请设置 HUISHENG_API_KEYS 或 "
                "HUISHENG_ALLOWED_IPS。 Anybody on the network may use this server; set one of the two.",
                settings.host,
            )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request, or the life of the server."""
        if scope["type"] == "lifespan":
            try:
                await self._app(scope, receive, send)
            finally:
                await self._limits.aclose()
            return
        access = self._routes.access(scope)
        try:
            client = self._identify(scope, access)
        except HuishengError as error:
            await self._refuse(error, scope, receive, send)
            return
        scope.setdefault("state", {})["client"] = client
        if access.is_limited and self._limits.exist:
            await self._run_limited(client, scope, receive, send)
        else:
            await self._app(scope, receive, send)

    def _identify(self, scope: Scope, access: Access) -> Client:
        """The client of a request.

        Raises:
            AddressRefused, UnknownHost, OriginRefused, Unauthorized: it may not use the server.
        """
        address, scope["scheme"] = self._proxies.resolve(scope)
        if self._allowed and not is_in(address, self._allowed):
            raise AddressRefused(str(address or ""))
        headers = Headers(scope=scope)
        host = headers.get("host", "")
        if not (access.is_probe or self._hosts.knows(host)):
            raise UnknownHost
        if access.is_public:
            return Client(str(address or ""))
        origin = requesting_origin(headers)
        if origin is not None and not self._origins.allows(origin, host):
            raise OriginRefused
        return Client(str(address or ""), self._keys.identify(headers) if self._keys else "")

    async def _run_limited(self, client: Client, scope: Scope, receive: Receive, send: Send) -> None:
        with ExitStack() as request:
            try:
                statuses = await self._limits.acquire(client, request)
            except LimitError as error:
                await self._refuse(error, scope, receive, _with_limits(error.statuses, scope, send))
                return
            await self._app(scope, receive, _with_limits(statuses, scope, send))

    async def _refuse(self, error: HuishengError, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket" and "websocket.http.response" not in scope.get("extensions", {}):
            code = _TRY_AGAIN_LATER if isinstance(error, RefusedError) else _POLICY_VIOLATION
            await send({"type": "websocket.close", "code": code, "reason": error.code})
            return
        await self._answers.response(error, scope)(scope, receive, send)


def _with_limits(statuses: Sequence[LimitStatus], scope: Scope, send: Send) -> Send:
    """A `send` that adds the state of the limits to the head of the answer."""
    headers = limit_headers(statuses, openai=scope["path"].startswith(_OPENAI))

    async def send_with_limits(message: Message) -> None:
        if message["type"] in ANSWER_STARTS:
            message.setdefault("headers", [])
            MutableHeaders(scope=message).update(headers)
        await send(message)

    return send_with_limits
