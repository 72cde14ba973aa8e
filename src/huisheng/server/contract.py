"""What accounts add to the OpenAPI description: who may call, every code of every refusal, and headers.

All of it is derived, from what endpoints require, the guard's rules by path, and the classes of the errors,
so that it cannot say otherwise than the server does. A server without accounts loads none of this.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final, TypeAlias, get_args

from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute, iter_route_contexts
from starlette.routing import BaseRoute

from huisheng.errors import EngineError, HuishengError, RefusedError, RequestError, VoiceMissing
from huisheng.server.accounts.csrf import HEADER as CSRF_HEADER
from huisheng.server.accounts.errors import KeyAddressRefused, TooManyAttempts
from huisheng.server.database.errors import DatabaseBusy, DatabaseFull, DatabaseUnavailable
from huisheng.server.dependencies import BareAddress, RequiresJson, SingleFields, SpeechServiceDep
from huisheng.server.documentation import CALLERS
from huisheng.server.errors import (
    KINDS,
    PROBLEM,
    BodyTooLarge,
    FieldInAddress,
    IdempotencyInProgress,
    IdempotencyKeyReused,
    InvalidIdempotencyKey,
    MalformedBody,
    MalformedFields,
    PaymentRequired,
    RefusalFormat,
    RepeatedField,
    RequestTimeout,
    StateConflict,
    UnsupportedMediaType,
    component,
    status_of,
)
from huisheng.server.guard.client import Role, Scope
from huisheng.server.guard.errors import (
    AccountNeeded,
    AccountSuspended,
    AddressRefused,
    CredentialExpired,
    CsrfRefused,
    LicenseSuspended,
    NotOperator,
    NotPermitted,
    OriginRefused,
    RateLimited,
    SessionEnded,
    TooManyConcurrent,
    TooManyConnections,
    TooManyConnectionsPerAddress,
    Unauthorized,
    UnknownHost,
)
from huisheng.server.guard.middleware import SAFE_METHODS, Access, Routes
from huisheng.server.payments.errors import NotificationError
from huisheng.server.permissions import BARRED, ROLE_PERMISSIONS, SCOPE_PERMISSIONS, Need, Requirement
from huisheng.server.speech.metering import CHARGED_HEADER, REMAINING_HEADER
from huisheng.server.usage import idempotency

Kinds: TypeAlias = tuple[type[HuishengError], ...]

_SCHEMES: Final = {
    "apiKey": {
        "type": "http",
        "scheme": "bearer",
        "description": "账户的密钥 hs_…，要有所列的权限。An API key of an account with the scope named.",
    },
    "operatorKey": {
        "type": "http",
        "scheme": "bearer",
        "description": "HUISHENG_API_KEYS 中的密钥，属于运营者。A key of the settings: the operator's.",
    },
    "appToken": {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "JWT",
        "description": "POST /api/auth/token 的 access_token。The access token of an app.",
    },
    "session": {
        "type": "apiKey",
        "in": "cookie",
        "name": "huisheng_session",
        "description": "浏览器的会话；HTTPS 下名为 __Host-huisheng_session。A browser that is signed in; "
        "over HTTPS its name begins with __Host-.",
    },
    "csrf": {
        "type": "apiKey",
        "in": "header",
        "name": CSRF_HEADER,
        "description": "GET /api/account 的 csrf_token；用会话修改数据时必须带上。Goes with a session "
        "wherever something changes.",
    },
}

_FAMILIES: Final = frozenset({RequestError, RefusedError, PaymentRequired, StateConflict, NotificationError})
"""Kinds that are never raised themselves: they stand for those below them."""

_SHARED: Final = frozenset({"huisheng", "huisheng.server", "huisheng.server.guard", "huisheng.server.usage"})
"""Packages whose errors any endpoint may mean by a family; those of a feature belong to its endpoints."""

_WITHOUT_DATABASE: Final = frozenset({"/healthz", "/readyz", "/audio/{name}", "/api/roi"})

_LIMIT_HEADERS: Final = {
    "RateLimit-Policy": ("各项限制。Limits (draft-ietf-httpapi-ratelimit-headers).", r'^".+'),
    "RateLimit": ("各项限制的剩余。What is left of each.", r'^".+'),
}
_CHARGE_HEADERS: Final = {
    CHARGED_HEADER: ("这次扣除的额度。What the answer costs.", r"^(calls|characters|seconds)=\d+$"),
    REMAINING_HEADER: ("账户的剩余额度。What the account has left.", r"^(calls|characters|seconds)=\d+$"),
}
_REPLAY_HEADERS: Final = {
    idempotency.REPLAYED: ("同一个键之前的回答。The answer that the key had before.", "^true$")
}
_RETRY_HEADERS: Final = {"Retry-After": ("几秒后重试。Seconds until it may be tried again.", r"^\d+$")}
_CHALLENGE_HEADERS: Final = {"WWW-Authenticate": ("需要的凭据。RFC 6750.", "^Bearer")}

_IDEMPOTENCY_KEY: Final = {
    "name": idempotency.HEADER,
    "in": "header",
    "required": False,
    "schema": {"type": "string", "pattern": "^[!-~]{1,255}$"},
    "description": "同一个键的请求只执行、只扣费一次，24 小时内重放回答。One charge for one key.",
}

_CLIENT: Final = {
    "person": ("已登录的用户，不论角色；密钥不可以", "a person who is signed in, of any role; no API key"),
    "operator": ("运营者", "the operator of this server"),
}


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A method of an address, as far as it matters to its clients.

    Attributes:
        method: HTTP's.
        path: with the names of its parameters.
        feature: package that it belongs to.
        access: what the guard asks of a request.
        dependencies: all functions that it depends on.
        has_body: whether it takes one.
        has_fields: whether it takes any parameter or body, which may be malformed.
    """

    method: str
    path: str
    feature: str
    access: Access
    dependencies: frozenset[Callable[..., Any]]
    has_body: bool
    has_fields: bool

    @property
    def requirements(self) -> tuple[Requirement, ...]:
        """What it needs of its client: nothing for what anybody may call."""
        if self.access.is_public:
            return ()
        owners = (getattr(each, "__self__", None) for each in self.dependencies)
        return tuple(each for each in owners if isinstance(each, Requirement))

    @property
    def needs(self) -> frozenset[Need]:
        """What its requirements ask for."""
        return frozenset(each.need for each in self.requirements)

    @property
    def is_known(self) -> bool:
        """Whether only clients that are known get beyond the guard."""
        return not (self.access.is_public or self.access.is_anonymous)

    @property
    def is_unsafe(self) -> bool:
        """Whether a browser has to prove that our page has sent the request."""
        return self.method not in SAFE_METHODS

    @property
    def is_barred(self) -> bool:
        """Whether nobody may call it for an account that is suspended."""
        return not self.needs.isdisjoint(BARRED)

    @property
    def is_charged(self) -> bool:
        """Whether it speaks, for an account."""
        return self.is_known and _dependency(SpeechServiceDep) in self.dependencies

    @property
    def is_idempotent(self) -> bool:
        """Whether it heeds an `Idempotency-Key` and replays its answer."""
        return self.method == "POST" and self.path in idempotency.PATHS

    def depends_on(self, dependency: Any) -> bool:  # noqa: ANN401 (FastAPI's `Depends`)
        """Whether it has one of the `dependencies=` that are shared."""
        return dependency.dependency in self.dependencies


