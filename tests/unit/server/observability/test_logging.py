"""Logs tell where, never what."""

from __future__ import annotations

import asyncio
import io
import logging
from collections.abc import Iterator

import pytest

from huisheng.server.observability.logging import configure

TEXT = "用户的文字"


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """What our loggers write; they are as before afterwards."""
    loggers = [logging.getLogger(name) for name in ("huisheng", "uvicorn")]
    before = [(logger.handlers, logger.level, logger.propagate) for logger in loggers]
    stream = io.StringIO()
    configure(stream)
    yield stream
    for logger, (handlers, level, propagate) in zip(loggers, before, strict=True):
        logger.handlers, logger.propagate = handlers, propagate
        logger.setLevel(level)


def _log(error: BaseException) -> None:
    """As the server below us logs what a request ends with."""
    with pytest.raises(type(error)) as caught:
        _fail(error)
    logging.getLogger("uvicorn.error").error("failed", exc_info=caught.value)


def _fail(error: BaseException) -> None:
    raise error


def test_an_exception_is_told_by_place_and_kind_without_its_message(log: io.StringIO) -> None:
    _log(KeyError(TEXT))

    told = log.getvalue()
    assert "KeyError" in told
    assert "test_logging.py" in told
    assert TEXT not in told


def test_requests_that_end_with_the_server_are_no_news(log: io.StringIO) -> None:
    _log(asyncio.CancelledError())

    assert log.getvalue() == ""


def test_our_progress_is_told(log: io.StringIO) -> None:
    logging.getLogger("huisheng.server").info("语音引擎已就绪")

    assert "语音引擎已就绪" in log.getvalue()
