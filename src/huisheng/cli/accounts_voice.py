"""`huisheng accounts voice …`: whose a voice is, from the server's own machine."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from typing import Any, Final

from huisheng.cli.commands import Action
from huisheng.cli.extras import open_database, require_accounts
from huisheng.errors import RequestError, UnknownVoice


def _add_voice(parser: argparse.ArgumentParser) -> None:
    """A change, and what it is of."""
    changes = parser.add_subparsers(dest="change", metavar="CHANGE", required=True)
    listing = changes.add_parser("list", help="专属音色及其账户 private voices and whose they are")
    listing.add_argument("--json", action="store_true", help="JSON")
    for name, words in _CHANGES.items():
        change = changes.add_parser(name, help=words)
        change.add_argument("voice", metavar="VOICE", help="音色的 id id of the voice")
        if name in _OF_ACCOUNT:
            change.add_argument(
                "account", metavar="ACCOUNT", help="账户编号或邮箱 its id, or an e-mail address"
            )
        change.add_argument("--reason", required=True, help="原因，写入审计日志 why; kept in the audit log")


_CHANGES: Final = {
    "grant": "把音色给一个账户专用 give a voice to an account, for its own use",
    "revoke": "收回账户的音色；仍不对其他人公开 take it back; it stays private",
    "hide": "不对任何账户公开 keep it from all accounts",
    "publish": "对所有人公开 make it everybody's",
}
_OF_ACCOUNT: Final = frozenset({"grant", "revoke"})


def _run(arguments: argparse.Namespace) -> int:
    """List the private voices, or change whose one is."""
    require_accounts()
    if arguments.change == "list":
        return _list(as_json=arguments.json)
    _work(lambda session: _change(session, arguments))
    if not _is_installed(arguments.voice):
        told = (
            f"提示：音色“{arguments.voice}”尚未安装。 hint: the voice {arguments.voice!r} is not installed."
        )
        print(told, file=sys.stderr)
    print(arguments.voice)
    return 0


def _list(*, as_json: bool) -> int:
    from huisheng.server.accounts.private_voices import list_private

    rows = [{"voice": each.voice, "accounts": list(each.owners)} for each in _work(list_private)]
    if as_json:
        print(json.dumps(rows, ensure_ascii=False, indent=2))
        return 0
    for row in rows:
        print(row["voice"], ",".join(row["accounts"]), sep="\t")
    return 0


def _change(session: Any, arguments: argparse.Namespace) -> None:  # noqa: ANN401 (only the server knows SQLAlchemy)
    """Hide, publish, give or take back a voice.

    Raises:
        AccountNotFound: there is no such account.
        RequestError: the account does not have the voice.
    """
    from huisheng.server.accounts import private_voices
    from huisheng.server.accounts.audit import SYSTEM
    from huisheng.server.admin.repository import find_account_by_name
    from huisheng.server.clock import utc_now

    voice, reason, now = arguments.voice, arguments.reason, utc_now()
    if arguments.change not in _OF_ACCOUNT:
        change = private_voices.hide if arguments.change == "hide" else private_voices.publish
        change(session, SYSTEM, voice, reason, now)
        return
    account_id = find_account_by_name(session, arguments.account).id
    if arguments.change == "grant":
        private_voices.grant(session, SYSTEM, voice, account_id, reason, now)
    elif not private_voices.revoke(session, SYSTEM, voice, account_id, reason, now):
        raise RequestError(
            f"账户没有专属音色“{voice}”，见 huisheng accounts voice list。",
            f"The account does not own {voice!r}; see huisheng accounts voice list.",
        )


def _is_installed(voice: str) -> bool:
    from huisheng.engines import make_engine

    try:
        make_engine().capabilities.find(voice)
    except UnknownVoice:
        return False
    return True


def _work(work: Callable[[Any], Any]) -> Any:  # noqa: ANN401 (only the server knows SQLAlchemy)
    with open_database() as database:
        from huisheng.server.database import migrating

        migrating.require_current(database)
        with database.writing() as session:
            return work(session)


VOICE: Final = Action(_add_voice, _run)
