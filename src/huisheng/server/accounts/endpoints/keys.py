"""API keys over HTTP."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.status import HTTP_201_CREATED, HTTP_204_NO_CONTENT

from huisheng.server.accounts import key_management
from huisheng.server.accounts.endpoints.common import PartsDep
from huisheng.server.accounts.errors import TooManyKeys, UnknownObject
from huisheng.server.accounts.key_management import NewKey
from huisheng.server.accounts.schemas import CreatedKey, KeyChanges, KeyRequest, KeyView
from huisheng.server.accounts.text import RowId
from huisheng.server.dependencies import RequiresJson
from huisheng.server.errors import MalformedFields, UnsupportedMediaType, refusals
from huisheng.server.paging import ListPage, PageRequestDep, cut_page
from huisheng.server.permissions import MayManageKeys

router = APIRouter(prefix="/api/account/keys", tags=["密钥 API keys"])

_BODY = (MalformedFields, UnsupportedMediaType)


@router.get("", summary="密钥列表", responses=refusals(MalformedFields))
async def get_keys(parts: PartsDep, client: MayManageKeys, page: PageRequestDep) -> ListPage[KeyView]:
    """The keys of the account, revoked ones too, the latest first."""
    rows = await parts.database.read(
        lambda session: key_management.list_keys(session, client.account_id, page.limit, page.cursor)
    )
    return cut_page(rows, page, KeyView.of, lambda row: row.id)


@router.post(
    "",
    summary="创建密钥：密钥本身只返回这一次",
    status_code=HTTP_201_CREATED,
    responses=refusals(*_BODY, TooManyKeys),
    dependencies=[RequiresJson],
)
async def post_key(body: KeyRequest, parts: PartsDep, client: MayManageKeys) -> CreatedKey:
    """Make a key."""
    asked = NewKey(**{name: getattr(body, name) for name in KeyRequest.model_fields})
    row, key = await parts.database.write(
        lambda session: key_management.create_key(session, client, asked, parts.clock())
    )
    return CreatedKey.of(row, key=key)


@router.patch(
    "/{key_id}",
    summary="修改密钥",
    responses=refusals(*_BODY, UnknownObject),
    dependencies=[RequiresJson],
)
async def patch_key(key_id: RowId, body: KeyChanges, parts: PartsDep, client: MayManageKeys) -> KeyView:
    """Change a key."""
    row = await parts.database.write(
        lambda session: key_management.change_key(session, client, key_id, body.values(), parts.clock())
    )
    parts.forget_identities()
    return KeyView.of(row)


@router.delete(
    "/{key_id}",
    summary="撤销密钥",
    status_code=HTTP_204_NO_CONTENT,
    responses=refusals(MalformedFields, UnknownObject),
)
async def delete_key(key_id: RowId, parts: PartsDep, client: MayManageKeys) -> None:
    """Revoke a key."""
    await parts.database.write(
        lambda session: key_management.revoke_key(session, client, key_id, parts.clock())
    )
    parts.forget_identities()
