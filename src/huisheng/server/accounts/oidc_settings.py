"""The file of OpenID providers: a section each, `[google]`, with issuer, client and secret."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Final
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, ValidationError

from huisheng.errors import SetupError
from huisheng.server.guard.addresses import is_loopback
from huisheng.server.secret_files import read_secret

_ID: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,31}")


def _check_issuer(address: str) -> str:
    parts = urlsplit(address)
    is_local = parts.scheme == "http" and parts.hostname is not None and is_loopback(parts.hostname)
    if not parts.hostname or parts.query or parts.fragment or not (parts.scheme == "https" or is_local):
        raise ValueError("write https://…")
    return address


class ProviderSettings(BaseModel):
    """One provider.

    Attributes:
        issuer: as its tokens name it; its description is at `/.well-known/openid-configuration` under it.
        client_id: of this server there.
        client_secret: the same; empty for a public client.
        client_secret_file: file that holds it.
        name: on the button.
        scopes: that are asked for.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    issuer: Annotated[str, AfterValidator(_check_issuer)]
    client_id: Annotated[str, Field(min_length=1)]
    client_secret: SecretStr = SecretStr("")
    client_secret_file: Path | None = None
    name: str = ""
    scopes: tuple[str, ...] = ("openid", "email", "profile")

    @property
    def secret(self) -> str:
        """The secret of the client; empty for none.

        Raises:
            SetupError: its file cannot be read.
        """
        if self.client_secret_file:
            return read_secret(self.client_secret_file, "client_secret_file")
        return self.client_secret.get_secret_value()


def load_providers(path: Path | None) -> Mapping[str, ProviderSettings]:
    """The providers of a file by id, in its order; none without a file.

    Raises:
        SetupError: the file cannot be read, or a provider in it cannot be used.
    """
    if path is None:
        return {}
    try:
        sections: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise _invalid_file(path, str(error)) from error
    return {name: _parse_provider(path, name, section) for name, section in sections.items()}


def _parse_provider(path: Path, name: str, section: object) -> ProviderSettings:
    if not _ID.fullmatch(name):
        raise _invalid_file(path, f"[{name}]")
    try:
        provider = ProviderSettings.model_validate(section)
    except ValidationError as error:
        fields = ", ".join(".".join(map(str, each["loc"])) for each in error.errors())
        raise _invalid_file(path, f"[{name}] {fields}") from None  # its text would quote the secret
    if provider.client_secret.get_secret_value() and provider.client_secret_file:
        raise _invalid_file(path, f"[{name}] client_secret, client_secret_file")
    return provider


def _invalid_file(path: Path, reason: str) -> SetupError:
    return SetupError(
        f"HUISHENG_OIDC 的文件 {path} 有误（{reason}），请参照账户的文档修改。",
        f"The file {path} of HUISHENG_OIDC is wrong: {reason}; see the guide to accounts.",
    )
