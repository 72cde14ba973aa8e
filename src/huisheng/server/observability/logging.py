"""Logs that say where something happened, never what a user wrote."""

from __future__ import annotations

import asyncio
import logging
import sys
import traceback
from types import TracebackType
from typing import TextIO, TypeAlias

_ExceptionInfo: TypeAlias = (
    tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]
)


class DiscreetFormatter(logging.Formatter):
    """Prints of an exception its type and the places in the code; its message may quote text."""

    def formatException(self, ei: _ExceptionInfo) -> str:  # noqa: N802 (name of the base class)
        """Frames, then the type."""
        kind, _, trace = ei
        name = kind.__name__ if kind else "None"
        return "".join(traceback.format_tb(trace)) + name


def is_worth_telling(record: logging.LogRecord) -> bool:
    """Whether a record is news: requests that end with the server are not."""
    return not (record.exc_info and isinstance(record.exc_info[1], asyncio.CancelledError))


def configure(stream: TextIO = sys.stderr) -> None:
    """Send our records, and warnings of the server below us, to `stream`."""
    handler = logging.StreamHandler(stream)
    handler.setFormatter(DiscreetFormatter("%(asctime)s %(levelname)s %(message)s"))
    handler.addFilter(is_worth_telling)
    for name, level in (("huisheng", logging.INFO), ("uvicorn", logging.WARNING)):
        logger = logging.getLogger(name)
        logger.handlers = [handler]
        logger.setLevel(level)
        logger.propagate = False
