"""Logs tell where, never what."""

from __future__ import annotations

import asyncio
import io
import json
import logging
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from starlette.types import Message, Receive, Scope, Send

from huisheng.runtime.logging import LogFormat, configure
from huisheng.server.middleware import RequestMiddleware

TEXT = "用户的文字"


def logged_lines(stream: io.StringIO) -> list[dict[str, Any]]:
    """The lines of JSON."""
    return [json.loads(line) for line in stream.getvalue().splitlines()]


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """What our loggers write, for people."""
    yield from _capture_logs("text")


@pytest.fixture
def records() -> Iterator[io.StringIO]:
    """What our loggers write, for programs."""
    yield from _capture_logs("json")


def _capture_logs(form: LogFormat) -> Iterator[io.StringIO]:
    """Loggers are as before afterwards."""
    loggers = [logging.getLogger(name) for name in ("huisheng", "uvicorn")]
    before = [(logger.handlers, logger.level, logger.propagate) for logger in loggers]
    stream = io.StringIO()
    configure(stream, form)
    yield stream
    for logger, (handlers, level, propagate) in zip(loggers, before, strict=True):
        logger.handlers, logger.propagate = handlers, propagate
        logger.setLevel(level)


def _log(error: BaseException) -> None:
    """Log what a request ends with as the server below us does."""
    with pytest.raises(type(error)) as caught:
        _fail(error)
    logging.getLogger("uvicorn.error").error("failed", exc_info=caught.value)


def _fail(error: BaseException) -> None:
    raise error


def test_an_exception_is_logged_by_place_and_kind_without_its_message(log: io.StringIO) -> None:
    _log(KeyError(TEXT))

    assert "KeyError" in log.getvalue()
    assert "test_logging.py" in log.getvalue()
    assert TEXT not in log.getvalue()


def test_requests_that_end_with_the_server_are_no_news(log: io.StringIO) -> None:
    _log(asyncio.CancelledError())

    assert log.getvalue() == ""


def test_our_progress_is_logged(log: io.StringIO) -> None:
    logging.getLogger("huisheng.server").info("语音引擎已就绪")

    assert "语音引擎已就绪" in log.getvalue()


def test_json_tells_an_exception_by_place_and_kind_without_its_message(records: io.StringIO) -> None:
    _log(KeyError(TEXT))

    exception = logged_lines(records)[0]["exception"]
    assert exception["type"] == "KeyError"
    assert any("test_logging.py" in frame and frame.endswith(" _fail") for frame in exception["frames"])
    assert TEXT not in json.dumps(logged_lines(records), ensure_ascii=False)


def test_json_tells_when_how_bad_and_where(records: io.StringIO) -> None:
    logging.getLogger("huisheng.server").warning("磁盘将满\n第二行")

    (line,) = logged_lines(records)
    moment = datetime.fromisoformat(line.pop("time"))
    assert line == {"event": "磁盘将满\n第二行", "level": "warning", "logger": "huisheng.server"}
    assert moment.tzinfo == UTC
    assert abs(datetime.now(UTC) - moment) < timedelta(minutes=1)


async def _request(failure: KeyError | None = None) -> None:
    """One request whose handler logs, as does a thread that it asks."""
    logger = logging.getLogger("huisheng.server")

    async def handler(_: Scope, __: Receive, ___: Send) -> None:
        logger.info("in the handler")
        await asyncio.to_thread(logger.info, "in a thread")
        if failure:
            raise failure

    async def silence(_: Message) -> None:
        pass

    scope: Scope = {"type": "http", "method": "GET", "headers": [(b"x-request-id", b"number-1")]}
    with suppress(KeyError):
        await RequestMiddleware(handler)(scope, asyncio.Queue[Message]().get, silence)
    logger.info("after it, by the server below")


@pytest.mark.parametrize("failure", [None, KeyError(TEXT)])
async def test_every_line_of_a_request_names_it(records: io.StringIO, failure: KeyError | None) -> None:
    await asyncio.create_task(_request(failure))

    assert {line["request_id"] for line in logged_lines(records)} == {"number-1"}
    assert len(logged_lines(records)) == 4


async def test_a_line_for_people_names_its_request_once(log: io.StringIO) -> None:
    await asyncio.create_task(_request())

    assert [line.count("number-1") for line in log.getvalue().splitlines()] == [1, 1, 1, 1]


async def test_outside_a_request_no_line_names_one(records: io.StringIO) -> None:
    await asyncio.create_task(_request())
    logging.getLogger("huisheng.server").info("later")

    assert "request_id" not in logged_lines(records)[-1]


async def test_json_tells_of_a_request_in_fields(records: io.StringIO) -> None:
    await asyncio.create_task(_request(KeyError(TEXT)))

    access = next(line for line in logged_lines(records) if line["logger"] == "huisheng.access")
    assert (access["method"], access["route"], access["status"]) == ("GET", "-", 500)
    assert access["milliseconds"] >= 0


async def test_the_access_line_for_people_stays_as_it_was(log: io.StringIO) -> None:
    await asyncio.create_task(_request())

    access = next(line for line in log.getvalue().splitlines() if " GET " in line)
    assert access.partition(" INFO ")[2].split(" ")[:3] == ["GET", "-", "499"]
    assert access.endswith(" ms number-1")
