"""`huisheng license issue|verify|install|show`: private licences, signed and checked offline."""

from __future__ import annotations

import argparse
import secrets
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from huisheng.cli.commands import Action
from huisheng.cli.extras import require_signatures

if TYPE_CHECKING:
    from huisheng.licensing.installation import Installation
    from huisheng.licensing.license import License
    from huisheng.licensing.status import LicenseStatus

FAILED: Final = 1
STANDARD_OUTPUT: Final = Path("-")
_NEEDED: Final = ("key", "customer", "to")
"""Options without which nothing can be issued."""
_STOPPED: Final = frozenset({"tampered", "expired"})
"""States that `show` fails with."""

_STATES: Final = {
    "none": "未安装 none",
    "valid": "有效 valid",
    "expiring": "即将到期 expiring",
    "grace": "宽限期 grace",
    "expired": "已到期 expired",
    "tampered": "不能使用 tampered",
    "not_yet_valid": "尚未生效 not yet valid",
    "clock_set_back": "系统时间被调回 clock set back",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of the command without an action, which shows."""
    parser.add_argument("--json", action="store_true", help="JSON")


def run(arguments: argparse.Namespace) -> int:
    """Show the installed licence."""
    return _show(arguments)


def _add_terms(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--new-key", type=Path, metavar="FILE", help="新建签发密钥，公钥写入 FILE.pub new key"
    )
    parser.add_argument("--key", type=Path, metavar="FILE", help="签发密钥 private key")
    parser.add_argument("--customer", help="客户名称 customer")
    parser.add_argument("--plan", default="private", help="套餐，默认 private plan")
    parser.add_argument("--seats", type=int, default=1, help="席位数，默认 1 seats")
    parser.add_argument("--nodes", type=int, default=1, help="节点数，默认 1 nodes")
    parser.add_argument(
        "--feature",
        action="append",
        metavar="NAME",
        help="功能，可指定多次，默认 all features, all by default",
    )
    parser.add_argument("--from", dest="begin", type=_day, metavar="DATE", help="首日，默认今天 first day")
    parser.add_argument("--to", type=_day, metavar="DATE", help="末日 last day")
    parser.add_argument(
        "--upkeep", type=_day, metavar="DATE", help="升级服务的末日，默认同 --to last of upkeep"
    )
    parser.add_argument("--serial", default="", help="编号，默认随机 serial, random by default")
    parser.add_argument(
        "--out", type=Path, default=STANDARD_OUTPUT, metavar="FILE", help="默认标准输出 standard output"
    )
    parser.set_defaults(refuse=parser.error)


def _add_checked(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, metavar="FILE", help="许可证 licence")
    parser.add_argument(
        "--key", type=Path, metavar="FILE", help="签发者的公钥，默认本安装信任的公钥 the issuer's public key"
    )


def _issue(arguments: argparse.Namespace) -> int:
    """Print or write a signed licence; with --new-key make the key alone."""
    require_signatures()
    if arguments.new_key is not None:
        return _create_key(arguments.new_key)
    missing = [f"--{name}" for name in _NEEDED if getattr(arguments, name) is None]
    if missing:
        arguments.refuse(f"缺少 missing: {', '.join(missing)}")
    from huisheng.cli.files import whole_file
    from huisheng.licensing.keys import key_id, read_private_key
    from huisheng.licensing.signing import sign

    key = read_private_key(arguments.key)
    content = sign(_make_license(arguments, key_id(key.public_key())), key)
    if arguments.out == STANDARD_OUTPUT:
        sys.stdout.write(content)
        return 0
    with whole_file(arguments.out) as file:
        file.write(content)
    print(arguments.out)
    return 0


def _create_key(path: Path) -> int:
    from huisheng.licensing.keys import create_key

    public, name = create_key(path)
    print(
        f"已新建签发密钥 {name}。请妥善保管 {path}，不要发送给任何人；{public} 随许可证或发行版一起提供。\n"
        f"Made key {name}. Keep {path} to yourself; {public} goes with licences or into your distribution.",
        file=sys.stderr,
    )
    print(public)
    return 0


def _make_license(arguments: argparse.Namespace, key: str) -> License:
    """The licence that the options describe, to be signed by the key of this name.

    Raises:
        LicenseError: the terms contradict each other, or one is wrong.
    """
    from huisheng.licensing.license import ALL, FORMAT, make_license

    now = datetime.now(UTC).replace(microsecond=0)
    return make_license(
        format=FORMAT,
        key=key,
        serial=arguments.serial or f"HS-{now:%Y%m%d}-{secrets.token_hex(4)}",
        customer=arguments.customer,
        plan=arguments.plan,
        seats=arguments.seats,
        nodes=arguments.nodes,
        features=tuple(arguments.feature or (ALL,)),
        term_from=arguments.begin or now.date(),
        term_to=arguments.to,
        upkeep_until=arguments.upkeep or arguments.to,
        issued_at=now,
    )


def _verify(arguments: argparse.Namespace) -> int:
    """Check a file's signature and form, and print what it says; its term is not judged."""
    require_signatures()
    from huisheng.licensing.files import read_small
    from huisheng.licensing.keys import read_public_key, trust
    from huisheng.licensing.signing import verify

    keys = _installation().keys() if arguments.key is None else trust(read_public_key(arguments.key))
    print("\n".join(_terms(verify(read_small(arguments.file), keys))))
    return 0


def _install(arguments: argparse.Namespace) -> int:
    require_signatures()
    from huisheng.licensing.files import read_small

    installation = _installation()
    installation.install(read_small(arguments.file), datetime.now(UTC), arguments.key)
    return _print(installation.status(datetime.now(UTC)))


def _show(arguments: argparse.Namespace) -> int:
    """Print the state, the terms, and what the operator should know; 1 where the licence cannot be used."""
    require_signatures()
    status = _installation().status(datetime.now(UTC))
    if not arguments.json:
        return _print(status)
    from huisheng.licensing.report import make_report

    print(make_report(status).model_dump_json(indent=2))
    return FAILED if status.state in _STOPPED else 0


def _print(status: LicenseStatus) -> int:
    print(f"状态 state\t{_STATES[status.state]}")
    if status.license:
        print("\n".join(_terms(status.license)))
        print(f"剩余天数 days left\t{status.days_left}")
    for notice in status.messages:
        print(f"{notice.message} {notice.english}", file=sys.stderr)
    return FAILED if status.state in _STOPPED else 0


def _terms(found: License) -> Iterator[str]:
    """A term a line."""
    yield f"编号 serial\t{found.serial}"
    yield f"客户 customer\t{found.customer}"
    yield f"套餐 plan\t{found.plan}"
    yield f"席位 seats\t{found.seats}"
    yield f"节点 nodes\t{found.nodes}"
    yield f"功能 features\t{'、'.join(found.features)}"
    yield f"期限 term\t{found.term_from} – {found.term_to}"
    yield f"升级服务 upkeep until\t{found.upkeep_until}"
    yield f"签发 issued\t{found.issued_at:%Y-%m-%d %H:%M:%S} UTC"


def _installation() -> Installation:
    from huisheng.licensing.installation import Installation
    from huisheng.voice.store import home

    return Installation.at(home())


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError("应为日期，如 2027-01-31 expected a date") from error


ACTIONS: Final = {
    "issue": Action(_add_terms, _issue),
    "verify": Action(_add_checked, _verify),
    "install": Action(_add_checked, _install),
    "show": Action(add_arguments, run),
}
