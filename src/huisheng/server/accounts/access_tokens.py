"""Tokens of apps: short-lived JSON Web Tokens (RFC 7519, RFC 9068) that our servers alone read.

They say who asks; whether that person may still, the database says. So a token ends with its user, its
account, or its family of refresh tokens, and not only with its time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import GuestProtocol, OctKey
from joserfc.jws import JWSRegistry

from huisheng.server.accounts.secret_keys import SecretVersion
from huisheng.server.guard.errors import SessionEnded

LIFETIME: Final = timedelta(minutes=10)

_ALGORITHM: Final = "HS256"
_TYPE: Final = "at+jwt"
_ISSUER: Final = "huisheng"
_AUDIENCE: Final = "huisheng-api"
_SPREADING: Final = timedelta(minutes=5)
"""Servers look for new versions more often than that."""
_LONGEST: Final = 2048
"""Characters of a token; ours have about 400."""
_REGISTRY: Final = JWSRegistry(algorithms=[_ALGORITHM])


@dataclass(frozen=True, slots=True)
class AccessClaims:
    """What a token says.

    Attributes:
        user_id: who asks.
        account_id: for which account.
        epoch: of the user's credentials when it was issued.
        family: of the refresh token that it came with.
        expires_at: its end.
    """

    user_id: str
    account_id: str
    epoch: int
    family: str
    expires_at: datetime


class UnknownKeyVersion(SessionEnded):
    """The token was signed with a key that this server does not know, yet or any more."""


class AccessTokens:
    """Issues and reads tokens.

    Args:
        versions: of the shared secret, the oldest first; see `use`.
        now: the time.
    """

    def __init__(self, versions: Sequence[SecretVersion], now: datetime) -> None:
        self.use(versions, now)

    def use(self, versions: Sequence[SecretVersion], now: datetime) -> None:
        """Take over the versions of the secret that there are now. The newest signs once every server knows
        it; where all are as new, the oldest does.
        """
        known = [each for each in versions if now - each.created_at >= _SPREADING] or versions[:1]
        self._signing = str(known[-1].version)
        self._keys = {str(each.version): OctKey.import_key(each.value) for each in versions}

    def issue(self, claims: AccessClaims, now: datetime) -> str:
        """A token that says these claims."""
        header = {"alg": _ALGORITHM, "typ": _TYPE, "kid": self._signing}
        body = {
            "iss": _ISSUER,
            "aud": _AUDIENCE,
            "sub": claims.user_id,
            "account": claims.account_id,
            "epoch": claims.epoch,
            "family": claims.family,
            "iat": int(now.timestamp()),
            "exp": int(claims.expires_at.timestamp()),
        }
        return jwt.encode(header, body, self._keys[self._signing], registry=_REGISTRY)

    def read(self, token: str, now: datetime) -> AccessClaims:
        """What a token says, if it is ours and its time is not over.

        Raises:
            UnknownKeyVersion: it names a version of the secret that is not in use here.
            SessionEnded: it cannot be trusted.
        """
        if len(token) > _LONGEST:
            raise SessionEnded
        try:
            decoded = jwt.decode(token, self._find_key, registry=_REGISTRY)
            claims = decoded.claims
            jwt.JWTClaimsRegistry(
                now=int(now.timestamp()),
                iss={"essential": True, "value": _ISSUER},
                aud={"essential": True, "value": _AUDIENCE},
                exp={"essential": True},
            ).validate(claims)
            if decoded.header.get("typ") != _TYPE:
                raise SessionEnded
            return AccessClaims(
                str(claims["sub"]),
                str(claims["account"]),
                int(claims["epoch"]),
                str(claims["family"]),
                datetime.fromtimestamp(int(claims["exp"]), now.tzinfo),
            )
        except (JoseError, KeyError, ValueError, TypeError) as error:
            raise SessionEnded from error

    def _find_key(self, header: GuestProtocol) -> OctKey:
        key = self._keys.get(str(header.headers().get("kid")))
        if key is None:
            raise UnknownKeyVersion
        return key
