"""Pages of documentation that several benchmarks write, each its own section."""

from __future__ import annotations


def with_section(name: str, content: str, before: str) -> str:
    """A page with a new content of a section; the rest stays, and a section that is new is the last.

    Args:
        name: of the section, in the comments around it.
        content: what is written there.
        before: the page as it was.
    """
    begin, end = f"<!-- {name} begin -->", f"<!-- {name} end -->"
    section = f"{begin}\n{content}\n{end}\n"
    head, begun, rest = before.partition(begin)
    if not begun:
        return f"{before.rstrip()}\n\n{section}"
    return head + section + rest.partition(end)[2].removeprefix("\n")
