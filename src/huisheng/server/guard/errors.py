"""Refusals by the guard. `huisheng.server.errors` maps them to statuses."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from huisheng.errors import RefusedError, RequestError
from huisheng.server.guard.policies import LimitStatus, QuotaPolicy

_RETRY_AFTER: Final = 1
"""Seconds after which a request may have ended; a guess."""


class Denied(RequestError):
    """Whoever asks may not; the operator has said who may."""


class AddressRefused(Denied):
    """The client's address is not on the list."""

    code = "address_refused"

    def __init__(self, address: str) -> None:
        super().__init__(
            f"地址 {address or '未知'} 不在允许访问的名单中，请联系运营者。",
            f"The address {address or 'unknown'} may not use this server; ask its operator.",
        )


class OriginRefused(Denied):
    """A page of another site has sent the request."""

    code = "origin_refused"

    def __init__(self) -> None:
        super().__init__(
            "请求来自其他网站的网页，已拒绝；运营者可以在 HUISHENG_CORS_ORIGINS 中添加该来源。",
            "A page of another site sent this request; the operator can allow it in HUISHENG_CORS_ORIGINS.",
        )


class UnknownHost(Denied):
    """The name in Host is none of this server's (DNS rebinding)."""

    code = "unknown_host"

    def __init__(self) -> None:
        super().__init__(
            "请求中的主机名不属于本服务；运营者可以在 HUISHENG_HOSTS 中添加该主机名。",
            "This server does not go by the name in Host; the operator can add it to HUISHENG_HOSTS.",
        )


class Unauthorized(Denied):
    """There is no key, or a wrong one; `challenge` is the value of `WWW-Authenticate` (RFC 6750)."""

    code = "unauthorized"

    def __init__(self, *, given: bool) -> None:
        super().__init__(
            "密钥不正确，请检查后重试。"
            if given
            else "需要密钥，请在请求头中加上 Authorization: Bearer <密钥>。",
            "The key is wrong; check it." if given else "A key is needed: send Authorization: Bearer <key>.",
        )
        self.challenge = 'Bearer error="invalid_token"' if given else "Bearer"


class AccountNeeded(Unauthorized):
    """The same where there are accounts: it says where to sign in, and where to get a key."""

    def __init__(self, *, given: bool) -> None:
        super().__init__(given=given)
        self.message = (
            "密钥不正确，请检查，或在 /account#keys 创建新的密钥。"
            if given
            else "需要登录或密钥：请在 /account 登录；程序请使用 /account#keys 的密钥，在请求头中加上 "
            "Authorization: Bearer <密钥>。"
        )
        self.english = (
            "The key is wrong; check it, or make a new one at /account#keys."
            if given
            else "Sign in at /account; programs send Authorization: Bearer <key>, made at /account#keys."
        )
        self.args = (self.message,)


class SessionEnded(Unauthorized):
    """The browser or the app is signed in no more."""

    code = "session_ended"

    def __init__(self) -> None:
        super().__init__(given=True)
        self.message = "登录已失效，请重新登录。"
        self.english = "You are signed in no more; sign in again."
        self.args = (self.message,)


class CredentialExpired(Unauthorized):
    """The term of a key is over, or it was revoked."""

    code = "credential_expired"

    def __init__(self) -> None:
        super().__init__(given=True)
        self.message = "密钥已过期或已撤销，请更换密钥。"
        self.english = "The key has expired or was revoked; use another."
        self.args = (self.message,)


class CsrfRefused(Denied):
    """A request with a cookie lacks the proof that it comes from our own page."""

    code = "csrf_refused"

    def __init__(self) -> None:
        super().__init__(
            "请求缺少有效的 X-CSRF-Token，请刷新网页后重试。",
            "X-CSRF-Token is missing or wrong; reload the page and try again.",
        )


