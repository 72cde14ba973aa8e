"""The parts that all rules of accounts work with, made once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from huisheng.server.accounts.access_tokens import AccessTokens
from huisheng.server.accounts.attempts import Attempts
from huisheng.server.accounts.authentication import AccountAuthenticator
from huisheng.server.accounts.csrf import CsrfTokens
from huisheng.server.accounts.errors import MailUnavailable
from huisheng.server.accounts.features import AccountFeature
from huisheng.server.accounts.passwords import Passwords
from huisheng.server.accounts.secret_keys import ensure_secret, read_secret_versions, rotate_secret
from huisheng.server.accounts.settings import AccountSettings, SignupRule
from huisheng.server.accounts.standing import StandingSource, know_nothing
from huisheng.server.clock import Clock, utc_now
from huisheng.server.database.database import Database


@dataclass(frozen=True, slots=True)
class AccountParts:
    """The parts.

    Attributes:
        database: with the accounts.
        settings: of accounts.
        signup_rule: who may sign up.
        sends_mail: whether there is a server that mail is handed to.
        clock: tells the time.
        passwords: hashes them.
        attempts: counts failures.
        csrf: proves requests of our page.
        tokens: of apps.
        authenticator: knows clients.
        standing: tells how accounts stand.
        features: others that keep something of accounts, for export and deletion.
    """

    database: Database
    settings: AccountSettings
    signup_rule: SignupRule
    sends_mail: bool
    clock: Clock
    passwords: Passwords
    attempts: Attempts
    csrf: CsrfTokens
    tokens: AccessTokens
    authenticator: AccountAuthenticator
    standing: StandingSource = know_nothing
    features: Sequence[AccountFeature] = ()

    def link(self, kind: str, token: str = "") -> str:
        """A link into the page; what follows `#` is never sent to a server."""
        return f"{self.settings.public_url}/account#{kind}" + (f"={token}" if token else "")

    def require_mail(self) -> None:
        """Refuse what comes by mail alone, where none is sent.

        Raises:
            MailUnavailable: none is.
        """
        if not self.sends_mail:
            raise MailUnavailable

    def forget_identities(self) -> None:
        """Have changes seen at once on this server; others see them within five seconds."""
        self.authenticator.identities.clear()

    def rotate_secrets(self) -> None:
        """Replace the secret that signs tokens when its time has come."""
        now = self.clock()
        with self.database.writing() as session:
            rotate_secret(session, "access_token", now)
            self.tokens.use(read_secret_versions(session, "access_token"), now)

    def close(self) -> None:
        """Finish what runs."""
        self.passwords.close()


def make_parts(
    database: Database,
    settings: AccountSettings,
    signup_rule: SignupRule,
    clock: Clock = utc_now,
    standing: StandingSource = know_nothing,
    features: Sequence[AccountFeature] = (),
) -> AccountParts:
    """Make the parts, and the secrets that the database lacks.

    Raises:
        SetupError: the settings cannot work together, or the database cannot be used.
        RefusedError: the database does not answer.
    """
    settings.require_complete()
    now = clock()
    with database.writing() as session:
        csrf = CsrfTokens(ensure_secret(session, "csrf", now))
        attempts = Attempts(ensure_secret(session, "attempts", now))
        rotate_secret(session, "access_token", now)
        tokens = AccessTokens(read_secret_versions(session, "access_token"), now)
    return AccountParts(
        database=database,
        settings=settings,
        signup_rule=signup_rule,
        sends_mail=settings.mail_server is not None,
        clock=clock,
        passwords=Passwords(settings.password_memory, settings.password_passes),
        attempts=attempts,
        csrf=csrf,
        tokens=tokens,
        authenticator=AccountAuthenticator(database, settings, tokens, csrf, attempts, clock),
        standing=standing,
        features=features,
    )
