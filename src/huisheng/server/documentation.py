"""`/docs`: the OpenAPI description as one page, without scripts and without anything from elsewhere."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from html import escape
from importlib.resources import files
from string import Template
from typing import Any, Final, NamedTuple
from urllib.parse import quote

from fastapi import APIRouter, FastAPI
from pydantic.json_schema import models_json_schema
from starlette.requests import Request
from starlette.responses import HTMLResponse

from huisheng import errors as library_errors
from huisheng.errors import HuishengError
from huisheng.server import errors as server_errors
from huisheng.server.accounts import errors as account_errors
from huisheng.server.admin import errors as admin_errors
from huisheng.server.billing import errors as billing_errors
from huisheng.server.database import errors as database_errors
from huisheng.server.errors import KINDS, PROBLEM, Problem, RefusalFormat, refusals, status_of
from huisheng.server.guard import errors as guard_errors
from huisheng.server.guard.errors import Denied, LimitError, Unauthorized, UnknownHost
from huisheng.server.guard.middleware import HEALTH
from huisheng.server.payments import errors as payment_errors
from huisheng.server.plans import errors as plan_errors
from huisheng.server.speech.schemas import SpeechRequest, StreamAudio, StreamDone, StreamError, StreamStart
from huisheng.server.usage import errors as usage_errors

router = APIRouter()

CALLERS: Final = "x-callers"
"""In an operation, who may call it, in words; only where there are accounts."""

_METHODS: Final = ("get", "post", "put", "patch", "delete")


class _Operation(NamedTuple):
    """A method of an address; `description` is its part of the OpenAPI description."""

    method: str
    path: str
    group: str
    description: Mapping[str, Any]

    @property
    def anchor(self) -> str:
        """Its place in the page."""
        return f"{self.method}{self.path}".lower().translate(_ANCHOR)


_ANCHOR: Final = str.maketrans("/", "-", "{}")

_PAGE: Final = Template(files("huisheng.server").joinpath("documentation.html").read_text(encoding="utf-8"))
"""Looks as the page at `/` does (`web/src/tokens.css`), and stands alone: style and icon are in it."""

_DARK: Final = (
    "color-scheme: dark; --paper: #161310; --sheet: #201c17; --well: #2a251f; --ink: #f0e8da; "
    "--ink-soft: #b0a492; --hairline: #39322a; --vermilion: #e2623f; --vermilion-deep: #f08569; "
    "--on-vermilion: #260c06;"
)
_ICON: Final = quote(
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32">'
    '<rect x="1" y="1" width="30" height="30" rx="7" fill="#b23320"/>'
    '<path d="M6 19c3 0 3.5-9 6.5-9s3 13 6.5 13 3-8 7-8" fill="none" stroke="#fdf8ee" stroke-width="3"/>'
    "</svg>"
)
_THEMES: Final = ("light", "dark")

_UNSEEN: Final = (Problem, SpeechRequest, StreamStart, StreamAudio, StreamDone, StreamError)
"""Models that only our own descriptions name."""

_TEXTS: Final = {"SpeechRequest": "text", "ReadingRequest": "text", "OpenAISpeechRequest": "input"}
"""Model → its field that holds a text."""

_CODED: Final = ("Problem", "StreamError", "ErrorDetail")
"""Models whose `code` is that of an error."""

_FOREIGN: Final = ("HTTPValidationError", "ValidationError")
"""FastAPI's answer to fields of a wrong type, which is never given here."""


_ERRORS: Final = (
    *(library_errors, server_errors, guard_errors, database_errors),
    *(account_errors, admin_errors),
    *(plan_errors, usage_errors, payment_errors, billing_errors),
)
"""Modules that define errors; none of them loads a library that only accounts need."""

_GUARDED: Final = (Unauthorized, Denied, UnknownHost, LimitError)
"""What any request may meet before its address is looked at, but for those of probes."""


