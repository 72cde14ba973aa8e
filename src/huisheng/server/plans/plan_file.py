"""The plan file: TOML that an operator writes, read and checked, as a `Catalogue`."""

from __future__ import annotations

import hashlib
import json
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import asdict, replace
from datetime import datetime
from importlib import resources
from itertools import pairwise
from pathlib import Path
from typing import Final, NamedTuple

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from huisheng.server.plans.calendar import day_interval, parse_zone
from huisheng.server.plans.catalogue import (
    FREE,
    METERS,
    Allowance,
    Catalogue,
    LocalizedText,
    PlanLimits,
    PriceVersion,
    Product,
    ProductKind,
    RenewalRules,
    Seller,
)
from huisheng.server.plans.errors import PlanFault, PlanFileError
from huisheng.server.plans.file_schema import (
    REASONS,
    FreeTable,
    FreeVersion,
    LimitsTable,
    PackTable,
    PackVersion,
    PlanFile,
    SubscriptionTable,
    SubscriptionVersion,
    Words,
)
from huisheng.server.plans.source_lines import KeyPath, key_lines, line_of, syntax_line

PACKAGED: Final = "plans.toml"
"""The file that comes with the program."""

LARGEST: Final = 256 * 1024
"""Bytes of a plan file."""

_MOST_FAULTS: Final = 5
_DIGEST_LENGTH: Final = 16

_LONGEST_PATH: Final = 80
_SYNTAX: Final = "不是正确的 TOML，请检查引号、括号与等号"


class _Entry(NamedTuple):
    """A product in the file."""

    path: KeyPath
    kind: ProductKind
    table: FreeTable | PackTable | SubscriptionTable

    @property
    def id(self) -> str:
        """The last key of its path."""
        return str(self.path[-1])


class _Mistake(NamedTuple):
    """What is wrong at a place, in Chinese and English, without full stops."""

    path: KeyPath
    reason: str
    english: str


def load_plans(path: Path | None, now: datetime) -> Catalogue:
    """What is sold.

    Args:
        path: of the operator's file; None for the one that comes with the program.
        now: decides which versions are in force, and so may not be changed any more.

    Raises:
        PlanFileError: the file cannot be read or has mistakes.
    """
    if path is None:
        packaged = resources.files("huisheng.server.plans").joinpath(PACKAGED)
        return parse_plans(packaged.read_text(encoding="utf-8"), PACKAGED, now)
    return parse_plans(_read(path), str(path), now)


def parse_plans(source: str, file: str, now: datetime) -> Catalogue:
    """A catalogue from the text of a plan file.

    Args:
        source: TOML.
        file: its name, for messages.
        now: see `load_plans`.

    Raises:
        PlanFileError: it has mistakes; the first few of them.
    """
    try:
        document = tomllib.loads(source)
    except tomllib.TOMLDecodeError as error:
        fault = PlanFault(syntax_line(error, source), "", _SYNTAX, f"this is no TOML: {error}")
        raise PlanFileError(file, [fault]) from error
    try:
        tables = PlanFile.model_validate(document)
    except ValidationError as error:
        raise PlanFileError(file, _place(map(_mistake, error.errors()), source)) from error
    catalogue = _catalogue(tables)
    if faults := _place((*_order_mistakes(tables), *_digest_mistakes(tables, catalogue, now)), source):
        raise PlanFileError(file, faults)
    return catalogue


def _read(path: Path) -> str:
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST + 1)
    except OSError as error:
        reason = f"无法读取（{error.strerror}），请检查 HUISHENG_PLANS"
        english = f"it cannot be read ({error.strerror}); check HUISHENG_PLANS"
        raise PlanFileError(str(path), [PlanFault(0, "", reason, english)]) from error
    if len(content) > LARGEST:
        size = f"{LARGEST // 1024} KB"
        raise PlanFileError(str(path), [PlanFault(0, "", f"超过 {size}", f"it is over {size}")])
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        fault = PlanFault(line, "", "不是 UTF-8 编码，请另存为 UTF-8", "this is no UTF-8; save it as UTF-8")
        raise PlanFileError(str(path), [fault]) from error


def _place(mistakes: Iterable[_Mistake], source: str) -> list[PlanFault]:
    """The first few mistakes with their lines, in the order of the file."""
    found = list(mistakes)
    lines = key_lines(source) if found else {}
    faults = [
        PlanFault(line_of(path, lines), _write_path(path), reason, english) for path, reason, english in found
    ]
    return sorted(faults, key=lambda fault: fault.line)[:_MOST_FAULTS]


def _write_path(path: KeyPath) -> str:
    """`packs.small.versions[0].price`, of printable characters."""
    written = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)
    return ascii(written.lstrip("."))[1:-1][:_LONGEST_PATH]


def _mistake(error: ErrorDetails) -> _Mistake:
    """A mistake that a model has found."""
    path = tuple(part for part in error["loc"] if part != "[key]")
    reason = REASONS.get(error["type"], "值不正确")
    if error["type"] == "literal_error":
        reason += f"：{error.get('ctx', {}).get('expected', '').replace(' or ', '、')}"
    english = error["msg"]
    return _Mistake(path, reason, english[:1].lower() + english[1:])


