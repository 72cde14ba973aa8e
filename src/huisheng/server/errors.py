"""Refusals over HTTP: one table from our errors to statuses, one shape for all of them (RFC 9457).

Foreign exceptions are translated into the tree first; rendering knows only the tree. A door with a protocol
of its own (`/v1/`) brings its own format.
"""

from __future__ import annotations

import difflib
import json
import logging
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Annotated, Any, Final, NamedTuple

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Match
from starlette.types import Scope

from huisheng.errors import (
    AudioNotFound,
    EngineError,
    HuishengError,
    RefusedError,
    RequestError,
    SetupError,
    StorageError,
    VoiceMissing,
    VoicePackageError,
)
from huisheng.runtime.request import request_id
from huisheng.server.guard.errors import (
    Denied,
    LimitError,
    Unauthorized,
    UnknownHost,
)

logger = logging.getLogger("huisheng.server")


class MalformedBody(RequestError):
    """The body cannot be read at all."""

    code = "malformed_body"

    def __init__(self) -> None:
        super().__init__(
            "请求内容无法解析，请提交 UTF-8 编码的 JSON 或表单。",
            "The body cannot be read; send JSON or a form in UTF-8.",
        )


class MalformedRequest(RequestError):
    """What came is no HTTP."""

    code = "malformed_request"

    def __init__(self) -> None:
        super().__init__(
            "收到的内容不是有效的 HTTP 请求，请检查客户端或代理。",
            "This is no valid HTTP request; check the client or the proxy.",
        )


class RequestTimeout(RequestError):
    """The client took too long to send its request."""

    code = "request_timeout"

    def __init__(self) -> None:
        super().__init__(
            "请求没有在规定的时间内发完，连接已关闭；请检查网络后重试。",
            "The request did not come in time, and the connection is closed; try again.",
        )


_LONGEST_NAME: Final = 40
_NAME: Final = re.compile(rf"[A-Za-z][\w.:-]{{0,{_LONGEST_NAME - 1}}}", re.ASCII)
"""What a message repeats as the name of a field; anything else may be a text that lost its name."""


def quote_name(name: str) -> str:
    """The name of a field as messages repeat it."""
    return name if _NAME.fullmatch(name) else "..."


def nearest_name(name: str, known: Collection[str], likeness: float = 0.6) -> str:
    """The known name that is most like another; empty where none is.

    Args:
        name: as it was sent.
        known: names that there are.
        likeness: at least, 0…1 (`difflib.SequenceMatcher.ratio`).
    """
    return next(iter(difflib.get_close_matches(name[:_LONGEST_NAME].lower(), known, 1, likeness)), "")


class FieldFault(NamedTuple):
    """What is wrong with one field."""

    parameter: str
    message: str


class MalformedFields(RequestError):
    """Fields are missing or of the wrong type."""

    code = "malformed_fields"

    def __init__(self, faults: Sequence[FieldFault]) -> None:
        listed = "；".join(f"{fault.parameter or '请求体'} {fault.message}" for fault in faults)
        names = ", ".join(fault.parameter or "body" for fault in faults)
        super().__init__(f"参数格式有误：{listed}。", f"Missing or of the wrong type: {names}.")
        self.name = faults[0].parameter


class UnknownField(RequestError):
    """A request has a field that the address does not know.

    Args:
        name: as it was sent.
        known: fields of the address.
    """

    code = "unknown_field"

    def __init__(self, name: str, known: Collection[str]) -> None:
        self.name = quote_name(name)
        nearest = nearest_name(name, known)
        guess, english = (f"，是否应为 {nearest}？", f"; did you mean {nearest}?") if nearest else ("。", ".")
        super().__init__(
            f"不认识的参数 {self.name}{guess}可用参数：{'、'.join(known)}。",
            f"Unknown field {self.name}{english} Known: {', '.join(known)}.",
        )


class RepeatedField(RequestError):
    """A query or a form has the same field more than once."""

    code = "repeated_field"

    def __init__(self, name: str) -> None:
        self.name = quote_name(name)
        super().__init__(
            f"参数 {self.name} 重复，请只保留一个。", f"The field {self.name} is repeated; send it once."
        )


