"""Logs that say where something happened, never what a user wrote: lines for people, or JSON for programs."""

from __future__ import annotations

import asyncio
import logging
import sys
import traceback
from datetime import UTC, datetime
from types import TracebackType
from typing import Final, Literal, TextIO, TypeAlias

from structlog.processors import JSONRenderer
from structlog.stdlib import ExtraAdder, ProcessorFormatter, add_log_level, add_logger_name
from structlog.typing import EventDict, WrappedLogger

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


def _add_time(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """When it happened, in UTC (RFC 3339), before everything else."""
    happened = datetime.fromtimestamp(event["_record"].created, UTC)
    return {"time": happened.isoformat(timespec="milliseconds"), **event}


def _add_request(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """The request during which it happened, if any."""
    during = request_id.get()
    return {**event, "request_id": during} if during else event


def _add_exception(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """Of an exception its type and the places in the code, as `DiscreetFormatter`."""
    kind, _error, trace = event.pop("exc_info", None) or (None, None, None)
    if kind is not None:
        frames = traceback.extract_tb(trace)
        places = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames]
        event["exception"] = {"type": kind.__name__, "frames": places}
    return event


_FORMATTERS: Final[dict[LogFormat, logging.Formatter]] = {
    "text": DiscreetFormatter("%(asctime)s %(levelname)s %(message)s"),
    "json": ProcessorFormatter(
        foreign_pre_chain=[
            _add_time,
            add_log_level,
            add_logger_name,
            ExtraAdder(ACCESS_FIELDS),
            _add_request,
            _add_exception,
        ],
        processors=[ProcessorFormatter.remove_processors_meta, JSONRenderer(ensure_ascii=False)],
    ),
}
