"""`huisheng plans check|show`: the plan file."""

from __future__ import annotations

import argparse
import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from huisheng.cli.commands import Action
from huisheng.cli.extras import read_settings, require_server

if TYPE_CHECKING:
    from huisheng.server.plans.catalogue import Catalogue, PlanLimits, PriceVersion, Product

_FAILED: Final = 1
_EVERY: Final = {"free": "每天 a day", "pack": "一次 once", "subscription": "每月 a month"}
_UNITS: Final = {"calls": "次 calls", "characters": "字 characters", "seconds": "秒 seconds"}


def add_arguments(_: argparse.ArgumentParser) -> None:
    """Declare nothing: it has actions alone."""


def run(_: argparse.Namespace) -> int:
    """Without an action: what `show` prints."""
    return _show(argparse.Namespace(file=None, json=False))


def _add_file(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "file",
        nargs="?",
        type=Path,
        metavar="FILE",
        help="默认 HUISHENG_PLANS 或内置的文件 by default HUISHENG_PLANS, else the packaged file",
    )


def _add_shown(parser: argparse.ArgumentParser) -> None:
    _add_file(parser)
    parser.add_argument("--json", action="store_true", help="以 JSON 输出 print JSON")


def _check(arguments: argparse.Namespace) -> int:
    """Every mistake with its line, or one line that says that there is none."""
    require_server()
    from huisheng.server.plans.errors import PlanFileError

    try:
        catalogue = _load(arguments.file)
    except PlanFileError as error:
        for fault in error.faults:
            print(f"{error.file}: {fault.message}\n{error.file}: {fault.english_message}", file=sys.stderr)
        return _FAILED
    versions = sum(len(product.versions) for product in catalogue.products)
    print(f"正确 valid: {len(catalogue.products)} 个商品 products, {versions} 个版本 versions")
    return 0


def _show(arguments: argparse.Namespace) -> int:
    """What is sold now, and versions to come."""
    require_server()
    catalogue = _load(arguments.file)
    if arguments.json:
        print(json.dumps(_catalogue_row(catalogue), ensure_ascii=False, indent=1))
        return 0
    for product in catalogue.products:
        print(f"{product.id}\t{product.name.zh} {product.name.en}")
        for version in product.versions:
            print(f"  {_version_line(product, version)}")
    return 0


def _load(file: Path | None) -> Catalogue:
    from huisheng.server.plans.plan_file import load_plans

    return load_plans(file or read_settings().plans, datetime.now(UTC))


def _catalogue_row(catalogue: Catalogue) -> dict[str, Any]:
    from dataclasses import asdict

    now = datetime.now(UTC)
    return {
        "zone": catalogue.zone,
        "renewal": asdict(catalogue.renewal),
        "products": [
            {
                "id": product.id,
                "kind": product.kind,
                "name": asdict(product.name),
                "description": asdict(product.description),
                "versions": [
                    _version_row(version, is_current=version == product.version_at(now))
                    for version in product.versions
                ],
            }
            for product in catalogue.products
        ],
    }


def _version_row(version: PriceVersion, *, is_current: bool) -> dict[str, Any]:
    from dataclasses import asdict

    return {
        "effective": version.id,
        "current": is_current,
        "price_fen": version.price_fen,
        "allowances": {allowance.meter: allowance.amount for allowance in version.allowances},
        "valid_days": version.valid_days or None,
        "limits": asdict(version.limits),
        "digest": version.digest,
    }


def _version_line(product: Product, version: PriceVersion) -> str:
    from huisheng.server.plans.catalogue import format_yuan

    amounts = ", ".join(f"{each.amount:,} {_UNITS[each.meter]}" for each in version.allowances)
    term = f", {version.valid_days} 天 days" if version.valid_days else ""
    price = format_yuan(version.price_fen)
    return f"{version.id}\t{price}\t{_EVERY[product.kind]}\t{amounts}{term}\t{_limits_text(version.limits)}"


def _limits_text(limits: PlanLimits) -> str:
    shown = (
        f"并发 concurrency {limits.concurrency}" if limits.concurrency else "",
        f"频率 rate {limits.rate}" if limits.rate else "",
        f"字数 text {limits.text_limit:,}" if limits.text_limit else "",
        f"格式 formats {' '.join(limits.formats)}" if limits.formats else "",
        f"音色 voices {' '.join(limits.voices)}" if limits.voices else "",
        "自有音色 custom voice" if limits.custom_voice else "",
    )
    return ", ".join(filter(None, shown))


ACTIONS: Final = {"check": Action(_add_file, _check), "show": Action(_add_shown, _show)}
