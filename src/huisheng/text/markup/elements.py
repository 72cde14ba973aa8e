"""The elements of SSML: which there are, where each may stand, and its attributes as values."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from huisheng.errors import MarkupError
from huisheng.text.markup.faults import MarkupFault, error_at, shorten, wrong_value
from huisheng.text.markup.values import PACKAGE
from huisheng.text.resources import rows

_ATTRIBUTES: Final = {name: frozenset(listed.split()) for name, listed in rows(PACKAGE, "elements.tsv")}
_ANYWHERE: Final = frozenset(
    {"xml:lang", "xml:base", "xml:id", "onlangfailure", "xsi:schemaLocation", "xmlns"}
)
_LEAVES: Final = frozenset(
    {"break", "mark", "bookmark", "lexicon", "mstts:silence", "mstts:backgroundaudio", "mstts:audioduration"}
    | {"mstts:viseme"}
)
_TEXT_ONLY: Final = frozenset({"say-as", "phoneme", "sub", "w", "token"})
"""What is inside is read as one thing."""


@dataclass(frozen=True, slots=True)
class Element:
    """A start tag.

    Attributes:
        source: the document.
        start: where the tag stands in it.
        name: of the element.
        attributes: as written.
    """

    source: str
    start: int
    name: str
    attributes: Mapping[str, str]

    def wrong(self, reason: str, english: str) -> MarkupError:
        """The error that says so of this element."""
        return error_at(self.source, self.start, MarkupFault(reason, english))

    def require(self, name: str, example: str) -> str:
        """The value of an attribute that must be there, without blanks around it.

        Raises:
            MarkupError: it is missing or blank.
        """
        value = self.attributes.get(name, "").strip()
        if not value:
            raise self.wrong(
                f"缺少属性 {name}，例如 {example}", f"the attribute {name} is missing, for example {example}"
            )
        return value

    def value(self, name: str, read: Callable[[str], float | None], example: str, absent: float) -> float:
        """The value of an attribute as a number, `absent` where there is none.

        Raises:
            MarkupError: `read` finds no value in it.
        """
        written = self.attributes.get(name)
        if written is None:
            return absent
        found = read(written)
        if found is None:
            raise self.wrong(*wrong_value(name, written, example))
        return found

    def check(self, outside: str) -> None:
        """Whether it is known and may stand inside the element `outside`, empty for none.

        Raises:
            MarkupError: it may not.
        """
        if self.name not in _ATTRIBUTES:
            known = " ".join(_ATTRIBUTES)
            raise self.wrong(
                f"不认识的标签 <{shorten(self.name)}>，可用：{known}",
                f"unknown element <{shorten(self.name)}>; known: {known}",
            )
        if outside and self.name == "speak":
            raise self.wrong(
                "<speak> 只能在最外层，请删除里面的", "<speak> is the root only; remove the inner one"
            )
        if outside in _TEXT_ONLY:
            raise self.wrong(f"<{outside}> 里只能有文字", f"<{outside}> may hold text only")
        if outside in _LEAVES:
            raise self.wrong(*_empty(outside))
        for attribute in self.attributes:
            self._check_attribute(attribute)

    def check_text(self) -> None:
        """Whether text may stand inside it.

        Raises:
            MarkupError: it may not.
        """
        if self.name in _LEAVES:
            raise self.wrong(*_empty(self.name))

    def _check_attribute(self, attribute: str) -> None:
        allowed = _ATTRIBUTES[self.name]
        if attribute in allowed | _ANYWHERE or attribute.startswith("xmlns:"):
            return
        known = " ".join(sorted(allowed)) or "—"
        raise self.wrong(
            f"<{self.name}> 没有属性 {shorten(attribute)}，可用：{known}",
            f"<{self.name}> has no attribute {shorten(attribute)}; known: {known}",
        )


def _empty(name: str) -> MarkupFault:
    return MarkupFault(
        f"<{name}> 里不能有内容，请移到 <{name}/> 之后",
        f"<{name}> is empty; move its content behind <{name}/>",
    )
