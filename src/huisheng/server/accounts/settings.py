"""Settings of accounts: environment variables `HUISHENG_…`, read only where accounts are on."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Final, Literal, NamedTuple, Self
from urllib.parse import unquote, urlsplit

from pydantic import AfterValidator, Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from huisheng.errors import SetupError
from huisheng.server.guard.addresses import is_loopback
from huisheng.server.secret_files import read_secret

SignupRule = Literal["verified", "open", "closed"]
"""Whoever proves the address; whoever comes; nobody but by invitation or by the operator."""

_ADDRESS: Final = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*")
"""An e-mail address, as browsers check it (WHATWG HTML, 4.10.5.1.5)."""
_PORTS: Final = {"smtp": 587, "smtps": 465}
"""Submission with STARTTLS, and with TLS from the first byte (RFC 8314)."""


class MailServer(NamedTuple):
    """Where mail is handed in.

    Attributes:
        host: name or address.
        port: TCP port.
        user: empty where the server asks for none.
        password: the same.
        tls: from the first byte; by STARTTLS, without which nothing is sent; not at all, on this machine.
    """

    host: str
    port: int
    user: str
    password: str
    tls: Literal["always", "starttls", "none"]


def parse_mail_server(address: str) -> MailServer:
    """The server that `smtp://user:password@host:587` or `smtps://…` names.

    Raises:
        SetupError: it names none.
    """
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError as error:
        raise _invalid_mail_server() from error
    if parts.scheme not in _PORTS or not parts.hostname or parts.path.strip("/") or parts.query:
        raise _invalid_mail_server()
    is_local = is_loopback(parts.hostname)
    return MailServer(
        parts.hostname,
        port or _PORTS[parts.scheme],
        unquote(parts.username or ""),
        unquote(parts.password or ""),
        "always" if parts.scheme == "smtps" else "none" if is_local else "starttls",
    )


def _invalid_mail_server() -> SetupError:
    return SetupError(
        "HUISHENG_MAIL 应为 smtp://用户:密码@主机:587（STARTTLS）或 smtps://用户:密码@主机:465（TLS），"
        "用户和密码中的特殊字符写成 %40 的形式。",
        "HUISHENG_MAIL must be smtp://user:password@host:587 (STARTTLS) or smtps://user:password@host:465 "
        "(TLS), with special characters of user and password as %40.",
    )


def _check_mail(mail: SecretStr) -> SecretStr:
    if mail.get_secret_value():
        parse_mail_server(mail.get_secret_value())
    return mail


def _check_sender(address: str) -> str:
    if address and not _ADDRESS.fullmatch(address):
        raise SetupError(
            f"HUISHENG_MAIL_FROM 的“{address}”不是邮箱地址，请写成 huisheng@example.com。",
            f"HUISHENG_MAIL_FROM is {address!r}; write huisheng@example.com.",
        )
    return address


def _check_public_url(address: str) -> str:
    parts = urlsplit(address)
    if address and not (parts.scheme in {"http", "https"} and parts.hostname and not parts.path.strip("/")):
        raise SetupError(
            f"HUISHENG_PUBLIC_URL 的“{address}”应写成 https://tts.example.com，不带路径。",
            f"HUISHENG_PUBLIC_URL is {address!r}; write https://tts.example.com, without a path.",
        )
    return address.rstrip("/")


def _expand(path: Path | None) -> Path | None:
    return path and path.expanduser()


_Path = Annotated[Path | None, AfterValidator(_expand)]
_Lifetime = Annotated[timedelta, Field(ge=timedelta(minutes=1), le=timedelta(days=400))]


class AccountSettings(BaseSettings):
    """How people come to an account of one server.

    Attributes:
        public_url: where browsers find the server, as `https://tts.example.com`; links in mails lead there.
        signup: who may sign up; empty for what `choose_signup_rule` finds.
        mail: the server that mail is handed to, `smtp://user:password@host:587`; empty for none.
        mail_file: file that holds the same.
        mail_from: address that mail comes from; empty for the user of `mail`.
        oidc: file of OpenID providers by which people can sign in.
        session_idle: how long a browser stays signed in without a request.
        session_lifetime: how long at most.
        password_memory: KiB that the hash of a password takes.
        password_passes: over that memory. The defaults are the second recommendation of RFC 9106, 4.
    """

    model_config = SettingsConfigDict(
        env_prefix="HUISHENG_", env_ignore_empty=True, extra="forbid", frozen=True
    )

    public_url: Annotated[str, AfterValidator(_check_public_url)] = ""
    signup: SignupRule | Literal[""] = ""
    mail: Annotated[SecretStr, AfterValidator(_check_mail)] = SecretStr("")
    mail_file: _Path = None
    mail_from: Annotated[str, AfterValidator(_check_sender)] = ""
    oidc: _Path = None
    session_idle: _Lifetime = timedelta(days=14)
    session_lifetime: _Lifetime = timedelta(days=90)
    password_memory: Annotated[int, Field(ge=32, le=4 << 20)] = 65_536
    password_passes: Annotated[int, Field(ge=1, le=100)] = 3

    def choose_signup_rule(self, *, is_private: bool) -> SignupRule:
        """Who may sign up: as it is set, else whoever proves an address where there is mail; without mail
        whoever comes to a private server, and nobody to any other.

        Args:
            is_private: whether nobody but this machine reaches the server.

        Raises:
            SetupError: the file of `mail_file` cannot be read, or names no server.
        """
        if self.signup:
            return self.signup
        if self.mail_server:
            return "verified"
        return "open" if is_private else "closed"

    @property
    def mail_server(self) -> MailServer | None:
        """Where mail is handed in; None for nowhere.

        Raises:
            SetupError: the file of `mail_file` cannot be read, or names no server.
        """
        address = self.mail.get_secret_value()
        if self.mail_file:
            address = read_secret(self.mail_file, "HUISHENG_MAIL_FILE")
        return parse_mail_server(address) if address else None

    @property
    def sender(self) -> str:
        """The address that mail comes from."""
        server = self.mail_server
        user = server.user if server else ""
        host = urlsplit(self.public_url).hostname or "localhost"
        return self.mail_from or (user if _ADDRESS.fullmatch(user) else f"huisheng@{host}")

    @property
    def is_https(self) -> bool:
        """Whether browsers are known to use TLS."""
        return self.public_url.startswith("https://")

    @model_validator(mode="after")
    def _check_together(self) -> Self:
        if self.mail.get_secret_value() and self.mail_file:
            raise SetupError(
                "HUISHENG_MAIL 与 HUISHENG_MAIL_FILE 只能设置一个。",
                "Set either HUISHENG_MAIL or HUISHENG_MAIL_FILE, not both.",
            )
        return self

    def require_complete(self) -> None:
        """Refuse settings that cannot work together, where accounts are on.

        Raises:
            SetupError: addresses cannot be verified without mail, or links lead nowhere.
        """
        has_mail = self.mail_server is not None
        if self.signup == "verified" and not has_mail:
            raise SetupError(
                "HUISHENG_SIGNUP=verified 需要发送验证邮件：请设置 HUISHENG_MAIL，"
                "或用 HUISHENG_SIGNUP=open 关闭验证，或用 HUISHENG_SIGNUP=closed 关闭注册。",
                "HUISHENG_SIGNUP=verified sends mail: set HUISHENG_MAIL, or HUISHENG_SIGNUP=open to verify "
                "no address, or HUISHENG_SIGNUP=closed to let nobody sign up.",
            )
        if (has_mail or self.oidc) and not self.public_url:
            raise SetupError(
                "邮件中的链接和第三方登录需要服务的公开地址，请设置 HUISHENG_PUBLIC_URL，"
                "例如 https://tts.example.com。",
                "Links in mails and OpenID need the server's public address: set HUISHENG_PUBLIC_URL, "
                "as https://tts.example.com.",
            )
