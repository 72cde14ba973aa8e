"""Stretches whose kind an author names: what they say, and what does not fit."""

from __future__ import annotations

from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huisheng.text.markup.script import SayAsKind
from huisheng.text.normalization.say_as import say_as
from huisheng.text.normalization.token import TokenKind

KINDS: tuple[SayAsKind, ...] = get_args(SayAsKind)
LAYOUTS = ["", "mdy", "dmy", "ymd", "ydm", "md", "dm", "ym", "my", "y", "m", "d", "hms12", "hms24", "ymx"]


def say(text: str, kind: SayAsKind, layout: str = "") -> str | None:
    spoken = say_as(text, kind, layout)
    return spoken[0] if spoken else None


@pytest.mark.parametrize(
    ("kind", "written", "spoken"),
    [
        ("cardinal", "1234", "一千二百三十四"),
        ("cardinal", "-3.5", "负三点五"),
        ("cardinal", "1,234,567", "一百二十三万四千五百六十七"),
        ("cardinal", "１２", "十二"),
        ("ordinal", "3", "第三"),
        ("ordinal", "第3", "第三"),
        ("ordinal", "3rd", "第三"),
        ("digits", "101", "一零一"),
        ("digits", "12 345-6", "一二 三四五 六"),
        ("digits", "3.14", "三点一四"),
        ("telephone", "13812345678", "幺三八 幺二三四 五六七八"),
        ("telephone", "010-12345678", "零幺零 幺二三四 五六七八"),
        ("telephone", "110", "幺幺零"),
        ("telephone", "62781234转12", "六二七八幺二三四 转 幺二"),
        ("fraction", "3/4", "四分之三"),
        ("fraction", "1 1/2", "一又二分之一"),
        ("fraction", "½", "二分之一"),
        ("score", "3:2", "三比二"),
        ("score", "21-15", "二十一比十五"),
        ("time", "2:30", "两点三十分"),
        ("time", "2:30pm", "下午两点三十分"),
        ("duration", "1:02:03", "一小时两分三秒"),
        ("duration", "2:30", "两分三十秒"),
        ("duration", "90s", "九十秒"),
        ("duration", "5m", "五分钟"),
        ("duration", "PT1H2M", "一小时两分"),
        ("duration", "P1DT2H", "一天两小时"),
        ("currency", "$5.20", "五点二美元"),
        ("currency", "5.20 USD", "五点二美元"),
        ("currency", "￥1,299", "一千二百九十九元"),
        ("unit", "5km/h", "五千米每小时"),
        ("unit", "-5℃", "零下五摄氏度"),
        ("unit", "50%", "百分之五十"),
        ("address", "12号楼3单元502室", "十二号楼三单元五零二室"),
        ("address", "A座1203，中山路8号", "A 座幺二零三 中山路八号"),
        ("name", "R2D2", "R 二 D 二"),
        ("name", "丁一", "丁一"),
        ("characters", "A1-b", "A 一 杠 B"),
        ("characters", "你好", "你 好"),
        ("characters", "x，+", "X 逗号 加号"),
    ],
)
def test_a_text_is_said_as_the_kind_that_is_named(kind: SayAsKind, written: str, spoken: str) -> None:
    assert say(written, kind) == spoken


@pytest.mark.parametrize(
    ("layout", "written", "spoken"),
    [
        ("mdy", "11/20/2026", "二零二六年十一月二十日"),
        ("dmy", "20.11.2026", "二零二六年十一月二十日"),
        ("ymd", "2026-11-20", "二零二六年十一月二十日"),
        ("ydm", "2026 20 11", "二零二六年十一月二十日"),
        ("ymd", "20261120", "二零二六年十一月二十日"),
        ("YMD", "26-1-2", "二六年一月二日"),
        ("md", "11/20", "十一月二十日"),
        ("dm", "20/11", "十一月二十日"),
        ("ym", "2026-11", "二零二六年十一月"),
        ("my", "11/2026", "二零二六年十一月"),
        ("y", "2026", "二零二六年"),
        ("m", "5", "五月"),
        ("d", "05", "五日"),
        ("", "2026/11/20", "二零二六年十一月二十日"),
        ("", "11-20", "十一月二十日"),
    ],
)
def test_a_date_is_said_in_the_usual_order_whatever_its_layout(
    layout: str, written: str, spoken: str
) -> None:
    assert say(written, "date", layout) == spoken


@pytest.mark.parametrize(
    ("kind", "written", "layout"),
    [
        ("cardinal", "十二个", ""),
        ("ordinal", "third", ""),
        ("digits", "a1", ""),
        ("telephone", "电话", ""),
        ("fraction", "3/0", ""),
        ("score", "三比二", ""),
        ("date", "13/5", "md"),
        ("date", "1/2/3/4", "ymd"),
        ("date", "明天", ""),
        ("time", "25:00", "hms24"),
        ("duration", "", ""),
        ("currency", "5", ""),
        ("unit", "5", ""),
        ("characters", " ", ""),
        ("expletive", "滚", ""),
    ],
)
def test_a_text_that_does_not_fit_its_kind_is_left_to_the_caller(
    kind: SayAsKind, written: str, layout: str
) -> None:
    assert say_as(written, kind, layout) is None


@pytest.mark.parametrize(
    ("kind", "written", "token"),
    [
        ("cardinal", "1", TokenKind.NUMBER),
        ("ordinal", "1", TokenKind.ORDINAL),
        ("telephone", "110", TokenKind.DIGITS),
        ("date", "2026-11-20", TokenKind.DATE),
        ("duration", "90s", TokenKind.TIME),
        ("currency", "$5", TokenKind.MONEY),
        ("unit", "5kg", TokenKind.UNIT),
        ("score", "3:2", TokenKind.FRACTION),
    ],
)
def test_each_kind_makes_its_own_kind_of_token(kind: SayAsKind, written: str, token: TokenKind) -> None:
    spoken = say_as(written, kind, "")

    assert spoken is not None
    assert spoken[1] is token


@given(
    st.text(st.characters(exclude_categories=())) | st.text("0123456789.:/-+ymdhsPT元$%，A你", max_size=12),
    st.sampled_from(KINDS),
    st.sampled_from(LAYOUTS),
)
def test_any_text_of_any_kind_is_said_without_digits_or_left(text: str, kind: SayAsKind, layout: str) -> None:
    spoken = say_as(text, kind, layout)

    assert spoken is None or (spoken[0] and not any(c in "0123456789" for c in spoken[0]))
