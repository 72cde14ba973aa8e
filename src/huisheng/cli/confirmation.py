"""A question before something is lost."""

from __future__ import annotations

import sys
from typing import Final

_YES: Final = frozenset({"y", "yes", "是"})


def confirm(question: str, english: str) -> bool:
    """Whether the user says yes at a terminal; elsewhere the answer is no, and stderr tells of `--yes`.

    Args:
        question: Chinese, what would be done, without a mark at the end.
        english: the same in English.
    """
    if not sys.stdin.isatty():
        print(f"没有{question}：确认请加 --yes。 Not done: {english}; add --yes.", file=sys.stderr)
        return False
    print(f"{question}？ {english}? [y/N] ", end="", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip().lower() in _YES