class FieldInAddress(RequestError):
    """A field stands in the query of an address that reads its fields from the body."""

    code = "field_in_address"

    def __init__(self, name: str) -> None:
        self.name = quote_name(name)
        super().__init__(
            f"参数 {self.name} 写在了地址里，请写在请求体中。",
            f"The field {self.name} is in the address; send it in the body.",
        )


class NotFound(RequestError):
    """Nothing has this address."""

    code = "not_found"

    def __init__(
        self, message: str = "地址不存在，接口说明见 /docs。", english: str = "No such address; see /docs."
    ) -> None:
        super().__init__(message, english)


class ModelNotFound(NotFound):
    """No model has this name."""

    code = "model_not_found"
    parameter = "model"

    def __init__(self) -> None:
        super().__init__("模型不存在。", "No such model.")


class InvalidCursor(RequestError):
    """A cursor that no list has given."""

    code = "invalid_cursor"
    parameter = "cursor"

    def __init__(self) -> None:
        super().__init__(
            "cursor 无效，请使用上一页的 next，或省略它从头开始。",
            "This cursor was not given by a list; send the `next` of the page before, or none.",
        )


class StateConflict(RequestError):
    """What is asked for contradicts the state of things."""

    code = "conflict"


class PaymentRequired(RequestError):
    """Nothing is left to pay with, or the plan does not include what is asked for."""

    code = "payment_required"


class InvalidIdempotencyKey(RequestError):
    """The value of `Idempotency-Key` is none."""

    code = "invalid_idempotency_key"

    def __init__(self) -> None:
        super().__init__(
            "Idempotency-Key 应为 1 到 255 个可见的 ASCII 字符，如一个 UUID。",
            "The Idempotency-Key must be 1 to 255 visible ASCII characters, such as a UUID.",
        )


class IdempotencyKeyReused(RequestError):
    """Another request has the same `Idempotency-Key`."""

    code = "idempotency_key_reused"

    def __init__(self) -> None:
        super().__init__(
            "这个 Idempotency-Key 已用于另一个请求，请换一个。",
            "This Idempotency-Key belongs to another request; choose a new one.",
        )


class IdempotencyInProgress(RefusedError):
    """The same request is being served."""

    code = "idempotency_in_progress"

    def __init__(self) -> None:
        super().__init__(
            "同一个请求正在处理，请稍后重试。", "The same request is being served; try again soon.", 1
        )


class MethodNotAllowed(RequestError):
    """The address exists, the method does not; `allowed` is the value of `Allow`."""

    code = "method_not_allowed"

    def __init__(self, allowed: str) -> None:
        super().__init__(f"此地址只支持 {allowed} 方法。", f"This address takes {allowed} only.")
        self.allowed = allowed


class BodyTooLarge(RequestError):
    """The body holds more bytes than one request may."""

    code = "body_too_large"

    def __init__(self, limit: int) -> None:
        super().__init__(
            f"请求内容过大，上限为 {limit} 字节。", f"The body is too large; the limit is {limit} bytes."
        )


class UnsupportedMediaType(RequestError):
    """The body is of a kind that the address does not take; `accepted` lists those that it takes."""

    code = "unsupported_media_type"

    def __init__(self, *accepted: str) -> None:
        super().__init__(
            f"请求的 Content-Type 应为 {'、'.join(accepted)}。",
            f"The Content-Type must be {' or '.join(accepted)}.",
        )


class UnknownContext(RequestError):
    """No context of this socket has this name."""

    code = "unknown_context"
    parameter = "context"

    def __init__(self, name: str) -> None:
        super().__init__(
            f"没有名为“{name}”的上下文，请先用 start 或 text 开始。",
            f"There is no context {name!r}; begin it with start or text.",
        )


class ContextInUse(RequestError):
    """A context of this name still speaks."""

    code = "context_in_use"
    parameter = "context"

    def __init__(self, name: str) -> None:
        super().__init__(
            f"上下文“{name}”尚未结束，请等待 done 或 cancelled，或更换名称。",
            f"Context {name!r} is not over; wait for done or cancelled, or choose another name.",
        )


class TooManyContexts(RequestError):
    """The socket holds as many contexts as it may."""

    code = "too_many_contexts"

    def __init__(self, limit: int) -> None:
        super().__init__(
            f"一个连接最多同时有 {limit} 个上下文，请等待其中一个结束，或新建连接。",
            f"A socket holds at most {limit} contexts; wait for one to end, or open another socket.",
        )