class DescribedAPI(FastAPI):
    """An application whose OpenAPI description has all of its answers, and only those.

    Args:
        text_limit: characters that one request may hold.
        formats: path prefix → format of refusals, of doors that have one of their own.
        accounts: whether there are accounts, so that not everybody may call everything.
        options: of FastAPI.
    """

    def __init__(
        self,
        text_limit: int,
        formats: Mapping[str, RefusalFormat],
        *,
        accounts: bool = False,
        **options: Any,  # noqa: ANN401 (FastAPI's)
    ) -> None:
        super().__init__(**options)
        self._text_limit = text_limit
        self._formats = formats
        self._accounts = accounts

    def openapi(self) -> dict[str, Any]:
        """FastAPI's description with our models, limits and codes, without its own kind of error."""
        if self.openapi_schema is None:
            description = super().openapi()
            schemas = description["components"]["schemas"]
            models = (written.model for written in self._formats.values())
            unseen = (*_UNSEEN, *(model for model in models if model.__name__ not in schemas))
            _, ours = models_json_schema(
                [(model, "serialization") for model in unseen], ref_template="#/components/schemas/{model}"
            )
            self.openapi_schema = description
            schemas.update(ours["$defs"])
            for name in _FOREIGN:
                schemas.pop(name, None)
            for name, field in _TEXTS.items():
                _declare_text(schemas[name]["properties"][field], self._text_limit)
            for name in _CODED:
                _declare_codes(schemas[name]["properties"]["code"])
            for path, methods in description["paths"].items():
                for operation in methods.values():
                    _drop_foreign(operation["responses"])
                    if not self._accounts:
                        _declare_refusals(path, operation["responses"], self._formats)
                    _declare_texts(operation.get("parameters", ()), self._text_limit)
            if self._accounts:
                from huisheng.server.contract import describe_accounts  # noqa: PLC0415 (loads the database)

                describe_accounts(description, self.routes, self._formats)
            _drop_kinds(description["paths"])
        return self.openapi_schema


@router.get("/docs", include_in_schema=False)
async def documentation(request: Request) -> HTMLResponse:
    """The page for people; `?theme=light` and `?theme=dark` stand over the system's theme."""
    return HTMLResponse(render(request.app.openapi(), request.query_params.get("theme", "")))


def render(description: Mapping[str, Any], theme: str = "") -> str:
    """An OpenAPI description as HTML.

    Args:
        description: of every address.
        theme: light or dark; any other leaves the choice to the reader's system.
    """
    operations = _operations(description["paths"])
    groups = dict.fromkeys(operation.group for operation in operations)
    members = {group: [each for each in operations if each.group == group] for group in groups}
    schemas = description["components"]["schemas"]
    chosen = theme if theme in _THEMES else ""
    return _PAGE.substitute(
        theme=f' data-theme="{chosen}"' if chosen else "",
        color_scheme=chosen or "light dark",
        dark=_DARK,
        icon=_ICON,
        contents="".join(_contents(members)),
        operations="".join(_group(name, each, schemas) for name, each in members.items()),
        errors="".join(_error_row(kind) for kind in error_kinds()),
    )


def error_kinds() -> list[type[HuishengError]]:
    """Every kind of error that has a code of its own, in the order of the tree."""
    members = (member for module in _ERRORS for member in vars(module).values())
    kinds = [kind for kind in members if isinstance(kind, type) and issubclass(kind, HuishengError)]
    return list({kind.code: kind for kind in reversed(kinds) if "code" in vars(kind)}.values())[::-1]


def _declare_codes(code: dict[str, Any]) -> None:
    """The codes that errors have, where a code is declared; beside null where there may be none."""
    known = {"type": "string", "enum": sorted(kind.code for kind in error_kinds())}
    if "anyOf" in code:
        code["anyOf"] = [known, {"type": "null"}]
    else:
        code.update(known)


def _declare_refusals(path: str, responses: dict[str, Any], formats: Mapping[str, RefusalFormat]) -> None:
    """What may refuse a request of any kind, in the format of its door."""
    if path in HEALTH:
        return
    written = next((formats[prefix] for prefix in formats if path.startswith(prefix)), PROBLEM)
    for status, answer in refusals(*_GUARDED, written=written).items():
        responses.setdefault(str(status), answer)


def _declare_text(schema: dict[str, Any], limit: int) -> None:
    """Its longest, without the default, which is there only so that a missing text is an empty one."""
    schema["maxLength"] = limit
    schema.pop("default", None)


