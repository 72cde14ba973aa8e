"""Words of people that go into rows, mails and pages: one line, of whole characters."""

from __future__ import annotations

import re
import unicodedata
from typing import Annotated, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, Field

EMAIL: Final = re.compile(
    r"[a-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@(?=.{1,253}$)[a-z0-9](?:[a-z0-9-]*[a-z0-9])?"
    r"(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)+"
)
"""An address as the form of a browser takes it (WHATWG HTML), in lower case, of a host with a dot."""
_LONGEST_EMAIL: Final = 254
"""Characters (RFC 5321, 4.5.3.1.3)."""
_LONGEST_NAME: Final = 80


def normalize_email(written: str) -> str:
    """An address in the one form that is kept.

    Raises:
        ValueError: it is none.
    """
    address = written.strip().lower()
    if len(address) > _LONGEST_EMAIL or not address.isascii() or not EMAIL.fullmatch(address):
        raise ValueError("no e-mail address")
    return address


def normalize_name(written: str) -> str:
    """A name on one line, in NFC.

    Raises:
        ValueError: it holds characters that are none, or only control something.
    """
    name = unicodedata.normalize("NFC", " ".join(written.split()))
    if any(unicodedata.category(character) in {"Cc", "Cf", "Cs", "Co", "Cn"} for character in name):
        raise ValueError("no name")
    return name


def _check_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError("no zone") from error
    return name


Email = Annotated[str, Field(max_length=320), AfterValidator(normalize_email)]
Name = Annotated[str, Field(max_length=_LONGEST_NAME), AfterValidator(normalize_name)]
Zone = Annotated[str, Field(max_length=64), AfterValidator(_check_zone)]
Locale = Annotated[str, Field(pattern=r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}$")]
"""BCP 47, as far as we speak languages."""
Token = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{20,200}$")]
PasswordText = Annotated[str, Field(min_length=1, max_length=1024)]
RowId = Annotated[str, Field(pattern=r"^[a-z]{2,6}_[0-9a-z]{20}$")]
