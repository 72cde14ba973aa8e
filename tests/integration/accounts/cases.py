"""Requests that the OpenAPI description of a server allows or forbids, made by Schemathesis."""

# Schemathesis leaves the arguments of its generic types open.
# pyright: reportUnknownVariableType=false, reportUnknownMemberType=false, reportUnknownArgumentType=false

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.schemas import APIOperation
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from tests.integration.accounts.callers import ClientKind

from huisheng.server.contract import Endpoint

CHECKS: Final = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
"""The description is true: of statuses, kinds of content, headers, and of bodies down to the code."""

AnyCase: TypeAlias = Case[Any]
Operation: TypeAlias = APIOperation[Any, Any, Any, Any]


@dataclass(frozen=True)
class Described:
    """An endpoint with requests for it.

    Attributes:
        endpoint: as the server describes itself.
        cases: at least one that is allowed, the first; then others, of which some may be forbidden.
    """

    endpoint: Endpoint
    cases: list[AnyCase]


def describe(
    description: dict[str, Any], endpoints: Iterable[Endpoint], allowed: int, forbidden: int
) -> list[Described]:
    """Requests for every endpoint.

    Args:
        description: of OpenAPI.
        endpoints: all that it describes.
        allowed: requests for each that keep to the description.
        forbidden: requests for each that do not, where it takes any fields.
    """
    schema = schemathesis.openapi.from_dict(description)
    schema.config.generation.update(with_security_parameters=False)
    operations = {(each.method.upper(), each.path): each for each in map(_ok, schema.get_all_operations())}
    return [
        Described(endpoint, _make(operations[endpoint.method, endpoint.path], endpoint, allowed, forbidden))
        for endpoint in endpoints
    ]


def _ok(result: Any) -> Operation:  # noqa: ANN401 (Schemathesis's)
    return result.ok()


def _make(operation: Operation, endpoint: Endpoint, allowed: int, forbidden: int) -> list[AnyCase]:
    cases = _draw(operation, GenerationMode.POSITIVE, allowed)
    if forbidden and (endpoint.has_body or operation.query):
        cases += _draw(operation, GenerationMode.NEGATIVE, forbidden)
    return cases


def _draw(operation: Operation, mode: GenerationMode, count: int) -> list[AnyCase]:
    drawn: list[AnyCase] = []

    @settings(
        max_examples=count,
        database=None,
        derandomize=True,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=[*HealthCheck],  # pyright: ignore[reportArgumentType] (a class of classes)
    )
    @given(case=operation.as_strategy(generation_mode=mode))
    def collect(case: AnyCase) -> None:
        drawn.append(case)

    collect()
    return drawn


def send(
    session: requests.Session,
    address: str,
    case: AnyCase,
    caller: ClientKind,
    source: str = "",
    ids: dict[str, str] | None = None,
) -> requests.Response:
    """The answer to a request of a caller.

    Args:
        session: keeps connections.
        address: of the server.
        case: the request.
        caller: who sends it.
        source: address of the caller, as a proxy tells it.
        ids: of things that it is about, in place of those that were drawn.
    """
    options = case.as_transport_kwargs(base_url=address)
    if ids:
        options["url"] = address + _address(case, ids)
        if isinstance(options.get("json"), dict):
            known = {name: value for name, value in ids.items() if name in options["json"]}
            options["json"] = {**options["json"], **known}
    request = requests.Request(**options).prepare()
    for name in ("Authorization", "Cookie", "X-CSRF-Token"):
        request.headers.pop(name, None)
    request.headers.update(caller.headers)
    if source:
        request.headers["X-Forwarded-For"] = source
    return session.send(request, allow_redirects=False)


def _address(case: AnyCase, ids: dict[str, str]) -> str:
    path = case.path
    for name, drawn in (case.path_parameters or {}).items():
        path = path.replace(f"{{{name}}}", ids.get(name, str(drawn)))
    return path


def label_of(case: AnyCase) -> str:
    """Method and address."""
    label: str = case.operation.label
    return label


def code_of(answer: requests.Response) -> str:
    """The code of a refusal; empty for anything else."""
    if answer.status_code < 400:
        return ""
    body: dict[str, Any] = answer.json()
    return body.get("code") or body["error"]["code"]


def faults(case: AnyCase, answer: requests.Response) -> list[str]:
    """What an answer is that the description does not say."""
    try:
        case.validate_response(answer, checks=CHECKS)
    except FailureGroup as group:
        return [
            f"{label_of(case)}: {answer.status_code} {each.title}: {each} {answer.text[:200]}"
            for each in group.exceptions
        ]
    return []
