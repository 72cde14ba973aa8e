"""Keys that sign licences (Ed25519, RFC 8032), and those that an installation trusts.

The private key is the issuer's alone. An installation trusts the keys that its distribution ships; only where
that ships none, the one that was installed with a licence.
"""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

from huisheng.errors import LicenseError
from huisheng.licensing.files import read_small
from huisheng.voice.store import storage

SHIPPED: Final = Path(__file__).parent / "trusted_keys"
"""Where an issuer puts public keys, `*.pub`, into a distribution of their own; ours has no such folder."""

SUFFIX: Final = ".pub"
_SHARED: Final = 0o077
"""Rights of a file that others than its owner have."""


@dataclass(frozen=True, slots=True)
class TrustedKeys:
    """Public keys by their short names.

    Attributes:
        keys: that may sign a licence.
        are_shipped: whether the distribution brings them: it then asks for a licence beyond free use.
    """

    keys: Mapping[str, Ed25519PublicKey] = field(default_factory=dict[str, Ed25519PublicKey])
    are_shipped: bool = False

    @property
    def secret(self) -> bytes:
        """Keys the code of authentication of our state file. Whoever reads the keys can compute it: it finds
        damage and files of others, it is no lock.
        """
        raw = b"".join(self.keys[name].public_bytes_raw() for name in sorted(self.keys))
        return hashlib.sha256(b"huisheng licence clock\0" + raw).digest()


def key_id(key: Ed25519PublicKey) -> str:
    """A short name: the first 64 bits of the SHA-256 of the key, in hexadecimal."""
    return hashlib.sha256(key.public_bytes_raw()).hexdigest()[:16]


def trust(*keys: Ed25519PublicKey, are_shipped: bool = False) -> TrustedKeys:
    """Trust these keys."""
    return TrustedKeys({key_id(key): key for key in keys}, are_shipped)


def key_files(folder: Path) -> tuple[Path, ...]:
    """The public keys in a folder, which need not be there."""
    return tuple(sorted(folder.glob(f"*{SUFFIX}")))


def create_key(path: Path) -> tuple[Path, str]:
    """Make a new pair of keys: the private one in a file that only its owner reads, the public one beside it.

    Returns:
        the file of the public key, and the short name of the key.

    Raises:
        LicenseError: one of the files is already there.
        StorageError: they cannot be written.
    """
    private = Ed25519PrivateKey.generate()
    public = path.with_name(path.name + SUFFIX)
    for file in (path, public):
        if file.exists():
            raise LicenseError(
                "license_key",
                f"{file} 已经存在，请换一个文件名，不要覆盖仍在使用的密钥",
                f"{file} is already there; name another file, and never replace a key in use",
            )
    _write_new(path, private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()), 0o600)
    _write_new(public, public_pem(private.public_key()), 0o644)
    return public, key_id(private.public_key())


def public_pem(key: Ed25519PublicKey) -> bytes:
    """The key as PEM (RFC 7468)."""
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def read_private_key(path: Path) -> Ed25519PrivateKey:
    """Read a key of `create_key`, or of `openssl genpkey -algorithm ed25519`.

    Raises:
        LicenseError: others may read the file, or it is no such key.
    """
    if sys.platform != "win32" and path.is_file() and path.stat().st_mode & _SHARED:
        raise LicenseError(
            "license_key",
            f"其他用户可以读取私钥 {path}，请运行 chmod 600",
            f"others may read the private key {path}; run chmod 600",
        )
    try:
        key = load_pem_private_key(read_small(path), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise _no_key(path) from error
    if not isinstance(key, Ed25519PrivateKey):
        raise _no_key(path)
    return key


def read_public_key(path: Path) -> Ed25519PublicKey:
    """Read a public key in PEM.

    Raises:
        LicenseError: the file is no such key.
    """
    return parse_public_key(read_small(path), path)


def parse_public_key(content: bytes, path: Path) -> Ed25519PublicKey:
    """The key that a file holds.

    Raises:
        LicenseError: it holds none; `path` is told.
    """
    try:
        key = load_pem_public_key(content)
    except (ValueError, UnsupportedAlgorithm) as error:
        raise _no_key(path) from error
    if not isinstance(key, Ed25519PublicKey):
        raise _no_key(path)
    return key


def _write_new(path: Path, content: bytes, mode: int) -> None:
    with storage(path), os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
        file.write(content)


def _no_key(path: Path) -> LicenseError:
    return LicenseError(
        "license_key", f"{path} 不是 PEM 格式的 Ed25519 密钥", f"{path} is no Ed25519 key in PEM"
    )
