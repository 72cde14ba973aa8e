"""Bodies of requests for whole files: the same fields as JSON or as a form, in strict UTF-8."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any
from urllib.parse import parse_qsl

from fastapi import Depends
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError
from python_multipart.multipart import parse_options_header
from starlette.datastructures import Headers
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import Request

from huisheng.errors import InvalidText
from huisheng.server.dependencies import SettingsDep, is_json, media_type, unique_fields
from huisheng.server.errors import MalformedBody, UnsupportedMediaType, component
from huisheng.server.speech.schemas import SpeechRequest

_JSON = "application/json"
_URLENCODED = "application/x-www-form-urlencoded"
_MULTIPART = "multipart/form-data"
_MOST_FIELDS = 100


@dataclass(frozen=True, slots=True)
class Submission:
    """A request and whether it came as a form."""

    request: SpeechRequest
    is_form: bool


async def read_submission(request: Request, settings: SettingsDep) -> Submission:
    """Read a body of either kind.

    Raises:
        UnsupportedMediaType: it is of neither.
        MalformedBody: it cannot be parsed.
        InvalidText: a form is not in UTF-8.
        UnknownField, RepeatedField: by their names.
        RequestValidationError: a field is of the wrong type.
    """
    kind = media_type(request)
    if is_json(kind):
        return Submission(_validate(_parsed_json(await request.body())), is_form=False)
    if kind == _URLENCODED:
        fields = _parsed_urlencoded(await request.body())
    elif kind == _MULTIPART:
        fields = await _parsed_multipart(
            request.headers["content-type"], request.stream(), settings.body_limit
        )
    else:
        raise UnsupportedMediaType(_JSON, _URLENCODED, _MULTIPART)
    return Submission(_validate({name: value or None for name, value in fields.items()}), is_form=True)


SubmissionDep = Annotated[Submission, Depends(read_submission)]

FORMS_AND_JSON = {
    "requestBody": {
        "required": True,
        "content": {kind: {"schema": component(SpeechRequest)} for kind in (_JSON, _URLENCODED, _MULTIPART)},
    }
}
"""The body for OpenAPI, which FastAPI cannot derive from a dependency that reads it."""


def _parsed_json(body: bytes) -> Any:  # noqa: ANN401 (whatever JSON holds)
    try:
        return json.loads(body)
    except (ValueError, RecursionError) as error:
        raise MalformedBody from error


def _parsed_urlencoded(body: bytes) -> dict[str, str]:
    """Fields; like browsers and unlike the letter of the standard, bare UTF-8 bytes are taken too."""
    try:
        pairs = parse_qsl(
            body.decode("utf-8"), keep_blank_values=True, errors="strict", max_num_fields=_MOST_FIELDS
        )
    except UnicodeDecodeError as error:
        raise InvalidText from error
    except ValueError as error:
        raise MalformedBody from error
    return unique_fields(pairs)


async def _parsed_multipart(
    content_type: str, stream: AsyncGenerator[bytes], largest: int
) -> Mapping[str, str]:
    """Fields. The parser would fall back from UTF-8 to Latin-1 in silence; Latin-1 at once loses nothing."""
    boundary = parse_options_header(content_type)[1].get(b"boundary", b"").decode("latin-1")
    headers = Headers({"content-type": f'{_MULTIPART}; boundary="{boundary}"; charset=latin-1'})
    parser = MultiPartParser(headers, stream, max_files=0, max_fields=_MOST_FIELDS, max_part_size=largest)
    try:
        form = await parser.parse()
        pairs = [
            (name, value.encode("latin-1").decode("utf-8"))
            for name, value in form.multi_items()
            if isinstance(value, str)
        ]
    except MultiPartException as error:
        raise MalformedBody from error
    except UnicodeDecodeError as error:
        raise InvalidText from error
    return unique_fields(pairs)


def _validate(fields: Any) -> SpeechRequest:  # noqa: ANN401 (whatever JSON holds)
    try:
        return SpeechRequest.model_validate(fields)
    except ValidationError as error:
        raise RequestValidationError(error.errors()) from error