_RULES: Final[Sequence[tuple[Callable[[Endpoint], bool], Kinds]]] = (
    (
        lambda endpoint: not endpoint.access.is_probe,
        (AddressRefused, UnknownHost, TooManyConnections, TooManyConnectionsPerAddress),
    ),
    (lambda endpoint: not endpoint.access.is_public, (OriginRefused, KeyAddressRefused, TooManyAttempts)),
    (
        lambda endpoint: endpoint.path not in _WITHOUT_DATABASE,
        (DatabaseBusy, DatabaseUnavailable, DatabaseFull),
    ),
    (lambda endpoint: endpoint.is_known, (Unauthorized, AccountNeeded, SessionEnded, CredentialExpired)),
    (lambda endpoint: endpoint.is_known and endpoint.is_unsafe, (CsrfRefused,)),
    (lambda endpoint: bool(endpoint.needs - {"operator"}), (NotPermitted,)),
    (lambda endpoint: "operator" in endpoint.needs, (NotOperator,)),
    (lambda endpoint: endpoint.is_barred, (AccountSuspended, LicenseSuspended)),
    (lambda endpoint: endpoint.access.is_limited, (RateLimited, TooManyConcurrent)),
    (
        lambda endpoint: endpoint.is_charged,
        (PaymentRequired, RateLimited, TooManyConcurrent, RefusedError, VoiceMissing, EngineError),
    ),
    (
        lambda endpoint: endpoint.is_idempotent,
        (InvalidIdempotencyKey, IdempotencyInProgress, IdempotencyKeyReused),
    ),
    (lambda endpoint: endpoint.has_body, (MalformedBody, BodyTooLarge, RequestTimeout)),
    (lambda endpoint: endpoint.has_fields, (MalformedFields,)),
    (lambda endpoint: endpoint.depends_on(RequiresJson), (UnsupportedMediaType,)),
    (lambda endpoint: endpoint.depends_on(SingleFields), (RepeatedField,)),
    (lambda endpoint: endpoint.depends_on(BareAddress), (FieldInAddress,)),
)
"""What may refuse a request beside its endpoint: which endpoints, and the errors."""


