"""Logs that say where something happened, never what a user wrote: lines for people, or JSON for programs."""

from __future__ import annotations

import asyncio
import json
import logging
import sys
import traceback
from datetime import UTC, datetime
from types import TracebackType
from typing import Final, Literal, TextIO, TypeAlias

from huisheng.runtime.request import request_id

LogFormat: TypeAlias = Literal["text", "json"]

_ExceptionInfo: TypeAlias = (
    tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]
)

ACCESS_FIELDS: Final = ("method", "route", "status", "milliseconds")
"""What a record may bring along in `extra`, to be fields of their own in JSON."""


class DiscreetFormatter(logging.Formatter):
    """Prints of an exception its type and the places in the code; its message may quote text."""

    def formatException(self, ei: _ExceptionInfo) -> str:  # noqa: N802 (name of the base class)
        """Frames, then the type."""
        kind, _, trace = ei
        name = kind.__name__ if kind else "None"
        return "".join(traceback.format_tb(trace)) + name

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 (name of the base class)
        """The line, which names the request where it was written during one."""
        line = super().formatMessage(record)
        during = request_id.get()
        return line if during in line else f"{line}, request {during}"


class JsonFormatter(logging.Formatter):
    """One JSON object per record: time in UTC (RFC 3339), message, level, logger, what `extra` brings of
    `ACCESS_FIELDS`, the request if there is one, and of an exception its type and the places in the code.
    """

    def format(self, record: logging.LogRecord) -> str:
        """The object, on one line."""
        happened = datetime.fromtimestamp(record.created, UTC)
        fields: dict[str, object] = {
            "time": happened.isoformat(timespec="milliseconds"),
            "event": record.getMessage(),
            "level": record.levelname.lower(),
            "logger": record.name,
        }
        fields.update((name, vars(record)[name]) for name in ACCESS_FIELDS if name in vars(record))
        if during := request_id.get():
            fields["request_id"] = during
        kind, _, trace = record.exc_info or (None, None, None)
        if kind is not None:
            frames = [
                f"{frame.filename}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(trace)
            ]
            fields["exception"] = {"type": kind.__name__, "frames": frames}
        return json.dumps(fields, ensure_ascii=False, default=repr)


def is_worth_telling(record: logging.LogRecord) -> bool:
    """Whether a record is news: requests that end with the server are not."""
    return not (record.exc_info and isinstance(record.exc_info[1], asyncio.CancelledError))


def configure(stream: TextIO = sys.stderr, form: LogFormat = "text") -> None:
    """Send our records, and warnings of the server below us, to `stream`."""
    handler = logging.StreamHandler(stream)
    handler.setFormatter(_FORMATTERS[form])
    handler.addFilter(is_worth_telling)
    for name, level in (("huisheng", logging.INFO), ("uvicorn", logging.WARNING)):
        logger = logging.getLogger(name)
        logger.handlers = [handler]
        logger.setLevel(level)
        logger.propagate = False


_FORMATTERS: Final[dict[LogFormat, logging.Formatter]] = {
    "text": DiscreetFormatter("%(asctime)s %(levelname)s %(message)s"),
    "json": JsonFormatter(),
}
