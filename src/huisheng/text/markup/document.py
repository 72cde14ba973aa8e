"""What makes a text a document of SSML, before its elements are read.

What is dangerous never reaches the parser: document types, and so entities, and sizes beyond bounds. Expat
would go on expanding entities after a handler has refused them.
"""

from __future__ import annotations

import re
from typing import Final
from xml.parsers import expat

from huisheng.text.markup.faults import MarkupFault, error_at
from huisheng.text.markup.values import PACKAGE
from huisheng.text.resources import rows

LONGEST: Final = 200_000
"""Characters of markup and text together."""

INSTRUCTION: Final = MarkupFault(
    "不允许处理指令，请删除 <?…?>", "remove <?…?>; processing instructions are not allowed"
)
_DOCUMENT_TYPE: Final = MarkupFault(
    "不允许文档类型声明和实体定义，请删除 <!DOCTYPE …>", "remove <!DOCTYPE …>; it is not allowed"
)
_NO_ROOT: Final = MarkupFault("最外层应为 <speak>…</speak>", "the root must be <speak>…</speak>")
_NOT_XML: Final = MarkupFault(
    "不是正确的 XML，“<”请写成 &lt;，“&”请写成 &amp;，属性值要加引号",
    "this is not well-formed XML; write `<` as &lt; and `&` as &amp;, and quote attribute values",
)
_FAULTS: Final = {
    said: MarkupFault(reason, english) for said, reason, english in rows(PACKAGE, "xml_errors.tsv")
}
"""Expat's message → ours."""

_PROLOG: Final = r"\ufeff?\s*+(?:<\?xml\s.*?\?>)?+(?:\s|<!--.*?-->)*+"
_BEGINNING: Final = re.compile(_PROLOG, re.DOTALL)
_SSML: Final = re.compile(rf"{_PROLOG}<(?:speak[\s/>]|!DOCTYPE\s+speak\b)", re.DOTALL)
_ROOT: Final = re.compile(r"<speak[\s/>]")
_NO_CHARACTER: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def is_ssml(text: str) -> bool:
    """Whether a text begins as SSML does: with `<speak`, after a declaration and comments at most."""
    return _SSML.match(text) is not None


def check(source: str) -> None:
    """Whether a text is short enough, of characters that XML allows, and begins with the root.

    Raises:
        MarkupError: it is not.
    """
    if len(source) > LONGEST:
        length = MarkupFault(
            f"SSML 共 {len(source)} 字符，上限 {LONGEST}，请分段提交",
            f"the document has {len(source)} characters, at most {LONGEST} are taken; split it",
        )
        raise error_at(source, 0, length)
    wrong = _NO_CHARACTER.search(source)
    if wrong is not None:
        code = f"U+{ord(wrong[0]):04X}"
        character = MarkupFault(f"XML 里不能有字符 {code}，请删除", f"XML cannot hold {code}; remove it")
        raise error_at(source, wrong.start(), character)
    _check_beginning(source)


def fault_of(error: expat.ExpatError) -> MarkupFault:
    """The fault that expat has found."""
    return _FAULTS.get(expat.ErrorString(error.code), _NOT_XML)


def _check_beginning(source: str) -> None:
    beginning = _BEGINNING.match(source)
    at = beginning.end() if beginning else 0
    if source.startswith("<!DOCTYPE", at):
        raise error_at(source, at, _DOCUMENT_TYPE)
    if source.startswith("<?", at):
        raise error_at(source, at, INSTRUCTION)
    if not _ROOT.match(source, at):
        raise error_at(source, at, _NO_ROOT)
