"""Imports point one way.

Guards against the knot in which nothing can be changed alone: a text front-end that needs the audio code, a
server that pulls the training stack and its gigabytes into every installation, a model that reads settings,
books that know of shops.
"""

from __future__ import annotations

import ast
from collections.abc import Container, Iterator

from tools.lint.source import Complaint, Module, Repository

BASE = frozenset({"units", "types", "errors", "forking"})

MAY_IMPORT: dict[str, frozenset[str]] = {
    "units": frozenset(),
    "types": frozenset({"units"}),
    "errors": frozenset(),
    "forking": frozenset(),
    "text": BASE,
    "audio": BASE,
    "voice": BASE,
    "emotion": BASE,
    "labels": BASE,
    "convnext": frozenset(),
    "acoustic": BASE | {"convnext"},
    "vocoder": BASE | {"convnext", "audio"},
    "training": BASE | {"convnext", "text", "audio", "acoustic", "vocoder"},
    "export": BASE | {"convnext", "text", "acoustic", "vocoder", "voice"},
    "tuning": BASE | {"text", "audio", "voice", "acoustic", "vocoder", "training", "export"},
    "engines": BASE | {"text", "audio", "voice", "emotion"},
    "runtime": BASE | {"text", "audio", "voice", "emotion", "engines", "labels"},  # a saved file is marked
    "economics": BASE,
    "licensing": BASE | {"voice"},  # where our folder for data is
    "testing": BASE | {"voice", "engines"},
    "listening": BASE | {"audio", "emotion", "runtime"},
    "server": BASE | {"audio", "economics", "emotion", "labels", "licensing", "voice", "runtime"},
    "cli": BASE
    | {"text", "audio", "voice", "emotion", "labels", "training", "export", "engines", "runtime"}
    | {"economics", "licensing", "listening", "server", "tuning"},
    "": BASE | {"runtime"},
    "__main__": frozenset({"cli"}),
}
"""Package → the packages of ours that it may import besides itself; the empty name is `huisheng` itself."""

MAY_IMPORT_IN_SERVER: dict[str, frozenset[str]] = {
    "guard": frozenset(),
    "speech": frozenset({"guard"}),
    "reading": frozenset({"speech"}),
    "catalogue": frozenset(),
    "doors": frozenset({"guard", "speech"}),
    "database": frozenset(),
    "plans": frozenset(),
    "payments": frozenset({"guard"}),  # what an address of this machine is
    "roi": frozenset({"plans", "speech"}),
    "accounts": frozenset({"database", "guard"}),
    "ledger": frozenset({"database", "accounts"}),
    "usage": frozenset({"guard", "speech", "database", "plans", "accounts", "ledger"}),
    "billing": frozenset({"guard", "database", "plans", "payments", "accounts", "ledger", "usage"}),
    "admin": frozenset({"database", "plans", "payments", "accounts", "ledger", "usage", "billing"}),
    "observability": frozenset({"usage"}),
}
"""Feature of `huisheng.server` → the features that it may import besides itself. Modules that are in none put
them together: they may import all, and features may import them.
"""

ONLY_IN: dict[str, frozenset[str]] = {
    "torch": frozenset({"convnext", "acoustic", "vocoder", "training", "export", "tuning"}),
    "yaml": frozenset({"export"}),
    "modelscope": frozenset({"export"}),
    "modelscope_hub": frozenset({"export"}),
    "onnxruntime": frozenset({"engines", "export"}),
    "onnx": frozenset({"export"}),
    "fastapi": frozenset({"server"}),
    "starlette": frozenset({"server"}),
    "uvicorn": frozenset({"server", "cli"}),
    "prometheus_client": frozenset({"server"}),
    "limits": frozenset({"server"}),
    "sqlalchemy": frozenset({"server"}),
    "alembic": frozenset({"server"}),
    "argon2": frozenset({"server"}),
    "authlib": frozenset({"server"}),
    "joserfc": frozenset({"server"}),
    "httpx": frozenset({"server"}),
    "cryptography": frozenset({"licensing", "server"}),
    "stripe": frozenset({"server"}),
    "segno": frozenset({"server"}),
    "reportlab": frozenset({"server"}),
    "psycopg": frozenset(),  # by SQLAlchemy's name of it
    "redis": frozenset({"runtime"}),
    "soundfile": frozenset({"audio"}),
    "soxr": frozenset({"audio"}),
    "jieba": frozenset({"text"}),
    "pypinyin": frozenset({"text"}),
    "misaki": frozenset({"text"}),
}
"""Foreign package → the packages of ours that may import it."""


_FEATURE = 3
"""Place of a feature's name in `src/huisheng/server/usage/charging.py`."""


def check(repository: Repository) -> Iterator[Complaint]:
    """Imports that the tables do not allow, wherever in a file they stand."""
    features = {
        module.path.parts[_FEATURE]
        for module in repository.inside("src/huisheng/server")
        if len(module.path.parts) > _FEATURE + 1
    }
    for module in repository.inside("src/huisheng"):
        for line, imported in _imports(module):
            reason = _objection(_package(module.name), imported) or _objection_in_server(
                module.name, imported, features
            )
            if reason:
                yield Complaint(module.path, line, reason)


def _imports(module: Module) -> Iterator[tuple[int, str]]:
    for node in module.statements:
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            if node.module in {"huisheng", "huisheng.server"}:
                yield from ((node.lineno, f"{node.module}.{alias.name}") for alias in node.names)
            else:
                yield node.lineno, node.module or ""


def _objection(importer: str, imported: str) -> str:
    top, _, _ = imported.partition(".")
    if top != "huisheng":
        allowed = ONLY_IN.get(top)
        return "" if allowed is None or importer in allowed else f"{importer} may not import {top}"
    package = _package(imported)
    if importer not in MAY_IMPORT:
        return f"{importer} is not in the table of imports"
    if package == importer or package in MAY_IMPORT[importer] or package == "__version__":
        return ""
    return f"{importer or 'huisheng'} may not import {package or 'huisheng'}"


def _objection_in_server(importer: str, imported: str, features: Container[str]) -> str:
    """The same for the features of the server; both are dotted names."""
    mine, other = _feature(importer), _feature(imported)
    if mine not in features or mine == other:
        return ""
    if mine not in MAY_IMPORT_IN_SERVER:
        return f"server.{mine} is not in the table of the server's imports"
    if other not in MAY_IMPORT_IN_SERVER or other in MAY_IMPORT_IN_SERVER[mine]:
        return ""
    return f"server.{mine} may not import server.{other}"


def _feature(name: str) -> str:
    """`usage` for `huisheng.server.usage.charging`; empty outside the server."""
    within = name.removeprefix("huisheng.server.")
    return "" if within == name else within.partition(".")[0]


def _package(name: str) -> str:
    """`text` for `huisheng.text.frontend`."""
    return name.removeprefix("huisheng").lstrip(".").partition(".")[0]
