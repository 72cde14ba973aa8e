"""Sentences that were never said before: no cache can answer them.

Four lists of phrases make some twenty thousand sentences of 20 characters, of which longer texts are joined.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator
from typing import Final

LENGTHS: Final = (5, 20, 50, 100)
"""Characters, marks included."""

JUDGED: Final = 20
"""Characters of the texts that most is measured with."""

_SEED: Final = 7

_TIMES: Final = (
    *("今天早上", "昨天下午", "上个周末", "每天傍晚", "吃过晚饭", "天刚亮时"),
    *("放学以后", "下雨之前", "国庆假期", "中秋前夜", "开会之后", "临走之前"),
)
_PEOPLE: Final = (
    *("王老师", "李医生", "小姑娘", "老爷爷", "张师傅", "赵阿姨"),
    *("我妹妹", "他哥哥", "陈同学", "老朋友", "小伙子", "刘经理"),
)
_PLACES: Final = (
    *("在图书馆里", "在公园门口", "在河边树下", "在学校操场", "在自家阳台", "在车站旁边"),
    *("在厨房窗前", "在医院楼下", "在社区花园", "在山脚村口", "在老城茶馆", "在海边沙滩"),
)
_DEEDS: Final = (
    *("读完了一本书", "唱起了一首歌", "遇见了老同学", "画好了两幅画", "等来了好消息", "拍了几张照片"),
    *("收到了一封信", "煮好了一壶茶", "讲起了老故事", "种下了几棵树", "看见了大彩虹", "修好了自行车"),
)
_FEW: Final = ("大家", "我们", "你们", "他们", "孩子", "老师", "朋友", "客人", "妈妈", "爸爸", "同学", "邻居")
_DONE: Final = (
    "来了",
    "走了",
    "笑了",
    "懂了",
    "到了",
    "睡了",
    "醒了",
    "饿了",
    "回家",
    "出门",
    "跑步",
    "做饭",
)


def texts(length: int) -> Iterator[str]:
    """All different, in an order that is always the same.

    Args:
        length: one of `LENGTHS`.
    """
    sentences = _shuffle(
        f"{time}，{person}{place}{deed}。"
        for time, person, place, deed in itertools.product(_TIMES, _PEOPLE, _PLACES, _DEEDS)
    )
    short = _shuffle(f"{person}{deed}。" for person, deed in itertools.product(_PEOPLE, _DEEDS))
    made = {
        5: _shuffle(f"{few}{done}。" for few, done in itertools.product(_FEW, _DONE)),
        20: sentences,
        50: ("".join(three) for three in zip(sentences, sentences, itertools.cycle(short), strict=False)),
        100: ("".join(five) for five in zip(*[sentences] * 5, strict=False)),
    }
    return iter(made[length])


def _shuffle(made: Iterator[str]) -> Iterator[str]:
    listed = list(made)
    random.Random(_SEED).shuffle(listed)
    return iter(listed)
