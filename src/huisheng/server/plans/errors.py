"""Refusals by plans. `huisheng.server.errors` maps them to statuses."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from huisheng.errors import RequestError, SetupError


class PlanFault(NamedTuple):
    """One mistake in a plan file.

    Attributes:
        line: where it stands, from 1; 0 where it belongs to no line.
        key: dotted path of the key, empty where there is none.
        reason: Chinese, what is wrong and what to do, without a full stop.
        english: the same in English.
    """

    line: int
    key: str
    reason: str
    english: str

    @property
    def message(self) -> str:
        """Line, key and reason in Chinese."""
        place = f"第 {self.line} 行" if self.line else ""
        return f"{' '.join(part for part in (place, self.key) if part)}：{self.reason}".lstrip("：")

    @property
    def english_message(self) -> str:
        """The same in English."""
        place = f"line {self.line}" if self.line else ""
        return f"{', '.join(part for part in (place, self.key) if part)}: {self.english}".lstrip(": ")


class PlanFileError(SetupError):
    """The plan file is missing, or has mistakes, each with its line and reason.

    Args:
        file: as the operator named it.
        faults: at least one.
    """

    code = "plan_file"

    def __init__(self, file: str, faults: Sequence[PlanFault]) -> None:
        super().__init__(
            f"套餐文件 {file} 有误。{'；'.join(fault.message for fault in faults)}。",
            f"The plan file {file} is wrong. {'; '.join(fault.english_message for fault in faults)}.",
        )
        self.file = file
        self.faults = tuple(faults)


class UnknownProduct(RequestError):
    """Nothing of this name is sold; `known` lists what is."""

    code = "unknown_product"
    parameter = "product"

    def __init__(self, product: str, known: Sequence[str]) -> None:
        super().__init__(
            f"没有名为“{product}”的商品，可购买：{'、'.join(known)}。",
            f"There is no product {product!r}. On sale: {', '.join(known)}.",
        )
        self.known = tuple(known)


class UnknownZone(RequestError):
    """No time zone has this name."""

    code = "unknown_zone"
    parameter = "zone"

    def __init__(self, zone: str) -> None:
        super().__init__(
            f"没有名为“{zone[:40]}”的时区，请写成 Asia/Shanghai 的形式。",
            f"There is no time zone {zone[:40]!r}; write one such as Asia/Shanghai.",
        )
