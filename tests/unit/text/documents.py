"""Texts with markup, made up by hypothesis, for the tests of everything that reads them."""

from __future__ import annotations

from typing import Final

from hypothesis import strategies as st

from huisheng.text.markup.script import MarkupVocabulary, Script, read

VOCABULARY: Final = MarkupVocabulary(
    emotions={"happy": ("happy", 1.0), "开心": ("happy", 1.0), "sad": ("sad", 1.0)},
    voices={"qinglan": "qinglan", "清岚": "qinglan"},
)

_LEAVES: Final = (
    *("你好", "银行行长", "女儿花儿", "一不", "2024年", "3.5%", "WHO", "hello", "𠮷", " ", "\n", "\r\n"),
    *("，", "。", "！？", "“", "”", "&amp;", "&#x884c;", "<![CDATA[好<&]]>", "<!-- 注 -->"),
    *(
        "<break/>",
        '<break time="0s"/>',
        '<break time="2s"/>',
        '<mark name="m"/>',
        "<w>研究生命</w>",
        "<w>3天</w>",
    ),
    *('<phoneme ph="hang2">行</phoneme>', '<phoneme alphabet="ipa" ph="təˈmeɪtoʊ">tomato</phoneme>'),
    *('<say-as interpret-as="digits">110</say-as>', '<say-as interpret-as="date">什么</say-as>'),
    *('<sub alias="世界卫生组织">WHO</sub>', '<sub alias="好。真的！好">OK</sub>', '<sub alias="世"/>'),
)
_TAGS: Final = (
    *("p", "s", 'prosody rate="slow" pitch="+2st"', "emphasis", 'lang xml:lang="en-US"'),
    *('voice name="qinglan"', 'emotion category="happy"', 'prosody volume="loud"'),
)


def _wrap(tag: str, parts: list[str]) -> str:
    return f"<{tag}>{''.join(parts)}</{tag.partition(' ')[0]}>"


SSML: Final = st.recursive(
    st.sampled_from(_LEAVES),
    lambda parts: st.builds(_wrap, st.sampled_from(_TAGS), st.lists(parts, max_size=4)),
    max_leaves=12,
).map(lambda part: f"<speak>{part}</speak>")
"""Documents that are well formed and ask for nothing that there is not."""

SHORTHAND: Final = st.lists(
    st.one_of(
        st.sampled_from(
            [
                *(
                    "[开心]",
                    "[sad:0.5]",
                    "[语速 1.2]",
                    "[重读]",
                    "[读作 甲。乙]",
                    "[音色 清岚]",
                    "[/]",
                    "[停顿]",
                    "[停顿 0s]",
                ),
                *(
                    "行[hang2]",
                    "银行[yin2 hang2]",
                    "[hxng2]",
                    "[停顿 99s]",
                    "\\[",
                    "[",
                    "]",
                    "[1]",
                    "好",
                    "。",
                    "\n",
                ),
            ]
        ),
        st.text(st.characters(exclude_categories=["Cs"]), max_size=3),
    ),
    max_size=16,
).map("".join)
"""Texts with brackets that may be right or wrong."""


def script(source: str) -> Script:
    """What a text says that is marked up in either way."""
    return read(source, "auto", VOCABULARY)
