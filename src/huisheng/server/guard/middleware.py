"""Every request passes the guard before it is read.

A route that is not named here needs a key, and takes requests only from pages of allowed origins.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Collection, Sequence
from contextlib import ExitStack
from functools import partial
from typing import Final, NamedTuple

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from huisheng.errors import HuishengError, RefusedError
from huisheng.server.errors import Answers
from huisheng.server.guard.addresses import Hosts, Origins, Proxies, is_in, is_loopback, requesting_origin
from huisheng.server.guard.client import Client
from huisheng.server.guard.errors import (
    AddressRefused,
    CsrfRefused,
    LimitError,
    OriginRefused,
    Unauthorized,
    UnknownHost,
)
from huisheng.server.guard.keys import Authenticator, Credentials, Keys, OpenAccess, identify
from huisheng.server.guard.limits import ClientLimits
from huisheng.server.guard.policies import LimitStatus, limit_headers
from huisheng.server.guard.settings import GuardSettings
from huisheng.server.middleware import ANSWER_STARTS
from huisheng.server.settings import Settings

logger = logging.getLogger("huisheng.server")

IDENTIFY: Final = "identify"
"""In the state of a WebSocket, what finds its `Client` again: it may last longer than the right to it."""

LIMITS: Final = "limits"
"""In the state of a request, the list of `LimitStatus` that its answer will show; others may add to it."""

_OPENAI: Final = "/v1/"
_POLICY_VIOLATION: Final = 1008
_TRY_AGAIN_LATER: Final = 1013
"""Codes of closing a WebSocket (RFC 6455, and IANA's registry)."""

SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
"""They change nothing here (RFC 9110, 9.2.1), and a browser keeps their answers from other origins."""

_SECURE: Final = frozenset({"https", "wss"})

HEALTH: Final = frozenset({"/healthz", "/readyz"})
"""For probes, which know neither host names nor keys."""

_DOCUMENTS: Final = frozenset({"/docs", "/openapi.json", "/api/roi"})
_AUDIO: Final = "/audio/"
"""Names of files are 128 random bits: a client that knows one may have the file, and a player sends no
headers."""
_EXPENSIVE: Final = frozenset({"/api/read", "/api/speech"})
"""Safe, but they cost work."""
_ANONYMOUS: Final = ("/api/auth/", "/api/invitations/", "/api/plans", "/api/roi")
"""Beginnings of addresses at which a client need not be known, but is where it can be."""
_SIGNED_IN: Final = (
    "/api/auth/logout",
    "/api/auth/password/change",
    "/api/auth/sessions",
    "/api/auth/identities",
)
"""Those among them that are for clients that are known."""
_CALLBACK: Final = re.compile(r"/api/auth/oidc/[^/]+/callback")
"""Where an OpenID provider sends a browser back, from a page of its own; a cookie holds the two together."""
_NOTIFICATIONS: Final = "/api/payments/"
"""What methods of payment tell us; each is verified by its signature."""


class Access(NamedTuple):
    """What a request needs.

    Attributes:
        is_public: it needs no key, and may come from a page of any origin.
        is_anonymous: it may come without a key, but not from a page of any origin.
        is_limited: it counts against rates and limits on concurrency.
        is_probe: it may have any Host.
    """

    is_public: bool = False
    is_anonymous: bool = False
    is_limited: bool = False
    is_probe: bool = False


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
        path: str = scope["path"]
        is_anonymous = path.startswith(_ANONYMOUS) and not path.startswith(_SIGNED_IN)
        if scope["type"] != "http":
            return Access(is_limited=True)
        if path.startswith(_NOTIFICATIONS):
            return Access(is_public=True)
        if scope["method"] not in SAFE_METHODS:
            return Access(is_anonymous=is_anonymous, is_limited=True)
        is_public = (
            path in self._files
            or path.startswith(self._folders)
            or (is_anonymous and _CALLBACK.fullmatch(path) is not None)
        )
        return Access(is_public, is_anonymous, is_limited=path in _EXPENSIVE, is_probe=path in HEALTH)


class Guard:
    """Refuses clients that may not use the server before anything is read; sets the `Client` of the others.

    Args:
        app: is guarded.
        settings: of the server.
        answers: writes refusals.
        page: paths of the page's files.
        accounts: know the clients that have an account; None for a server without accounts.
    """

    def __init__(
        self,
        app: ASGIApp,
        settings: Settings,
        answers: Answers,
        page: Collection[str],
        accounts: Authenticator | None = None,
    ) -> None:
        guard = settings.guard
        self._app = app
        self._answers = answers
        self._proxies = Proxies(guard.trusted_proxies)
        self._allowed = guard.allowed_ips
        self._hosts = Hosts(guard.hosts, settings.host)
        self._origins = Origins(settings.cors_origins)
        self._authenticators = _authenticators(guard, accounts)
        self._has_accounts = accounts is not None
        self._routes = Routes(page)
        self._limits = ClientLimits(guard)
        if not (accounts or is_loopback(settings.host) or guard.api_keys or guard.allowed_ips):
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
            client = await self._identify(scope, access)
        except HuishengError as error:
            await self._refuse(error, scope, receive, send)
            return
        scope.setdefault("state", {})["client"] = client
        if scope["type"] == "websocket":
            scope["state"][IDENTIFY] = partial(self._identify, scope, access)
        await self._run(client, access, scope, receive, send)

    async def _identify(self, scope: Scope, access: Access) -> Client:
        """The client of a request.

        Raises:
            Denied: it may not use the server.
            RefusedError: that cannot be found out now.
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
        method: str = scope.get("method", "")
        credentials = Credentials(headers, str(address or ""), method, scope["scheme"] in _SECURE)
        try:
            return await identify(credentials, self._authenticators, has_accounts=self._has_accounts)
        except (Unauthorized, CsrfRefused):
            if access.is_anonymous:
                return Client(credentials.address, scopes=frozenset())
            raise

    async def _run(self, client: Client, access: Access, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle a request within the limits of its client."""
        statuses: list[LimitStatus] = []
        scope["state"][LIMITS] = statuses
        send = _with_limits(statuses, scope, send)
        with ExitStack() as request:
            if access.is_limited and self._limits.exist:
                try:
                    statuses += await self._limits.acquire(client, request)
                except LimitError as error:
                    statuses += error.statuses
                    await self._refuse(error, scope, receive, send)
                    return
            await self._app(scope, receive, send)

    async def _refuse(self, error: HuishengError, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket" and "websocket.http.response" not in scope.get("extensions", {}):
            code = _TRY_AGAIN_LATER if isinstance(error, RefusedError) else _POLICY_VIOLATION
            await send({"type": "websocket.close", "code": code, "reason": error.code})
            return
        await self._answers.response(error, scope)(scope, receive, send)


def _authenticators(guard: GuardSettings, accounts: Authenticator | None) -> tuple[Authenticator, ...]:
    """The ways of knowing a client, in order; where there are accounts, keys of the settings are the
    operator's own.
    """
    keys = [key.get_secret_value() for key in guard.api_keys]
    by_key = (Keys(keys, is_operator=accounts is not None),) if keys else ()
    if accounts is not None:
        return (*by_key, accounts)
    return by_key or (OpenAccess(),)


def _with_limits(statuses: Sequence[LimitStatus], scope: Scope, send: Send) -> Send:
    """A `send` that adds the state of the limits, as far as it is known then, to the head of the answer."""

    async def send_with_limits(message: Message) -> None:
        if statuses and message["type"] in ANSWER_STARTS:
            headers = limit_headers(statuses, openai=scope["path"].startswith(_OPENAI))
            message.setdefault("headers", [])
            MutableHeaders(scope=message).update(headers)
        await send(message)

    return send_with_limits
