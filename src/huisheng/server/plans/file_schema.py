"""What a plan file may hold: models of its tables, and what is said about a mistake.

Strict: unknown keys, wrong types and floats are refused.
"""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated, Final, Literal, Self, TypeVar

from limits import parse_many
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PositiveInt,
    model_validator,
)
from pydantic_core import PydanticCustomError

from huisheng.audio.encoding import FORMATS
from huisheng.server.plans.calendar import DEFAULT_ZONE, parse_zone
from huisheng.server.plans.catalogue import Meter
from huisheng.server.plans.errors import UnknownZone

_T = TypeVar("_T")

_YUAN: Final = re.compile(r"(\d{1,8})(?:\.(\d{1,2}))?", re.ASCII)

REASONS: Final = {
    "price_float": '价格不能是浮点数（有误差），请写成 price = "19.90"，或整数的分 price_fen = 1990',
    "price_number": '请写成 price = "19.90"，或整数的分 price_fen = 1990',
    "price_text": '价格应为元，最多两位小数，如 "19.90"',
    "price_once": "price 与 price_fen 必须写一个，且只能写一个",
    "zone": "没有这个时区，请写成 Asia/Shanghai 的形式",
    "rate": "频率请写成 60/minute，几个用分号分隔",
    "format": f"没有这种音频格式，可用：{'、'.join(FORMATS)}",
    "missing": "缺少这一项",
    "extra_forbidden": "不认识这一项，请检查拼写",
    "string_type": "应为带引号的文本",
    "string_too_short": "不能为空",
    "string_too_long": "太长",
    "string_pattern_mismatch": "只能用小写字母、数字和连字符，以字母开头，最多 40 个字符",
    "int_type": "应为整数，不带小数点和引号",
    "bool_type": "应为 true 或 false",
    "tuple_type": "应为方括号中的列表",
    "dict_type": "应为表",
    "model_type": "应为表",
    "date_type": "应为日期，不带引号，如 2026-07-01",
    "literal_error": "不在可选值之中",
    "greater_than": "太小",
    "greater_than_equal": "太小",
    "less_than_equal": "太大",
    "too_short": "不能为空",
}
"""Kind of fault, ours or pydantic's → Chinese. The English stands where it is found, or is pydantic's."""


class _Table(BaseModel):
    model_config = ConfigDict(strict=True, frozen=True, extra="forbid")


def _parse_yuan(value: object) -> int:
    """Fen, from yuan in quotes."""
    match value:
        case float():
            raise PydanticCustomError(
                "price_float",
                'a float cannot hold a price exactly; write price = "19.90", or price_fen = 1990',
            )
        case int():
            raise PydanticCustomError("price_number", 'write price = "19.90", or price_fen = 1990')
        case str() if found := _YUAN.fullmatch(value):
            return int(found[1]) * 100 + int((found[2] or "").ljust(2, "0"))
        case _:
            raise PydanticCustomError("price_text", 'a price is in yuan, with two decimals at most: "19.90"')


def _refuse_float(value: object) -> object:
    return _parse_yuan(value) if isinstance(value, float) else value


def _check_zone(name: str) -> str:
    try:
        parse_zone(name)
    except UnknownZone as error:
        raise PydanticCustomError("zone", "there is no such time zone; write Asia/Shanghai") from error
    return name


def _check_rate(rate: str) -> str:
    try:
        is_rate = all(limit.amount for limit in parse_many(rate))
    except ValueError:
        is_rate = False
    if not is_rate:
        raise PydanticCustomError("rate", "write a rate as 60/minute, several with semicolons")
    return rate


def _check_format(name: str) -> str:
    if name not in FORMATS:
        raise PydanticCustomError("format", "no such audio format")
    return name


def _require_one(items: tuple[_T, ...]) -> tuple[_T, ...]:
    """After the items: pydantic's own check of lengths counts those that are valid."""
    if not items:
        raise PydanticCustomError("too_short", "write at least one")
    return items


_Id = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,39}$")]
_Line = Annotated[str, Field(min_length=1, max_length=200)]
_Fen = Annotated[int, Field(gt=0, le=10**10)]
_Amount = Annotated[int, Field(gt=0, le=10**12)]
_Day = Annotated[int, Field(ge=0, le=60)]
_Days = Annotated[tuple[_Day, ...], Field(strict=False)]
_Some = Annotated[tuple[_T, ...], Field(strict=False), AfterValidator(_require_one)]
_Format = Annotated[str, AfterValidator(_check_format)]


class Words(_Table):
    """The same in Chinese and English."""

    zh: _Line
    en: _Line


class LimitsTable(_Table):
    """What a plan may use; what is not written is not limited."""

    concurrency: PositiveInt | None = None
    rate: Annotated[str, AfterValidator(_check_rate)] | None = None
    text_limit: PositiveInt | None = None
    formats: _Some[_Format] | None = None
    voices: _Some[_Line] | None = None
    custom_voice: bool = False


class FreeVersion(_Table):
    """A version of the free plan: allowances of a day."""

    effective: date
    allowances: Annotated[dict[Meter, _Amount], Field(min_length=1)]
    limits: LimitsTable = LimitsTable()
    digest: str = ""


class SubscriptionVersion(FreeVersion):
    """A version of a subscription: allowances of a month."""

    price: Annotated[_Fen, BeforeValidator(_parse_yuan)] | None = None
    price_fen: Annotated[_Fen, BeforeValidator(_refuse_float)] | None = None

    @model_validator(mode="after")
    def _check_price(self) -> Self:
        if (self.price is None) == (self.price_fen is None):
            raise PydanticCustomError("price_once", "write either price or price_fen, once")
        return self


class PackVersion(SubscriptionVersion):
    """A version of a pack: allowances given once, for some days."""

    valid_days: Annotated[int, Field(gt=0, le=3660)]


class _ProductTable(_Table):
    name: Words
    description: Words | None = None


class FreeTable(_ProductTable):
    """The plan that every account has."""

    versions: _Some[FreeVersion]


class PackTable(_ProductTable):
    """Bought once."""

    versions: _Some[PackVersion]


class SubscriptionTable(_ProductTable):
    """Bought for a month and renewed."""

    versions: _Some[SubscriptionVersion]


class RenewalTable(_Table):
    """See `RenewalRules`."""

    remind_days: _Days = (7, 3, 1)
    grace_days: _Day = 3
    dunning_days: _Days = (0, 1, 3)


class SellerTable(_Table):
    """See `Seller`."""

    name: _Line
    tax_id: _Line = ""
    address: _Line = ""
    phone: _Line = ""
    email: _Line = ""
    tax_percent: Annotated[int, Field(strict=True, ge=0, le=20)] | None = None


class PlanFile(_Table):
    """The whole file; `schema` is the version of this form."""

    schema_version: Annotated[Literal[1], Field(alias="schema")]
    zone: Annotated[str, AfterValidator(_check_zone)] = DEFAULT_ZONE
    renewal: RenewalTable = RenewalTable()
    seller: SellerTable | None = None
    free: FreeTable
    packs: dict[_Id, PackTable] = {}
    subscriptions: dict[_Id, SubscriptionTable] = {}