def describe_accounts(
    description: dict[str, Any], routes: Sequence[BaseRoute], formats: Mapping[str, RefusalFormat]
) -> None:
    """Add to a description all that accounts change of it.

    Args:
        description: of OpenAPI, with the models that ours refer to.
        routes: of the application.
        formats: path prefix → format of refusals, of doors that have one of their own.
    """
    components = description["components"]
    components["securitySchemes"] = _SCHEMES
    for written in formats.values():
        _declare_foreign_codes(components["schemas"][written.model.__name__], written, components["schemas"])
    errors = {kind.__name__: kind for kind in descendants(HuishengError)}
    for endpoint in list_endpoints(routes):
        operation = description["paths"][endpoint.path][endpoint.method.lower()]
        written = next((formats[each] for each in formats if endpoint.path.startswith(each)), PROBLEM)
        _declare_callers(operation, endpoint)
        declared = [
            errors[name] for answer in operation["responses"].values() for name in answer.pop(KINDS, ())
        ]
        kinds = (*declared, *(kind for applies, added in _RULES if applies(endpoint) for kind in added))
        _declare_refusals(operation["responses"], _leaves(kinds, endpoint), written, components["schemas"])
        _declare_headers(operation, endpoint)


def list_endpoints(routes: Sequence[BaseRoute]) -> Iterator[Endpoint]:
    """All that the description of an application holds."""
    guard = Routes(())
    for route in iter_route_contexts(routes):
        if not isinstance(route.original_route, APIRoute) or not route.include_in_schema:
            continue
        dependant: Dependant = route.dependant
        path, endpoint = str(route.path_format), route.endpoint
        for method in sorted(route.methods or ()):
            yield Endpoint(
                method,
                path,
                _feature(endpoint.__module__ if endpoint else ""),
                guard.access({"type": "http", "method": method, "path": path}),
                frozenset(_calls(dependant)),
                has_body=route.body_field is not None or bool(route.openapi_extra),
                has_fields=route.body_field is not None or _has_parameters(dependant),
            )


def describe_callers(endpoint: Endpoint) -> str:
    """Who may call an endpoint, in Chinese and English."""
    if not endpoint.requirements:
        return "谁可以调用：任何人。Who may call: anybody." if not endpoint.is_known else ""
    told = [_words(each) for each in endpoint.requirements]
    chinese, english = ("；".join(words) for words in zip(*told, strict=True))
    if endpoint.is_barred:
        chinese, english = f"{chinese}；账户停用时不可以", f"{english}; not while the account is suspended"
    return f"谁可以调用：{chinese}。Who may call: {english}."


def descendants(kind: type[HuishengError]) -> Iterator[type[HuishengError]]:
    """A kind of error and all below it."""
    yield kind
    for child in kind.__subclasses__():
        yield from descendants(child)


def _declare_callers(operation: dict[str, Any], endpoint: Endpoint) -> None:
    """Who may call, with which credentials, in words and as OpenAPI writes it."""
    operation[CALLERS] = describe_callers(endpoint)
    operation["description"] = "\n\n".join(
        part for part in (operation.get("description", ""), operation[CALLERS]) if part
    )
    session: dict[str, list[str]] = {"session": [], "csrf": []} if endpoint.is_unsafe else {"session": []}
    operation["security"] = []
    for each in endpoint.requirements:
        operation["security"] = [
            *({"apiKey": [scope]} for scope in _scopes(each.need)),
            *([] if each.of_account else [{"operatorKey": []}]),
            *({"appToken": []}, session),
        ]


def _declare_refusals(
    responses: dict[str, Any],
    kinds: Iterable[type[HuishengError]],
    written: RefusalFormat,
    schemas: Mapping[str, Any],
) -> None:
    """Every code under its status, with what it means; other answers of the same status stay."""
    by_status: dict[HTTPStatus, dict[str, str]] = {}
    for kind in kinds:
        status = written.statuses.get(status_of(kind), status_of(kind))
        code = written.codes.get(kind.code, kind.code)
        by_status.setdefault(status, {}).setdefault(code, (kind.__doc__ or "").splitlines()[0])
    for status, codes in sorted(by_status.items()):
        schema = {"allOf": [component(written.model), _only(sorted(codes), written.model.__name__, schemas)]}
        responses[str(int(status))] = {
            "description": "\n".join(f"- `{code}`: {meaning}" for code, meaning in sorted(codes.items())),
            "content": {written.media_type: {"schema": schema}},
        }


