"""Engines: one model family each, behind one Protocol."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from huisheng.engines.protocol import Engine
from huisheng.errors import UnknownEngine


def _kokoro() -> Engine:
    from huisheng.engines.kokoro import KokoroEngine  # noqa: PLC0415  an engine not asked for costs nothing

    return KokoroEngine()


ENGINES: Final[dict[str, Callable[[], Engine]]] = {"kokoro": _kokoro}
"""Those that can be asked for by name; the first is the default."""


def make_engine(name: str = "") -> Engine:
    """A new engine; its model is not loaded yet.

    Args:
        name: of `ENGINES`; empty for the default.

    Raises:
        UnknownEngine: there is none of this name.
    """
    maker = ENGINES.get(name or next(iter(ENGINES)))
    if maker is None:
        raise UnknownEngine(name, tuple(ENGINES))
    return maker()
