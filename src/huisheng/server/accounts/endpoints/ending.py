"""The export and the end of an account, over HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from typing import IO, Final

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.status import HTTP_204_NO_CONTENT

from huisheng.errors import Busy
from huisheng.server.accounts.cookies import clear_session_cookies
from huisheng.server.accounts.deletion import delete_account
from huisheng.server.accounts.endpoints.common import PartsDep, VisitorDep, uses_tls
from huisheng.server.accounts.errors import (
    ConfirmationMissing,
    LastOwner,
    TooManyAttempts,
    WrongCredentials,
)
from huisheng.server.accounts.export import write_export
from huisheng.server.accounts.schemas import DeleteRequest
from huisheng.server.dependencies import RequiresJson
from huisheng.server.errors import MalformedFields, UnsupportedMediaType, refusals
from huisheng.server.guard.errors import NotPermitted
from huisheng.server.permissions import MayOwn

router = APIRouter(prefix="/api/account", tags=["账户 Account"])

_PIECE: Final = 65_536
"""Bytes."""


@router.get(
    "/export",
    summary="导出账户的全部数据",
    response_class=StreamingResponse,
    responses={**refusals(NotPermitted), 200: {"content": {"application/json": {}}}},
)
async def get_export(parts: PartsDep, client: MayOwn) -> StreamingResponse:
    """All that is kept of the account."""
    file = await parts.database.read(lambda session: write_export(session, parts, client, parts.clock()))
    headers = {"Content-Disposition": 'attachment; filename="huisheng-account.json"'}
    return StreamingResponse(_read(file), media_type="application/json", headers=headers)


@router.post(
    "/delete",
    summary="删除账户",
    status_code=HTTP_204_NO_CONTENT,
    responses=refusals(
        *(MalformedFields, UnsupportedMediaType, WrongCredentials, ConfirmationMissing),
        *(LastOwner, TooManyAttempts, Busy),
    ),
    dependencies=[RequiresJson],
)
async def post_delete(
    body: DeleteRequest, request: Request, parts: PartsDep, client: MayOwn, visitor: VisitorDep
) -> Response:
    """Delete the account; with their own the person is gone too."""
    is_person = await delete_account(parts, client, body.password or "", body.confirm or "", visitor)
    response = Response(status_code=HTTP_204_NO_CONTENT)
    if is_person:
        clear_session_cookies(response, is_secure=uses_tls(request, parts))
    return response


def _read(file: IO[bytes]) -> Iterator[bytes]:
    with file:
        while piece := file.read(_PIECE):
            yield piece
