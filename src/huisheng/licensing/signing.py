"""A licence in a file: its text between two marks, and a signature over the exact bytes of the text.

What mail does to a text is undone before the signature is checked: a byte order mark, other ends of lines,
and blanks at the ends of lines and around the whole. Everything else is part of what was signed.
"""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from huisheng.errors import LicenseError
from huisheng.licensing.files import LARGEST
from huisheng.licensing.keys import TrustedKeys
from huisheng.licensing.license import FORMAT, License, format_body, parse_body

BEGIN: Final = "-----BEGIN HUISHENG LICENSE-----"
SIGNATURE: Final = "-----SIGNATURE-----"
END: Final = "-----END HUISHENG LICENSE-----"

_COLUMNS: Final = 64
"""Characters of a line of the signature, as in PEM."""
_SIGNED_BYTES: Final = 64
_FORMAT: Final = re.compile(rb"^format = (\d{1,9})$", re.MULTILINE)
_KEY: Final = re.compile(rb'^key = "([0-9a-f]{16})"$', re.MULTILINE)
"""Looked at before the signature is checked, only to say better what is wrong."""


@dataclass(frozen=True, slots=True)
class SignedText:
    """The parts of a file: the text as it was signed, UTF-8, and the 64 bytes of the signature."""

    body: bytes
    signature: bytes


def sign(license: License, key: Ed25519PrivateKey) -> str:  # noqa: A002 (the word of the field)
    """The content of a licence's file."""
    body = format_body(license)
    written = base64.b64encode(key.sign(body.encode("utf-8"))).decode("ascii")
    lines = [written[start : start + _COLUMNS] for start in range(0, len(written), _COLUMNS)]
    return "\n".join([BEGIN, body.rstrip("\n"), SIGNATURE, *lines, END, ""])


def verify(content: bytes, trusted: TrustedKeys) -> License:
    """The licence that a file holds.

    Args:
        content: of the file.
        trusted: keys, one of which must have signed it.

    Raises:
        LicenseError: the file is no licence, of another version, signed by another key, altered, or says what
            no licence can.
    """
    signed = split(content)
    version = _FORMAT.search(signed.body)
    if version and int(version[1]) != FORMAT:
        raise LicenseError(
            "license_version",
            f"格式版本 {int(version[1])} 不受支持，请升级绘声",
            f"its format is version {int(version[1])}, which this program does not know; upgrade it",
        )
    named = _KEY.search(signed.body)
    name = named[1].decode("ascii") if named else ""
    key = trusted.keys.get(name)
    if key is None:
        raise _unknown_key(name, trusted)
    try:
        key.verify(signed.signature, signed.body)
    except InvalidSignature as error:
        raise LicenseError(
            "license_altered",
            "签名与内容不符，文件被修改过或不完整，请向签发者重新索取",
            "the signature does not fit: the file was altered or cut; ask its issuer for it again",
        ) from error
    return parse_body(signed.body)


def split(content: bytes) -> SignedText:
    """The parts of a file.

    Raises:
        LicenseError: it has not the form of a licence.
    """
    if len(content) > LARGEST:
        raise _unreadable(f"文件超过 {LARGEST // 1024} KB", f"the file is over {LARGEST // 1024} KB")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _unreadable("文件不是 UTF-8 文本", "the file is no text in UTF-8") from error
    lines = [line.rstrip(" \t\r") for line in text.strip(" \t\r\n").split("\n")]
    if lines[0] != BEGIN or lines[-1] != END or SIGNATURE not in lines:
        raise _unreadable("文件不是完整的绘声许可证", "the file is no whole licence of Huisheng")
    middle = lines.index(SIGNATURE)
    body = "".join(f"{line}\n" for line in lines[1:middle])
    return SignedText(body.encode("utf-8"), _decode("".join(lines[middle + 1 : -1])))


def _decode(written: str) -> bytes:
    """The signature; a text that other characters would stand for as well is refused."""
    try:
        signature = base64.b64decode(written, validate=True)
    except (ValueError, binascii.Error) as error:
        raise _unreadable("签名不完整", "the signature is no base64") from error
    if len(signature) != _SIGNED_BYTES or base64.b64encode(signature).decode("ascii") != written:
        raise _unreadable("签名不完整", "the signature is not whole")
    return signature


def _unreadable(reason: str, english: str) -> LicenseError:
    return LicenseError("license_unreadable", reason, english)


def _unknown_key(name: str, trusted: TrustedKeys) -> LicenseError:
    if not trusted.keys:
        return LicenseError(
            "license_unknown_key",
            "没有可用的签发者公钥，请用 --key 指定随许可证提供的公钥文件",
            "there is no public key to check it with; name the issuer's with --key",
        )
    known = ", ".join(sorted(trusted.keys))
    return LicenseError(
        "license_unknown_key",
        f"由密钥 {name or '（未写明）'} 签发，本安装只信任 {known}",
        f"it is signed by the key {name or '(not named)'}; this installation trusts {known} only",
    )
