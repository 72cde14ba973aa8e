"""No host of a package index and no path of one machine in any tracked file.

Guards against the lock file that works in one office: with an index's address in it, `pip install` ignores
the user's mirror, and a find-links path of the machine that wrote it fails everywhere else.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from tools.lint.source import Complaint, Repository

_HOSTS = (
    ("pypi", "org"),
    ("pythonhosted", "org"),
    ("npmjs", "org"),
    ("npmmirror", "com"),
    ("yarnpkg", "com"),
    ("debian", "org"),
    ("tsinghua", "edu"),
    ("aliyun", "com"),
)
_FOLDERS = ("root", "work", "opt", "home", "Users", "tmp")
_HOST = "|".join(rf"\b{name}\.{domain}\b" for name, domain in _HOSTS)
_PATH = rf"(?<![\w.~}}])/(?:{'|'.join(_FOLDERS)})/\w"
FORBIDDEN = (
    ("the host of a package index", re.compile(_HOST)),
    ("a path of one machine", re.compile(_PATH)),
    ("an index option", re.compile(r"^--(?:extra-)?index-url|^--find-links", re.MULTILINE)),
)
"""What it is, and how it is recognised. Hosts are written in two parts, so that this file passes too."""


def check(repository: Repository) -> Iterator[Complaint]:
    """Places where such a text stands."""
    for path, text in repository.texts.items():
        for what, pattern in FORBIDDEN:
            for found in pattern.finditer(text):
                line = text.count("\n", 0, found.start()) + 1
                yield Complaint(path, line, f"{found.group()} is {what}")