class Warming(RefusedError):
    """The engine is still loading."""

    code = "warming"

    def __init__(self) -> None:
        super().__init__("语音引擎正在加载，请稍候。", "The engine is still loading.", retry_after=2)


class HomeNotWritable(SetupError):
    """The server cannot write into its folder for data."""

    code = "home_not_writable"

    def __init__(self) -> None:
        super().__init__(
            "服务器的数据目录不可写，请运营者检查 HUISHENG_HOME 的权限和磁盘空间，恢复后自动就绪。",
            "The server cannot write its data folder; check rights and disk space of HUISHENG_HOME. "
            "It becomes ready by itself once that is mended.",
        )


class InternalError(HuishengError):
    """Something that we did not foresee."""

    code = "internal"

    def __init__(self) -> None:
        super().__init__("服务内部出错，请稍后重试。", "An internal error occurred.")


STATUSES: Final[Mapping[type[HuishengError], HTTPStatus]] = {
    HuishengError: HTTPStatus.INTERNAL_SERVER_ERROR,
    RequestError: HTTPStatus.BAD_REQUEST,
    Unauthorized: HTTPStatus.UNAUTHORIZED,
    Denied: HTTPStatus.FORBIDDEN,
    NotFound: HTTPStatus.NOT_FOUND,
    AudioNotFound: HTTPStatus.NOT_FOUND,
    StateConflict: HTTPStatus.CONFLICT,
    PaymentRequired: HTTPStatus.PAYMENT_REQUIRED,
    IdempotencyKeyReused: HTTPStatus.UNPROCESSABLE_ENTITY,
    IdempotencyInProgress: HTTPStatus.CONFLICT,
    MethodNotAllowed: HTTPStatus.METHOD_NOT_ALLOWED,
    RequestTimeout: HTTPStatus.REQUEST_TIMEOUT,
    BodyTooLarge: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    UnsupportedMediaType: HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    UnknownHost: HTTPStatus.MISDIRECTED_REQUEST,
    MalformedFields: HTTPStatus.UNPROCESSABLE_ENTITY,
    LimitError: HTTPStatus.TOO_MANY_REQUESTS,
    RefusedError: HTTPStatus.SERVICE_UNAVAILABLE,
    SetupError: HTTPStatus.SERVICE_UNAVAILABLE,
    StorageError: HTTPStatus.INSUFFICIENT_STORAGE,
    EngineError: HTTPStatus.INTERNAL_SERVER_ERROR,
}
"""The nearest ancestor counts."""

_QUOTA_EXCEEDED: Final = "https://iana.org/assignments/http-problem-types#quota-exceeded"
"""The registered type of problem for limits (draft-ietf-httpapi-ratelimit-headers-10)."""

_FAULTS: Final = {
    "missing": "不能缺少",
    "string_type": "应为文本",
    "string_unicode": "应为文本",
    "float_type": "应为数字",
    "float_parsing": "应为数字",
    "int_type": "应为整数",
    "int_parsing": "应为整数",
    "int_from_float": "应为整数",
    "bool_parsing": "应为 true 或 false",
    "literal_error": "不在可选值之中",
    "model_type": "应为 JSON 对象",
    "model_attributes_type": "应为 JSON 对象",
}
"""Pydantic's kinds of error, as people read them."""


_METHODS: Final = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
"""What an address may take."""


class Problem(BaseModel):
    """A refusal (RFC 9457): `error` says in Chinese what to do, `detail` in English."""

    type: str
    title: str
    status: int
    detail: str
    error: str
    code: str
    parameter: str | None = None
    request_id: str | None = None
    violated_policies: Annotated[tuple[str, ...] | None, Field(serialization_alias="violated-policies")] = (
        None
    )


@dataclass(frozen=True, slots=True)
class Refusal:
    """An error with the request that met it."""

    error: HuishengError
    status: HTTPStatus
    request_id: str


FAILURE_SINK: Final = "failure_sink"
"""In the state of a request, where failures are counted: a function that takes the code of each."""

STALLED: Final = "stalled"
"""The code under which it is counted that a reader left a stream unread for too long."""