class NotPermitted(Denied):
    """The role of a person, or the scopes of a key, do not reach so far."""

    code = "not_permitted"

    def __init__(self) -> None:
        super().__init__(
            "没有权限：请使用有相应权限的密钥，或联系账户的所有者。",
            "Not permitted: use a key with the scope for it, or ask the account's owner.",
        )


class NotOperator(NotPermitted):
    """Only whoever runs the server may."""

    def __init__(self) -> None:
        super().__init__()
        self.message = (
            "只有本服务的运营者可以这样做；指定运营者：在服务器上运行 huisheng accounts operator 邮箱。"
        )
        self.english = (
            "Only an operator of this server may; `huisheng accounts operator EMAIL`, run on the server, "
            "makes somebody one."
        )
        self.args = (self.message,)


class AccountSuspended(Denied):
    """The operator has suspended the account."""

    code = "account_suspended"

    def __init__(self) -> None:
        super().__init__(
            "账户已停用，请联系运营者。", "The account is suspended; ask the operator of this server."
        )


class LicenseSuspended(AccountSuspended):
    """The server's licence does not allow accounts; nothing is wrong with the account itself."""

    code = "license_suspended"

    def __init__(self) -> None:
        super().__init__()
        self.message = "本服务的许可证无效或已到期，暂时不能合成；账户与余额不受影响，请联系运营者。"
        self.english = (
            "This server's licence is missing or over, so nothing is spoken for now; your account and what "
            "it has left are as before. Ask the operator."
        )
        self.args = (self.message,)


class LimitError(RefusedError):
    """The caller's own limit is reached.

    Args:
        message: Chinese.
        english: the same in English.
        retry_after: seconds.
        statuses: of every limit that was looked at.
    """

    def __init__(self, message: str, english: str, retry_after: int, statuses: Sequence[LimitStatus]) -> None:
        super().__init__(message, english, retry_after)
        self.statuses = tuple(statuses)

    @property
    def violated_policies(self) -> tuple[str, ...]:
        """Names of the limits that are reached."""
        return tuple(status.policy.name for status in self.statuses if not status.remaining)


class RateLimited(LimitError):
    """Too many requests in a while."""

    code = "rate_limited"

    def __init__(self, statuses: Sequence[LimitStatus]) -> None:
        seconds = max((each.reset or 1 for each in statuses if not each.remaining), default=1)
        super().__init__(
            f"请求过于频繁，请在 {seconds} 秒后重试。",
            f"Too many requests; try again in {seconds} seconds.",
            seconds,
            statuses,
        )


class TooManyConcurrent(LimitError):
    """Too many requests at once."""

    code = "too_many_concurrent"

    def __init__(self, statuses: Sequence[LimitStatus]) -> None:
        super().__init__(
            "并发请求过多，请等待之前的请求完成后重试。",
            "Too many requests at once; try again when one of them has ended.",
            _RETRY_AFTER,
            statuses,
        )


class TooManyConnectionsPerAddress(LimitError):
    """One address has as many connections as it may, and uses all of them."""

    code = "too_many_connections_per_address"

    def __init__(self, limit: int) -> None:
        super().__init__(
            "这个地址的连接过多，请关闭一些，或等前面的请求完成后重试。",
            "Too many connections from this address; close some, or try again when a request has ended.",
            _RETRY_AFTER,
            [LimitStatus(QuotaPolicy("ip-connections", limit), 0)],
        )


class TooManyConnections(RefusedError):
    """The server has as many connections as it may, and all of them are used."""

    code = "too_many_connections"

    def __init__(self) -> None:
        super().__init__(
            "服务器的连接已满，请稍后重试。",
            "The server has no connection left; try again later.",
            _RETRY_AFTER,
        )


class TextRefused(RequestError):
    """The text holds something that may not be spoken here; the message does not say what."""

    code = "text_refused"
    parameter = "text"

    def __init__(self) -> None:
        super().__init__(
            "文本中有本服务禁止合成的内容，请修改后重试。",
            "The text holds something that this server does not speak; change it.",
        )
