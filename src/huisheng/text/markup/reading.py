"""What people write, read in the way they ask for."""

from __future__ import annotations

from typing import Literal, TypeAlias, get_args

from huisheng.errors import UnknownMarkup
from huisheng.text.markup import document, shorthand, ssml
from huisheng.text.markup.script import Script, Vocabulary, unmarked

Markup: TypeAlias = Literal["auto", "none", "ssml", "shorthand"]
"""How a text is marked up: `auto` finds out itself, `none` takes every character as it stands."""


def read(source: str, markup: str, vocabulary: Vocabulary) -> Script:
    """The script of what was written.

    Args:
        source: what the user wrote.
        markup: one of `Markup`; `auto` is SSML when the text begins as SSML does, else shorthand in which
            nothing is an error.
        vocabulary: names of emotions and voices that may be used.

    Raises:
        UnknownMarkup: there is no such kind.
        MarkupError: the markup is wrong, with line and column.
    """
    if markup not in get_args(Markup):
        raise UnknownMarkup(markup, get_args(Markup))
    if markup == "none":
        return unmarked(source)
    if markup == "ssml" or (markup == "auto" and document.is_meant(source)):
        return ssml.parse(source, vocabulary)
    return shorthand.parse(source, vocabulary, strict=markup == "shorthand")
