"""`/docs`: the OpenAPI description as one plain page, without scripts and without anything from elsewhere."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from html import escape
from string import Template
from typing import Any, Final

from fastapi import APIRouter, FastAPI
from pydantic.json_schema import models_json_schema
from starlette.requests import Request
from starlette.responses import HTMLResponse

from huisheng import errors as library_errors
from huisheng.errors import HuishengError
from huisheng.server import errors as server_errors
from huisheng.server.doors.openai import openai_refusals
from huisheng.server.errors import Problem, refusals, status_of
from huisheng.server.guard import errors as guard_errors
from huisheng.server.guard.doors import HEALTH
from huisheng.server.guard.errors import Denied, LimitError, Unauthorized, UnknownHost
from huisheng.server.speech.schemas import SpeechRequest, StreamAudio, StreamDone, StreamError, StreamStart

router = APIRouter()

_METHODS: Final = ("get", "post")

_PAGE: Final = Template("""<!doctype html>
<html lang="zh-CN">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>绘声接口说明 · Huisheng API</title>
<style>
:root { color-scheme: light dark; }
body { font: 16px/1.7 system-ui, sans-serif; max-width: 56rem; margin: 2rem auto; padding: 0 1rem; }
h2 { margin-top: 3rem; } h2 code { font-size: 1.1em; }
pre { padding: 1rem; overflow-x: auto; border: 1px solid #8886; border-radius: .5rem; }
table { border-collapse: collapse; width: 100%; }
td, th { text-align: left; vertical-align: top; padding: .3rem .6rem; border-bottom: 1px solid #8884; }
</style>
</head>
<body>
<h1>绘声接口说明</h1>
<p>机器可读的说明见 <a href="/openapi.json">/openapi.json</a>。
The same, for programs: <a href="/openapi.json">/openapi.json</a>.</p>
$operations
<h2 id="errors">错误 Errors</h2>
<table><tr><th>code</th><th>HTTP</th><th>说明</th></tr>$errors</table>
</body>
</html>
""")


_UNSEEN: Final = (Problem, SpeechRequest, StreamStart, StreamAudio, StreamDone, StreamError)
"""Models that only our own descriptions name."""

_TEXTS: Final = {"SpeechRequest": "text", "ReadingRequest": "text", "OpenAISpeechRequest": "input"}
"""Model → its field that holds a text."""

_CODED: Final = ("Problem", "StreamError", "ErrorDetail")
"""Models whose `code` is that of an error."""

_FOREIGN: Final = ("HTTPValidationError", "ValidationError")
"""FastAPI's answer to fields of a wrong type, which is never given here."""


_GUARDED: Final = (Unauthorized, Denied, UnknownHost, LimitError)
"""What any request may meet before its address is looked at, but for those of probes."""

_OPENAI: Final = "/v1/"


class DescribedAPI(FastAPI):
    """An application whose OpenAPI description tells what it really answers.

    Args:
        text_limit: characters that one request may hold.
        options: as FastAPI's.
    """

    def __init__(self, text_limit: int, **options: Any) -> None:  # noqa: ANN401 (FastAPI's)
        super().__init__(**options)
        self._text_limit = text_limit

    def openapi(self) -> dict[str, Any]:
        """FastAPI's description with our models, limits and codes, without its own kind of error."""
        if self.openapi_schema is None:
            description = super().openapi()
            _, ours = models_json_schema(
                [(model, "serialization") for model in _UNSEEN], ref_template="#/components/schemas/{model}"
            )
            schemas = description["components"]["schemas"]
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
                    _declare_refusals(path, operation["responses"])
                    _declare_texts(operation.get("parameters", ()), self._text_limit)
        return self.openapi_schema


@router.get("/docs", include_in_schema=False)
async def documentation(request: Request) -> HTMLResponse:
    """The page for people."""
    return HTMLResponse(render(request.app.openapi()))


def render(description: Mapping[str, Any]) -> str:
    """An OpenAPI description as HTML."""
    schemas = description["components"]["schemas"]
    operations = "".join(
        _operation(f"{method.upper()} {path}", methods[method], schemas)
        for path, methods in description["paths"].items()
        for method in _METHODS
        if method in methods
    )
    rows = "".join(_error_row(kind) for kind in error_kinds())
    return _PAGE.substitute(operations=operations, errors=rows)


def error_kinds() -> list[type[HuishengError]]:
    """Every kind of error that has a code of its own, in the order of the tree."""
    modules = (library_errors, server_errors, guard_errors)
    members = (member for module in modules for member in vars(module).values())
    kinds = [kind for kind in members if isinstance(kind, type) and issubclass(kind, HuishengError)]
    return list({kind.code: kind for kind in reversed(kinds) if "code" in vars(kind)}.values())[::-1]


def _declare_codes(code: dict[str, Any]) -> None:
    """The codes that errors have, where a code is declared; beside null where there may be none."""
    known = {"type": "string", "enum": sorted(kind.code for kind in error_kinds())}
    if "anyOf" in code:
        code["anyOf"] = [known, {"type": "null"}]
    else:
        code.update(known)


def _declare_refusals(path: str, responses: dict[str, Any]) -> None:
    """What may refuse a request of any kind, in the shape of its door."""
    if path in HEALTH:
        return
    for status, answer in (openai_refusals if path.startswith(_OPENAI) else refusals)(*_GUARDED).items():
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


def _operation(name: str, operation: Mapping[str, Any], schemas: Mapping[str, Any]) -> str:
    heading = f"<h2><code>{escape(name)}</code></h2><p>{escape(operation.get('summary', ''))}</p>"
    return heading + "".join(_body(operation, schemas))


def _body(operation: Mapping[str, Any], schemas: Mapping[str, Any]) -> Iterator[str]:
    for parameter in operation.get("parameters", ()):
        yield f"<p><code>{escape(parameter['name'])}</code> {escape(parameter.get('description', ''))}</p>"
    content = operation.get("requestBody", {}).get("content", {})
    if not content:
        return
    yield f"<p>Content-Type: {escape('、'.join(content))}</p>"
    schema = next(iter(content.values()))["schema"]
    schema = schemas[schema["$ref"].rpartition("/")[2]] if "$ref" in schema else schema
    rows = "".join(_field_row(name, field) for name, field in schema["properties"].items())
    yield f"<table><tr><th>字段</th><th>默认值</th><th>说明</th></tr>{rows}</table>"
    for example in schema.get("examples", ()):
        yield f"<pre>{escape(json.dumps(example, ensure_ascii=False, indent=2))}</pre>"


def _field_row(name: str, field: Mapping[str, Any]) -> str:
    default = json.dumps(field.get("default"), ensure_ascii=False)
    return (
        f"<tr><td><code>{escape(name)}</code></td><td><code>{escape(default)}</code></td>"
        f"<td>{escape(field.get('description', ''))}</td></tr>"
    )


def _error_row(kind: type[HuishengError]) -> str:
    code, summary = escape(kind.code), escape((kind.__doc__ or "").splitlines()[0])
    return (
        f'<tr id="{code}"><td><code>{code}</code></td><td>{int(status_of(kind))}</td><td>{summary}</td></tr>'
    )