def _declare_texts(parameters: Sequence[dict[str, Any]], limit: int) -> None:
    for parameter in parameters:
        if parameter["name"] == "text":
            parameter["required"] = True
            _declare_text(parameter["schema"], limit)


def _drop_foreign(responses: dict[str, Any]) -> None:
    for status in [status for status, answer in responses.items() if _FOREIGN[0] in json.dumps(answer)]:
        del responses[status]


def _drop_kinds(paths: Mapping[str, Any]) -> None:
    for methods in paths.values():
        for operation in methods.values():
            for answer in operation["responses"].values():
                answer.pop(KINDS, None)


def _operations(paths: Mapping[str, Any]) -> list[_Operation]:
    return [
        _Operation(method.upper(), path, methods[method].get("tags", [""])[0], methods[method])
        for path, methods in paths.items()
        for method in _METHODS
        if method in methods
    ]


def _contents(members: Mapping[str, Iterable[_Operation]]) -> Iterator[str]:
    for name, operations in members.items():
        yield f'<li class="group">{escape(name)}</li>'
        for each in operations:
            yield f'<li><a href="#{each.anchor}"><code>{each.method} {escape(each.path)}</code></a></li>'
    yield '<li class="group"><a href="#errors">错误 Errors</a></li>'


def _group(name: str, operations: Iterable[_Operation], schemas: Mapping[str, Any]) -> str:
    return f"<h2>{escape(name)}</h2>" + "".join(_operation(each, schemas) for each in operations)


def _operation(operation: _Operation, schemas: Mapping[str, Any]) -> str:
    described = operation.description
    heading = f"<h3><code><b>{operation.method}</b> {escape(operation.path)}</code></h3>"
    summary = f"<p>{escape(described.get('summary', ''))}</p>"
    callers = f'<p class="soft">{escape(described[CALLERS])}</p>' if CALLERS in described else ""
    body = "".join((*_parameters(described), *_body(described, schemas)))
    return f'<article id="{operation.anchor}">{heading}{summary}{callers}{body}</article>'


def _parameters(operation: Mapping[str, Any]) -> Iterator[str]:
    parameters = operation.get("parameters", ())
    if parameters:
        fields = {each["name"]: {**each["schema"], **each} for each in parameters}
        yield _table(fields, {each["name"] for each in parameters if each.get("required")})


def _body(operation: Mapping[str, Any], schemas: Mapping[str, Any]) -> Iterator[str]:
    content = operation.get("requestBody", {}).get("content", {})
    if not content:
        return
    yield f'<p class="soft">Content-Type: {escape("、".join(content))}</p>'
    schema = next(iter(content.values()))["schema"]
    schema = schemas[schema["$ref"].rpartition("/")[2]] if "$ref" in schema else schema
    yield _table(schema["properties"], schema.get("required", ()))
    for example in schema.get("examples", ()):
        yield f'<pre tabindex="0">{escape(json.dumps(example, ensure_ascii=False, indent=2))}</pre>'


def _table(fields: Mapping[str, Mapping[str, Any]], required: Collection[str]) -> str:
    rows = "".join(_field_row(name, field, required=name in required) for name, field in fields.items())
    head = "<tr><th>字段 Field</th><th>默认值 Default</th><th>说明 Description</th></tr>"
    return f"<table><thead>{head}</thead><tbody>{rows}</tbody></table>"


def _field_row(name: str, field: Mapping[str, Any], *, required: bool) -> str:
    default = json.dumps(field.get("default"), ensure_ascii=False)
    default_cell = "必填 required" if required else f"<code>{escape(default)}</code>"
    return (
        f"<tr><td><code>{escape(name)}</code></td><td>{default_cell}</td>"
        f"<td>{escape(field.get('description', ''))}</td></tr>"
    )


def _error_row(kind: type[HuishengError]) -> str:
    code, summary = escape(kind.code), escape((kind.__doc__ or "").splitlines()[0])
    return (
        f'<tr id="{code}"><td><code>{code}</code></td><td>{int(status_of(kind))}</td><td>{summary}</td></tr>'
    )