def _order_mistakes(tables: PlanFile) -> Iterator[_Mistake]:
    """Ids, days and versions that contradict each other."""
    renewal = tables.renewal
    if list(renewal.remind_days) != sorted(set(renewal.remind_days), reverse=True):
        yield _Mistake(
            ("renewal", "remind_days"),
            "天数须从多到少排列，不能重复",
            "write days from most to fewest, each once",
        )
    dunning = renewal.dunning_days
    if list(dunning) != sorted(set(dunning)) or max(dunning, default=0) > renewal.grace_days:
        yield _Mistake(
            ("renewal", "dunning_days"),
            "天数须从少到多排列，不能重复，不能超过 grace_days",
            "write days from fewest to most, each once, none above grace_days",
        )
    taken: set[str] = set()
    for entry in _products(tables):
        if entry.id in taken:
            yield _Mistake(entry.path, "这个名称已被使用，请换一个", "this id is taken; choose another")
        taken.add(entry.id)
        yield from _version_order_mistakes(entry)


def _version_order_mistakes(entry: _Entry) -> Iterator[_Mistake]:
    for index, (before, after) in enumerate(pairwise(entry.table.versions), start=1):
        if after.effective <= before.effective:
            yield _Mistake(
                (*entry.path, "versions", index, "effective"),
                "版本须按 effective 从早到晚排列，日期不能相同",
                "order versions by effective, earliest first, each on a day of its own",
            )


def _digest_mistakes(tables: PlanFile, catalogue: Catalogue, now: datetime) -> Iterator[_Mistake]:
    """Versions without digest, and those that were changed after it was written."""
    for entry, product in zip(_products(tables), catalogue.products, strict=True):
        pairs = zip(entry.table.versions, product.versions, strict=True)
        for index, (written, version) in enumerate(pairs):
            if written.digest != version.digest:
                reason, english = _digest_reason(written.digest, version, now)
                yield _Mistake((*entry.path, "versions", index, "digest"), reason, english)


def _digest_reason(written: str, version: PriceVersion, now: datetime) -> tuple[str, str]:
    line = f'digest = "{version.digest}"'
    if not written:
        return (
            f"{version.id} 的版本缺少 digest；请核对价格、额度与限制，再写入 {line}",
            f"version {version.id} has no digest; check its price, allowances and limits, then write {line}",
        )
    if version.starts_at > now:
        return (
            f"{version.id} 的版本尚未生效，内容有改动；请核对后写入 {line}",
            f"version {version.id} was changed before its day; check it, then write {line}",
        )
    return (
        f"{version.id} 的版本已经生效，价格、额度与限制不能再改；请恢复原样，另加一个 effective 更晚的版本",
        f"version {version.id} is in force, so its price, allowances and limits must stay; restore them and "
        "add a version with a later effective",
    )


def _products(tables: PlanFile) -> Iterator[_Entry]:
    """Every product with its place in the file: the free plan, packs, subscriptions."""
    yield _Entry((FREE,), "free", tables.free)
    yield from (_Entry(("packs", name), "pack", table) for name, table in tables.packs.items())
    for name, table in tables.subscriptions.items():
        yield _Entry(("subscriptions", name), "subscription", table)


def _catalogue(tables: PlanFile) -> Catalogue:
    products = tuple(
        Product(
            id=entry.id,
            kind=entry.kind,
            name=_words(entry.table.name),
            description=_words(entry.table.description),
            versions=tuple(_version(entry.id, version, tables) for version in entry.table.versions),
        )
        for entry in _products(tables)
    )
    renewal = RenewalRules(**tables.renewal.model_dump())
    seller = Seller(**tables.seller.model_dump()) if tables.seller else Seller()
    return Catalogue(tables.zone, renewal, products, seller)


def _words(words: Words | None) -> LocalizedText:
    return LocalizedText(words.zh, words.en) if words else LocalizedText("", "")


def _version(product: str, table: FreeVersion, tables: PlanFile) -> PriceVersion:
    price = (table.price or table.price_fen or 0) if isinstance(table, SubscriptionVersion) else 0
    version = PriceVersion(
        effective=table.effective,
        starts_at=day_interval(table.effective, parse_zone(tables.zone)).start,
        price_fen=price,
        allowances=tuple(
            Allowance(meter, table.allowances[meter]) for meter in METERS if meter in table.allowances
        ),
        valid_days=table.valid_days if isinstance(table, PackVersion) else 0,
        limits=_limits(table.limits),
        digest="",
    )
    return replace(version, digest=_digest(product, version))


def _limits(table: LimitsTable) -> PlanLimits:
    return PlanLimits(**table.model_dump(exclude_none=True))


def _digest(product: str, version: PriceVersion) -> str:
    """First digits of the SHA-256 of what a version promises, in a form of JSON that never varies.

    Limits that a version does not have are left out, so that a new kind of limit changes no old digest.
    """
    limits = asdict(version.limits)
    promise = {
        "product": product,
        "effective": version.id,
        "price_fen": version.price_fen,
        "allowances": {allowance.meter: allowance.amount for allowance in version.allowances},
        "valid_days": version.valid_days,
        "limits": {name: limits[name] for name, none in asdict(PlanLimits()).items() if limits[name] != none},
    }
    written = json.dumps(promise, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(written.encode()).hexdigest()[:_DIGEST_LENGTH]