def _only(codes: Sequence[str], model: str, schemas: Mapping[str, Any]) -> dict[str, Any]:
    """A schema that allows only these codes: of the model's `code`, or of that of the object in it."""
    properties: Mapping[str, Any] = schemas[model]["properties"]
    if "code" in properties:
        return {"properties": {"code": {"enum": list(codes)}}}
    inner = {name: each["$ref"].rpartition("/")[2] for name, each in properties.items() if "$ref" in each}
    return {"properties": {name: _only(codes, each, schemas) for name, each in inner.items()}}


def _declare_foreign_codes(
    schema: dict[str, Any], written: RefusalFormat, schemas: Mapping[str, dict[str, Any]]
) -> None:
    """Add the words of a protocol to the codes that its models may have."""
    for name, field in schema["properties"].items():
        if name == "code":
            for branch in (field, *field.get("anyOf", ())):
                if "enum" in branch:
                    branch["enum"] = sorted({*branch["enum"], *written.codes.values()})
        elif "$ref" in field:
            _declare_foreign_codes(schemas[field["$ref"].rpartition("/")[2]], written, schemas)


def _declare_headers(operation: dict[str, Any], endpoint: Endpoint) -> None:
    if endpoint.is_idempotent:
        operation.setdefault("parameters", []).append(_IDEMPOTENCY_KEY)
    for status, answer in operation["responses"].items():
        headers: dict[str, tuple[str, str]] = {}
        is_good = status.startswith("2")
        if endpoint.access.is_limited and (is_good or status == "429"):
            headers |= _LIMIT_HEADERS
        if endpoint.is_charged and is_good:
            headers |= _CHARGE_HEADERS
        if endpoint.is_idempotent and is_good:
            headers |= _REPLAY_HEADERS
        if status in {"429", "503"}:
            headers |= _RETRY_HEADERS
        if status == "401":
            headers |= _CHALLENGE_HEADERS
        if headers:
            answer["headers"] = {name: _header(*told) for name, told in headers.items()}


def _header(meaning: str, pattern: str) -> dict[str, Any]:
    return {"description": meaning, "schema": {"type": "string", "pattern": pattern}}


def _leaves(kinds: Iterable[type[HuishengError]], endpoint: Endpoint) -> Iterator[type[HuishengError]]:
    """The kinds, with those that a family stands for in its place."""
    for kind in kinds:
        if kind not in _FAMILIES:
            yield kind
            continue
        for each in descendants(kind):
            near = {*_SHARED, endpoint.feature, _feature(kind.__module__)}
            if (
                each not in _FAMILIES
                and _feature(each.__module__) in near
                and status_of(each) == status_of(kind)
            ):
                yield each


def _feature(module: str) -> str:
    """The package that a module belongs to: `huisheng`, `huisheng.server` or `huisheng.server.<feature>`."""
    parts = module.split(".")
    return ".".join(parts[:3] if len(parts) > 3 else parts[:-1])


def _calls(dependant: Dependant) -> Iterator[Callable[..., Any]]:
    for each in dependant.dependencies:
        if each.call is not None:
            yield each.call
        yield from _calls(each)


def _has_parameters(dependant: Dependant) -> bool:
    parameters = (*dependant.path_params, *dependant.query_params, *dependant.header_params)
    return bool(parameters) or any(_has_parameters(each) for each in dependant.dependencies)


def _dependency(annotation: object) -> Callable[..., Any]:
    """The function behind an `Annotated[…, Depends(…)]`."""
    return get_args(annotation)[1].dependency


def _words(requirement: Requirement) -> tuple[str, str]:
    """Who meets a requirement, in Chinese and in English."""
    if requirement.need in _CLIENT:
        return _CLIENT[requirement.need]
    roles = "、".join(role for role in get_args(Role) if requirement.need in ROLE_PERMISSIONS[role])
    scopes = "、".join(_scopes(requirement.need))
    chinese, english = f"角色 {roles}", f"the roles {roles.replace('、', ', ')}"
    if not scopes:
        return f"{chinese}；密钥不可以", f"{english}; no API key"
    return (
        f"{chinese}；有 {scopes} 权限的密钥",
        f"{english}; API keys with the scope {scopes.replace('、', ' or ')}",
    )


def _scopes(need: Need) -> list[Scope]:
    """Scopes of API keys that allow it."""
    return [scope for scope in get_args(Scope) if need in SCOPE_PERMISSIONS[scope]]