@dataclass(frozen=True, slots=True)
class RefusalFormat:
    """How refusals are written.

    Attributes:
        media_type: of the body.
        model: the schema of the body, for OpenAPI.
        write: returns the status and the body, which fits `model`.
        statuses: ours → the protocol's, where it has another one.
        codes: ours → the protocol's, where it has a word of its own.
    """

    media_type: str
    model: type[BaseModel]
    write: Callable[[Refusal], tuple[HTTPStatus, dict[str, Any]]]
    statuses: Mapping[HTTPStatus, HTTPStatus] = field(default_factory=dict[HTTPStatus, HTTPStatus])
    codes: Mapping[str, str] = field(default_factory=dict[str, str])


def status_of(kind: type[HuishengError]) -> HTTPStatus:
    """The status that errors of a kind are answered with."""
    return next(STATUSES[ancestor] for ancestor in kind.__mro__ if ancestor in STATUSES)


def parameter_of(error: HuishengError) -> str | None:
    """The field at fault, by its name in our requests: fixed for a kind, or an attribute of the error."""
    return getattr(error, "parameter", None) or getattr(error, "name", None) or None


_WITHOUT_PATHS: Final = (HomeNotWritable, VoiceMissing, VoicePackageError)


def public(error: HuishengError) -> HuishengError:
    """The error as clients may see it: of files it says no more than that they cannot be used.

    A `SetupError` may name paths on this machine for its operator, but for those that name voices alone; the
    log has it whole.
    """
    if not isinstance(error, SetupError) or isinstance(error, _WITHOUT_PATHS):
        return error
    told = type(error).__new__(type(error))  # of the same kind, whatever it is made of
    if isinstance(error, StorageError):
        message = "服务器无法读写文件，请联系运营者检查磁盘空间和权限，详情见服务器日志。"
        english = "The server cannot use its files; ask its operator to check disk space and rights."
    else:
        message = "服务器的设置或文件有误，请联系运营者，详情见服务器日志。"
        english = "A setting or a file of this server is wrong; ask its operator."
    HuishengError.__init__(told, message, f"{english} The log has the details.")
    return told


def log_failure(event: str, error: Exception) -> None:
    """Log a failure by its kind, since a message may quote a user's text; of the setup also what is wrong."""
    reason = f": {error.message}" if isinstance(error, SetupError) else ""
    logger.error("%s (%s)%s", event, type(error).__name__, reason)


def _write_problem(refusal: Refusal) -> tuple[HTTPStatus, dict[str, Any]]:
    error = public(refusal.error)
    body = Problem(
        type=_QUOTA_EXCEEDED if isinstance(error, LimitError) else f"/docs#{error.code}",
        title=refusal.status.phrase,
        status=refusal.status,
        detail=error.english,
        error=error.message,
        code=error.code,
        parameter=parameter_of(error),
        request_id=refusal.request_id,
        violated_policies=error.violated_policies if isinstance(error, LimitError) else None,
    )
    return refusal.status, body.model_dump(exclude_none=True, by_alias=True)


PROBLEM: Final = RefusalFormat("application/problem+json", Problem, _write_problem)
"""Our own."""


def problem_response(error: HuishengError, request_id: str) -> Response:
    """An answer in our own format, where no door is known."""
    return _render(PROBLEM, Refusal(error, status_of(type(error)), request_id))


def component(model: type[BaseModel]) -> dict[str, str]:
    """Where OpenAPI holds a model that FastAPI cannot see by itself; `documentation` puts it there."""
    return {"$ref": f"#/components/schemas/{model.__name__}"}


KINDS: Final = "x-kinds"
"""In an answer of `responses=`, names of the errors that it stands for; `documentation` takes it out."""


def refusals(
    *kinds: type[HuishengError], written: RefusalFormat = PROBLEM
) -> dict[int | str, dict[str, Any]]:
    """The `responses=` of an endpoint that may raise these errors.

    Args:
        kinds: of errors.
        written: the format of the endpoint's door.
    """
    names: dict[int, list[str]] = {}
    for kind in kinds:
        names.setdefault(int(status_of(kind)), []).append(kind.__name__)
    return {
        int(status_of(kind)): {
            "description": (kind.__doc__ or "").splitlines()[0],
            "content": {written.media_type: {"schema": component(written.model)}},
            KINDS: names[int(status_of(kind))],
        }
        for kind in kinds
    }


