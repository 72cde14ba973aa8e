"""The cookies of a browser that is signed in (RFC 6265bis).

Over TLS the name begins with `__Host-`: no other host, no subdomain and no plain connection can set it.
"""

from __future__ import annotations

from typing import Final, Literal

from starlette.datastructures import Headers
from starlette.responses import Response

_SESSION: Final = "huisheng_session"
_CSRF: Final = "huisheng_csrf"
_OIDC: Final = "huisheng_oidc"
_HOST: Final = "__Host-"

CookiePurpose = Literal["session", "oidc"]
_NAMES: Final[dict[CookiePurpose, str]] = {"session": _SESSION, "oidc": _OIDC}


def cookie_name(purpose: CookiePurpose, *, is_secure: bool) -> str:
    """The name of a cookie that scripts cannot read."""
    return f"{_HOST if is_secure else ''}{_NAMES[purpose]}"


def read_cookie(headers: Headers, purpose: CookiePurpose, *, is_secure: bool) -> str:
    """The value that a browser sends; empty for none."""
    name = cookie_name(purpose, is_secure=is_secure)
    for header in headers.getlist("cookie"):
        for part in header.split(";"):
            written, _, value = part.strip().partition("=")
            if written == name:
                return value
    return ""


def set_session_cookies(response: Response, token: str, csrf: str, *, is_secure: bool, lifetime: int) -> None:
    """Keep a browser signed in for `lifetime` seconds."""
    name = cookie_name("session", is_secure=is_secure)
    response.set_cookie(name, token, lifetime, path="/", secure=is_secure, httponly=True, samesite="lax")
    response.set_cookie(_CSRF, csrf, lifetime, path="/", secure=is_secure, samesite="lax")


def clear_session_cookies(response: Response, *, is_secure: bool) -> None:
    """Have a browser forget that it is signed in."""
    name = cookie_name("session", is_secure=is_secure)
    response.delete_cookie(name, path="/", secure=is_secure, httponly=True, samesite="lax")
    response.delete_cookie(_CSRF, path="/", secure=is_secure, samesite="lax")


def set_oidc_cookie(response: Response, state: str, *, is_secure: bool, lifetime: int) -> None:
    """Bind a browser to a sign-in at a provider for `lifetime` seconds."""
    name = cookie_name("oidc", is_secure=is_secure)
    response.set_cookie(name, state, lifetime, path="/", secure=is_secure, httponly=True, samesite="lax")


def clear_oidc_cookie(response: Response, *, is_secure: bool) -> None:
    """Release it."""
    name = cookie_name("oidc", is_secure=is_secure)
    response.delete_cookie(name, path="/", secure=is_secure, httponly=True, samesite="lax")
