"""`huisheng accounts …`: people and accounts of this server, from its own machine."""

from __future__ import annotations

import argparse
import getpass
import json
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final, TypeVar

from huisheng.cli.accounts_voice import VOICE
from huisheng.cli.commands import Action
from huisheng.cli.extras import open_database, read_settings, require_accounts
from huisheng.errors import RequestError

if TYPE_CHECKING:
    from huisheng.server.admin.repository import AccountSummary

T = TypeVar("T")

_MOST: Final = 1000
"""Accounts in a list."""
_METERS: Final = ("calls", "characters", "seconds")


def add_arguments(_: argparse.ArgumentParser) -> None:
    """Declare nothing: it has actions alone."""


def run(_: argparse.Namespace) -> int:
    """Without an action: what `list` does."""
    return _list(argparse.Namespace(query="", json=False))


def _add_list(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("query", nargs="?", default="", help="编号，或邮箱、名称的开头 id, or its beginning")
    parser.add_argument("--json", action="store_true", help="JSON")


def _add_email(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("email", metavar="EMAIL", help="邮箱 e-mail address")


def _add_operator(parser: argparse.ArgumentParser) -> None:
    _add_email(parser)
    parser.add_argument("--dismiss", action="store_true", help="取消运营者身份 make them an ordinary person")


def _add_account(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("account", metavar="ACCOUNT", help="账户编号或邮箱 its id, or an e-mail address")
    parser.add_argument("--reason", required=True, help="原因，写入审计日志 why; kept in the audit log")


def _add_grant(parser: argparse.ArgumentParser) -> None:
    _add_account(parser)
    parser.add_argument("amount", type=int, metavar="AMOUNT", help="数量 units")
    parser.add_argument("--meter", choices=_METERS, default="calls", help="默认 calls")
    parser.add_argument("--days", type=int, metavar="DAYS", help="有效天数，默认不限 days that it lasts")


def _list(arguments: argparse.Namespace) -> int:
    """Accounts, the newest first."""
    from huisheng.server.admin.repository import search_accounts
    from huisheng.server.paging import PageRequest

    found = _work(lambda session: search_accounts(session, arguments.query, None, PageRequest(_MOST)))
    rows = [_describe(each) for each in found]
    if arguments.json:
        print(json.dumps(rows, ensure_ascii=False, indent=2))
        return 0
    for row in rows:
        print("\t".join(str(row[name]) for name in ("id", "name", "plan", "status", "owners")))
    return 0


def _add_person(arguments: argparse.Namespace) -> int:
    """Make an account for somebody, whose address is taken as proved; print its id."""
    require_accounts()
    from huisheng.server.accounts.administration import create_person
    from huisheng.server.clock import utc_now

    email = _normalize(arguments.email)
    print(_work(lambda session: create_person(session, email, utc_now())))
    _advise_password(email)
    return 0


def _make_operator(arguments: argparse.Namespace) -> int:
    """Make somebody an operator, who need not have signed up; or no longer one."""
    require_accounts()
    from huisheng.server.accounts.administration import create_operator, dismiss_operator
    from huisheng.server.clock import utc_now

    email = _normalize(arguments.email)
    if arguments.dismiss:
        _work(lambda session: dismiss_operator(session, email, utc_now()))
        print(f"{email} 不再是运营者。 No longer an operator.", file=sys.stderr)
        return 0
    user = _work(lambda session: create_operator(session, email, None, utc_now()))
    print(f"{email} 已成为运营者，运营后台在 /admin。 An operator now; see /admin.", file=sys.stderr)
    if user.password_hash is None:
        _advise_password(email)
    return 0


def _set_password(arguments: argparse.Namespace) -> int:
    """Set somebody's password, from the terminal or the first line of stdin; they are signed out."""
    require_accounts()
    from huisheng.server.accounts.administration import set_password
    from huisheng.server.accounts.passwords import Passwords
    from huisheng.server.clock import utc_now

    settings = read_settings().account_settings
    passwords = Passwords(settings.password_memory, settings.password_passes)
    email, password = _normalize(arguments.email), _read_password()
    _work(lambda session: set_password(session, passwords, email, password, utc_now()))
    print("密码已设置。 The password is set.", file=sys.stderr)
    return 0


def _suspend(arguments: argparse.Namespace) -> int:
    """Have nothing more spoken for an account."""
    require_accounts()
    from huisheng.server.admin.service import suspend

    return _change(arguments, suspend)


def _resume(arguments: argparse.Namespace) -> int:
    """The opposite."""
    require_accounts()
    from huisheng.server.admin.service import resume

    return _change(arguments, resume)


def _change(arguments: argparse.Namespace, change: Callable[..., object]) -> int:
    """Suspend or resume an account; print its id."""
    from huisheng.server.accounts.audit import SYSTEM
    from huisheng.server.admin.repository import find_account_by_name
    from huisheng.server.clock import utc_now

    def work(session: Any) -> str:  # noqa: ANN401 (only the server knows SQLAlchemy)
        account = find_account_by_name(session, arguments.account)
        change(session, SYSTEM, account.id, arguments.reason, utc_now())
        return account.id

    print(_work(work))
    return 0


def _grant(arguments: argparse.Namespace) -> int:
    """Give an account an allowance; print its id."""
    require_accounts()
    from huisheng.server.accounts.audit import SYSTEM
    from huisheng.server.admin.repository import find_account_by_name
    from huisheng.server.admin.service import Gift, give_grant
    from huisheng.server.clock import utc_now
    from huisheng.server.database.ids import new_id

    if arguments.amount <= 0 or (arguments.days is not None and arguments.days <= 0):
        raise RequestError("数量与天数应大于 0。", "Amount and days must be above 0.")

    def work(session: Any) -> str:  # noqa: ANN401 (only the server knows SQLAlchemy)
        account = find_account_by_name(session, arguments.account)
        key, days = new_id("cli"), arguments.days
        gift = Gift(account.id, arguments.meter, arguments.amount, days, arguments.reason, key)
        return give_grant(session, SYSTEM, gift, utc_now()).id

    print(_work(work))
    return 0


def _work(work: Callable[[Any], T]) -> T:
    """Run a unit of work on tables of this version."""
    with open_database() as database:
        from huisheng.server.database import migrating

        migrating.require_current(database)
        with database.writing() as session:
            return work(session)


def _describe(summary: AccountSummary) -> dict[str, Any]:
    account = summary.account
    status = "erased" if account.erased_at else "suspended" if account.suspended_at else "active"
    return {
        "id": account.id,
        "name": account.name,
        "kind": account.kind,
        "plan": account.plan,
        "status": status,
        "owners": ",".join(summary.owners),
        "paid_fen": summary.paid_fen,
        "refunded_fen": summary.refunded_fen,
        "created_at": account.created_at.isoformat(),
    }


def _read_password() -> str:
    if sys.stdin.isatty():
        return getpass.getpass("新密码 new password: ")
    return sys.stdin.readline().rstrip("\n")


def _advise_password(email: str) -> None:
    print(
        f"还没有密码，请运行 huisheng accounts password {email}。 They have no password yet.", file=sys.stderr
    )


def _normalize(written: str) -> str:
    """An e-mail address as it is kept.

    Raises:
        RequestError: it is none.
    """
    from huisheng.server.accounts.text import normalize_email

    try:
        return normalize_email(written)
    except ValueError as error:
        raise RequestError(f"“{written}”不是邮箱地址。", f"{written!r} is no e-mail address.") from error


ACTIONS: Final = {
    "list": Action(_add_list, _list),
    "add": Action(_add_email, _add_person),
    "operator": Action(_add_operator, _make_operator),
    "password": Action(_add_email, _set_password),
    "suspend": Action(_add_account, _suspend),
    "resume": Action(_add_account, _resume),
    "grant": Action(_add_grant, _grant),
    "voice": VOICE,
}
