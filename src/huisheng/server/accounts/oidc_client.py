"""Our side of OpenID Connect: the code flow with PKCE (OpenID Connect Core 1.0, 3.1; RFC 7636; RFC 9207)."""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from importlib import import_module
from typing import Any, Final, cast

import httpx
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.httpx_client import AsyncOAuth2Client
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from huisheng.server.accounts.errors import SignInFailed
from huisheng.server.accounts.oidc_settings import ProviderSettings

logger = logging.getLogger("huisheng.server")

_TIMEOUT: Final = 10.0
"""Seconds that a provider may take for an answer."""
_FRESH: Final = 3600.0
"""Seconds that a provider's description and keys are kept."""
_RELOAD: Final = 30.0
"""Seconds between two looks for new keys."""
_ALGORITHMS: Final = (
    *("RS256", "RS384", "RS512", "PS256", "PS384", "PS512"),
    *("ES256", "ES384", "ES512", "EdDSA"),
)
"""With a key pair: nobody who only knows our secret, or nothing at all, can sign."""
_LEEWAY: Final = 60
"""Seconds that clocks may differ."""
_TRANSPORT: Final = import_module(
    next(each for each in AsyncOAuth2Client.__mro__ if each.__name__ == "AsyncClient").__module__.partition(
        "."
    )[0]
)
"""The library under authlib's client: httpx, or httpx2 where that is installed."""
_FAILURES: Final = (httpx.HTTPError, _TRANSPORT.HTTPError, AuthlibBaseError, ValueError)
_ENDPOINTS: Final = ("authorization_endpoint", "token_endpoint", "jwks_uri")


@dataclass(frozen=True, slots=True)
class RecognizedPerson:
    """Whom a provider has recognized.

    Attributes:
        subject: of the person there, for ever the same.
        email: in lower case; empty where it does not tell, or does not vouch for it.
        name: empty where it does not tell.
    """

    subject: str
    email: str
    name: str


@dataclass(frozen=True, slots=True)
class _Description:
    """What a provider says of itself, and its keys.

    Attributes:
        metadata: OpenID Connect Discovery 1.0, 3.
        keys: that sign its tokens.
        loaded_at: seconds of the monotonic clock.
    """

    metadata: Mapping[str, Any]
    keys: KeySet
    loaded_at: float


