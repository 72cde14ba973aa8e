"""Keys of issuers: made once, kept private, and read only where they are what they should be."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from huisheng.errors import LicenseError
from huisheng.licensing.files import LARGEST
from huisheng.licensing.keys import create_key, key_id, read_private_key, read_public_key


def pem(key: Ed25519PrivateKey | ec.EllipticCurvePrivateKey, encryption: KeySerializationEncryption) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption)


def test_a_new_pair_of_keys_belongs_together(tmp_path: Path) -> None:
    public, name = create_key(tmp_path / "issuer")

    assert public == tmp_path / "issuer.pub"
    assert read_private_key(tmp_path / "issuer").public_key() == read_public_key(public)
    assert key_id(read_public_key(public)) == name


@pytest.mark.skipif(os.name == "nt", reason="Windows has other rights")
def test_only_its_owner_may_read_a_private_key(tmp_path: Path) -> None:
    create_key(tmp_path / "issuer")
    assert stat.S_IMODE((tmp_path / "issuer").stat().st_mode) == 0o600

    (tmp_path / "issuer").chmod(0o640)

    with pytest.raises(LicenseError, match="chmod 600"):
        read_private_key(tmp_path / "issuer")


@pytest.mark.parametrize("taken", ["issuer", "issuer.pub"])
def test_a_key_never_takes_the_place_of_a_file(tmp_path: Path, taken: str) -> None:
    (tmp_path / taken).write_text("mine")

    with pytest.raises(LicenseError):
        create_key(tmp_path / "issuer")

    assert [path.read_text() for path in tmp_path.iterdir()] == ["mine"]


@pytest.mark.parametrize(
    "content",
    [
        lambda: b"",
        lambda: b"\xff" * 100,
        lambda: pem(ec.generate_private_key(ec.SECP256R1()), NoEncryption()),
        lambda: pem(Ed25519PrivateKey.generate(), BestAvailableEncryption(b"secret")),
    ],
    ids=["empty", "binary", "another kind", "encrypted"],
)
def test_what_is_no_private_key_of_ours_is_refused(tmp_path: Path, content: Callable[[], bytes]) -> None:
    path = tmp_path / "key"
    path.write_bytes(content())
    path.chmod(0o600)

    with pytest.raises(LicenseError, match="Ed25519"):
        read_private_key(path)


def test_a_public_key_of_another_kind_is_refused(tmp_path: Path) -> None:
    key = rsa.generate_private_key(65_537, 2_048).public_key()
    (tmp_path / "key.pub").write_bytes(key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))

    with pytest.raises(LicenseError, match="Ed25519"):
        read_public_key(tmp_path / "key.pub")


def test_a_file_that_is_no_key_for_its_size_is_refused(tmp_path: Path) -> None:
    (tmp_path / "key.pub").write_bytes(b"\n" * (LARGEST + 1))

    with pytest.raises(LicenseError, match="16 KB"):
        read_public_key(tmp_path / "key.pub")


@pytest.mark.skipif(os.name == "nt", reason="Windows has no named pipes in folders")
def test_a_pipe_that_never_answers_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")

    with pytest.raises(LicenseError):
        read_public_key(tmp_path / "pipe")


@pytest.mark.parametrize("name", ["nothing", "."])
def test_a_key_that_is_no_file_is_told(tmp_path: Path, name: str) -> None:
    with pytest.raises(LicenseError) as refused:
        read_public_key(tmp_path / name)

    assert refused.value.fault == "license_missing"