def translate(error: Exception) -> HuishengError:
    """An error of our tree for anything that the framework raises."""
    if isinstance(error, HuishengError):
        return error
    if isinstance(error, RequestValidationError):
        return _from_validation(error)
    if isinstance(error, HTTPException):
        return _from_framework(error)
    return InternalError()


def count_failure(scope: Scope, code: str) -> None:
    """Have it counted that an answer was a 5xx or broke off; over a WebSocket that may happen often."""
    sink: Callable[[str], None] | None = scope.get("state", {}).get(FAILURE_SINK)
    if sink is not None:
        sink(code)


class Answers:
    """Writes refusals, for endpoints and for whatever stands before them.

    Args:
        formats: by path prefix, the format of doors that have one of their own.
    """

    def __init__(self, formats: Mapping[str, RefusalFormat]) -> None:
        self._formats = formats

    def response(self, error: Exception, scope: Scope) -> Response:
        """The answer to a request that met an error; what we must mend is logged and counted."""
        ours = translate(error)
        refusal = Refusal(ours, status_of(type(ours)), request_id.get())
        if refusal.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            count_failure(scope, ours.code)
        if not isinstance(ours, (RequestError, RefusedError)):
            log_failure(ours.code, error)
        path: str = scope["path"]
        formats = self._formats
        return _render(
            next((formats[prefix] for prefix in formats if path.startswith(prefix)), PROBLEM), refusal
        )


def install(app: FastAPI, formats: Mapping[str, RefusalFormat]) -> Answers:
    """Answer every failure of `app` in our format, or in that of the door whose path prefix matches.

    Returns:
        the writer of the answers, for middleware.
    """
    answers = Answers(formats)

    async def answer(request: Request, error: Exception) -> Response:
        if isinstance(error, HTTPException) and error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
            return answers.response(MethodNotAllowed(", ".join(_methods(request))), request.scope)
        return answers.response(error, request.scope)

    for kind in (HuishengError, HTTPException, RequestValidationError, Exception):
        app.add_exception_handler(kind, answer)
    return answers


def _render(written: RefusalFormat, refusal: Refusal) -> Response:
    status, body = written.write(refusal)
    headers = {"X-Request-Id": refusal.request_id, "Cache-Control": "no-store", **_headers(refusal.error)}
    # A message may quote a lone surrogate from the request, which UTF-8 cannot hold.
    content = json.dumps(body, ensure_ascii=False).encode("utf-8", errors="replace")
    return Response(content, status, headers, written.media_type)


def _headers(error: HuishengError) -> dict[str, str]:
    """The headers of an answer that belong to an error."""
    match error:
        case RefusedError():
            return {"Retry-After": str(error.retry_after)}
        case MethodNotAllowed():
            return {"Allow": error.allowed}
        case Unauthorized():
            return {"WWW-Authenticate": error.challenge}
        case _:
            return {}


def _from_validation(error: RequestValidationError) -> HuishengError:
    """One fault a field: one that may be of several types has as many, each with a name of its own."""
    faults = [_fault(fault) for fault in error.errors()]
    if None in faults:
        return MalformedBody()
    by_field = {fault.parameter: fault for fault in reversed(faults) if fault}
    return MalformedFields(list(reversed(by_field.values())))


def _fault(fault: Mapping[str, Any]) -> FieldFault | None:
    """The field at fault; None when the body is no JSON at all."""
    if fault["type"] == "json_invalid":
        return None
    places = (str(place) for place in fault["loc"] if place not in {"body", "query", "path"})
    return FieldFault(next(places, ""), _FAULTS.get(fault["type"], "格式不正确"))


def _from_framework(error: HTTPException) -> HuishengError:
    if isinstance(error.__cause__, HuishengError):
        return error.__cause__
    if error.status_code == HTTPStatus.NOT_FOUND:
        return NotFound()
    if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        return MethodNotAllowed((error.headers or {}).get("Allow", "GET"))
    return MalformedBody() if error.status_code < HTTPStatus.INTERNAL_SERVER_ERROR else InternalError()


def _methods(request: Request) -> list[str]:
    """The methods of an address; the framework names only those of the first of its routes."""
    scopes = ((method, {**request.scope, "method": method}) for method in _METHODS)
    routes: Sequence[BaseRoute] = request.app.routes
    return [
        method for method, scope in scopes if any(route.matches(scope)[0] is Match.FULL for route in routes)
    ]