class OidcProvider:
    """A provider.

    Args:
        settings: of it.
        redirect_uri: where it sends browsers back.
    """

    def __init__(self, settings: ProviderSettings, redirect_uri: str) -> None:
        self._settings = settings
        self._secret = settings.secret
        self._redirect_uri = redirect_uri
        self._description: _Description | None = None

    async def authorization_url(self, state: str, nonce: str, code_verifier: str) -> str:
        """Where a browser is to go.

        Raises:
            SignInFailed: the provider does not answer, or not as it should.
        """
        description = await self._describe()
        async with self._client() as client:
            url, _ = client.create_authorization_url(
                description.metadata["authorization_endpoint"],
                state=state,
                nonce=nonce,
                code_verifier=code_verifier,
            )
        return cast("str", url)

    async def recognize(
        self, code: str, issuer: str, nonce: str, code_verifier: str, now: datetime
    ) -> RecognizedPerson:
        """The person that a code stands for.

        Args:
            code: that came back with the browser.
            issuer: that came with it; empty for none.
            nonce: of the request.
            code_verifier: the same.
            now: the time.

        Raises:
            SignInFailed: the provider does not answer, or what it answers cannot be trusted.
        """
        if issuer not in {"", self._settings.issuer}:
            raise SignInFailed
        description = await self._describe()
        try:
            async with self._client() as client:
                token: dict[str, Any] = await client.fetch_token(
                    description.metadata["token_endpoint"],
                    grant_type="authorization_code",
                    code=code,
                    code_verifier=code_verifier,
                )
        except _FAILURES as error:
            raise _failure("the code is not taken", error) from error
        claims = await self._read(str(token.get("id_token", "")), nonce, now)
        person = _recognized_person(claims)
        endpoint = description.metadata.get("userinfo_endpoint")
        if "email" in claims or not endpoint:
            return person
        told = _recognized_person(await self._ask(str(endpoint), token, person.subject))
        return RecognizedPerson(person.subject, told.email, person.name or told.name)

    async def _ask(self, endpoint: str, token: Mapping[str, Any], subject: str) -> Mapping[str, Any]:
        """What a provider tells of a person at its UserInfo endpoint (OpenID Connect Core 1.0, 5.3).

        Raises:
            SignInFailed: it does not answer, or tells of somebody else.
        """
        headers = {"Authorization": f"Bearer {token.get('access_token', '')}"}
        try:
            async with httpx.AsyncClient(timeout=_TIMEOUT) as client:
                answer = (await client.get(endpoint, headers=headers)).raise_for_status().json()
            is_same = answer["sub"] == subject
        except (httpx.HTTPError, KeyError, TypeError, ValueError) as error:
            raise _failure("UserInfo is not to be had", error) from error
        if not is_same:  # 5.3.2: else anybody's could be swapped in
            raise SignInFailed
        return answer

    async def _read(self, id_token: str, nonce: str, now: datetime) -> Mapping[str, Any]:
        """The claims of a token of identity (OpenID Connect Core 1.0, 3.1.3.7)."""
        description = await self._describe()
        try:
            try:
                claims = jwt.decode(id_token, description.keys, algorithms=_ALGORITHMS).claims
            except ValueError:  # a key that is not among those we know
                description = await self._describe(renew=True)
                claims = jwt.decode(id_token, description.keys, algorithms=_ALGORITHMS).claims
            jwt.JWTClaimsRegistry(
                now=int(now.timestamp()),
                leeway=_LEEWAY,
                iss={"essential": True, "value": self._settings.issuer},
                aud={"essential": True, "value": self._settings.client_id},
                exp={"essential": True},
                iat={"essential": True},
                nonce={"essential": True, "value": nonce},
                sub={"essential": True},
            ).validate(claims)
        except (JoseError, ValueError, TypeError) as error:
            raise _failure("the token of identity cannot be trusted", error) from error
        if claims.get("azp", self._settings.client_id) != self._settings.client_id:
            raise SignInFailed
        return claims

    async def _describe(self, *, renew: bool = False) -> _Description:
        known = self._description
        age = time.monotonic() - known.loaded_at if known else 0.0
        if known is not None and age < (_RELOAD if renew else _FRESH):
            return known
        issuer = self._settings.issuer
        try:
            async with httpx.AsyncClient(timeout=_TIMEOUT) as client:
                address = f"{issuer.rstrip('/')}/.well-known/openid-configuration"
                metadata = (await client.get(address)).raise_for_status().json()
                if metadata["issuer"] != issuer or not all(metadata[name] for name in _ENDPOINTS):
                    raise SignInFailed
                keys = (await client.get(metadata["jwks_uri"])).raise_for_status().json()
            self._description = _Description(metadata, KeySet.import_key_set(keys), time.monotonic())
        except (httpx.HTTPError, JoseError, KeyError, TypeError, ValueError) as error:
            raise _failure("the description is not to be had", error) from error
        return self._description

    def _client(self) -> Any:  # noqa: ANN401 (authlib has no types)
        return AsyncOAuth2Client(
            client_id=self._settings.client_id,
            client_secret=self._secret or None,
            token_endpoint_auth_method=None if self._secret else "none",
            scope=" ".join(self._settings.scopes),
            redirect_uri=self._redirect_uri,
            code_challenge_method="S256",
            timeout=_TIMEOUT,
        )


def _recognized_person(claims: Mapping[str, Any]) -> RecognizedPerson:
    """The person of claims (OpenID Connect Core 1.0, 5.1); an address counts where it is vouched for."""
    is_vouched = claims.get("email_verified") is True
    email = str(claims.get("email", "")).strip().lower() if is_vouched else ""
    return RecognizedPerson(str(claims["sub"]), email, str(claims.get("name", "")))


def _failure(event: str, error: Exception) -> SignInFailed:
    logger.warning("OpenID: %s (%s)", event, type(error).__name__)
    return SignInFailed()
