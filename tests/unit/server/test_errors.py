"""From the tree of errors to statuses and problems."""

from __future__ import annotations

import inspect
from http import HTTPStatus
from typing import Any

import pytest
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

import huisheng.errors
from huisheng.errors import (
    AudioNotFound,
    Busy,
    EmptyText,
    EngineError,
    HuishengError,
    ModelError,
    OutOfRange,
    StorageError,
    TextTooLong,
    VoiceMissing,
    VoicePackageError,
)
from huisheng.server import errors
from huisheng.server.errors import (
    PROBLEM,
    BodyTooLarge,
    IdempotencyKeyReused,
    InternalError,
    MalformedBody,
    MalformedFields,
    Refusal,
    parameter_of,
    status_of,
    translate,
)
from huisheng.server.plans.errors import PlanFault, PlanFileError

KINDS = [
    kind
    for module in (huisheng.errors, errors)
    for _, kind in inspect.getmembers(module, inspect.isclass)
    if issubclass(kind, HuishengError)
]


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        (EmptyText, 400),
        (TextTooLong, 400),
        (MalformedBody, 400),
        (AudioNotFound, 404),
        (errors.ModelNotFound, 404),
        (BodyTooLarge, 413),
        (MalformedFields, 422),
        (Busy, 503),
        (VoiceMissing, 503),
        (StorageError, 507),
        (EngineError, 500),
    ],
)
def test_each_branch_has_its_status(kind: type[HuishengError], status: int) -> None:
    assert status_of(kind) == status


@pytest.mark.parametrize("kind", KINDS)
def test_only_malformed_fields_and_reused_keys_are_a_422(kind: type[HuishengError]) -> None:
    is_422 = status_of(kind) == HTTPStatus.UNPROCESSABLE_ENTITY
    assert is_422 == (kind in {MalformedFields, IdempotencyKeyReused})


def test_a_problem_has_the_members_of_rfc_9457_and_ours() -> None:
    status, body = PROBLEM.write(Refusal(EmptyText(), HTTPStatus.BAD_REQUEST, "id"))

    assert (status, PROBLEM.media_type) == (400, "application/problem+json")
    assert body == {
        "type": "/docs#empty_text",
        "title": "Bad Request",
        "status": 400,
        "detail": EmptyText().english,
        "error": EmptyText().message,
        "code": "empty_text",
        "parameter": "text",
        "request_id": "id",
    }


@pytest.mark.parametrize(
    ("error", "parameter"),
    [(EmptyText(), "text"), (OutOfRange("speed", 9, 0, 1), "speed"), (MalformedBody(), None)],
)
def test_the_field_at_fault_is_named(error: HuishengError, parameter: str | None) -> None:
    assert parameter_of(error) == parameter


@pytest.mark.parametrize(
    ("foreign", "ours"),
    [
        (HTTPException(404), errors.NotFound),
        (HTTPException(405, headers={"Allow": "POST"}), errors.MethodNotAllowed),
        (HTTPException(400), MalformedBody),
        (HTTPException(502), InternalError),
        (RequestValidationError([{"type": "json_invalid", "loc": ("body", 1)}]), MalformedBody),
        (RequestValidationError([{"type": "missing", "loc": ("body", "text")}]), MalformedFields),
        (KeyError("secret"), InternalError),
    ],
)
def test_foreign_failures_become_ours(foreign: Exception, ours: type[HuishengError]) -> None:
    assert type(translate(foreign)) is ours


def test_a_failure_behind_one_of_the_framework_counts() -> None:
    error = HTTPException(400)
    error.__cause__ = BodyTooLarge(9)

    assert isinstance(translate(error), BodyTooLarge)


def test_an_unforeseen_failure_tells_nothing_of_itself() -> None:
    ours = translate(KeyError("secret"))

    assert "secret" not in ours.message + ours.english


@pytest.mark.parametrize(
    ("kind", "message"),
    [("float_parsing", "应为数字"), ("string_type", "应为文本"), ("anything", "格式不正确")],
)
def test_faults_are_described_in_chinese(kind: str, message: str) -> None:
    fault: Any = {"type": kind, "loc": ("body", "speed"), "msg": "english", "input": "secret"}

    assert translate(RequestValidationError([fault])).message == f"参数格式有误：speed {message}。"


@pytest.mark.parametrize(
    "error",
    [
        StorageError("无法使用 /srv/huisheng/audio。", "Cannot use /srv/huisheng/audio."),
        PlanFileError("/srv/huisheng/plans.toml", [PlanFault(3, "free", "有误", "is wrong")]),
        ModelError("/srv/huisheng/voices/a", "已损坏", "it is damaged"),
    ],
)
def test_no_refusal_tells_a_client_where_files_are(error: HuishengError) -> None:
    told = errors.public(error)

    assert "/srv" not in told.message + told.english
    assert told.code == error.code
    assert errors.status_of(type(told)) == errors.status_of(type(error))


@pytest.mark.parametrize(
    "error",
    [
        VoiceMissing("请先运行 make setup。", "Run make setup first."),
        VoicePackageError("语音包 a 已损坏。", "Voice package a is damaged."),
    ],
)
def test_a_client_is_told_which_voice_cannot_be_used(error: HuishengError) -> None:
    assert errors.public(error) is error
