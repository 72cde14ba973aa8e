"""Parts that tests of accounts share: a server for mail, certificates, a server with clients of all kinds."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import Message
from email.policy import default
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from tests.integration.accounts.callers import World, open_world

from huisheng.text.frontend import Frontend

USER, PASSWORD = "mailer@example.com", "p@ss word"


class MailServer(Controller):
    """A server for mail that keeps what it takes.

    Args:
        options: of aiosmtpd.
    """

    def __init__(self, **options: Any) -> None:  # noqa: ANN401 (aiosmtpd's)
        self.taken: list[Message] = []
        self.replies: list[str] = []
        super().__init__(self, hostname="127.0.0.1", port=0, **options)  # pyright: ignore[reportUnknownMemberType]

    @property
    def address(self) -> tuple[str, int]:
        return self.server.sockets[0].getsockname()[:2]  # pyright: ignore

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        if self.replies:
            return self.replies.pop(0)
        content = envelope.content
        assert isinstance(content, bytes)
        self.taken.append(message_from_bytes(content, policy=default))
        return "250 OK"

    def _trigger_server(self) -> None:
        """The controller would connect to port 0, which stands for any."""
        self.port = self.address[1]
        super()._trigger_server()


def authenticate(
    server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: object
) -> AuthResult:
    is_known = isinstance(data, LoginPassword) and data == LoginPassword(USER.encode(), PASSWORD.encode())
    return AuthResult(success=is_known, handled=False)


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with a key and its certificate, for 127.0.0.1."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "certificate.pem"
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + made.public_bytes(serialization.Encoding.PEM)
    )
    return path


@pytest.fixture(scope="session")
def server_tls(certificate: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


@pytest.fixture(scope="session")
def client_tls(certificate: Path) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=certificate)


@pytest.fixture
def mail_server() -> Iterator[MailServer]:
    """Without TLS, as on this machine."""
    server = MailServer()
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def world(
    tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path, frontend: Frontend
) -> Iterator[World]:
    """A server and one client of every kind."""
    home = tmp_path_factory.mktemp("world")
    (home / "huisheng.db").write_bytes(sqlite_template.read_bytes())
    with open_world(home, f"sqlite:///{home / 'huisheng.db'}", frontend) as world:
        yield world
