"""How the server is, and its books."""

from __future__ import annotations

import time

from fastapi import APIRouter, Depends

from huisheng.server.admin.endpoints.common import BusinessDep
from huisheng.server.admin.health import read_health
from huisheng.server.admin.schemas import BooksProof, ServerHealth
from huisheng.server.permissions import require_operator

router = APIRouter(
    prefix="/api/admin", tags=["管理 Administration"], dependencies=[Depends(require_operator)]
)


@router.get("/health", summary="服务器的状态")
async def get_health(business: BusinessDep) -> ServerHealth:
    """Database, mail, payments, books, server processes, licence."""
    now, begin = business.accounts.clock(), time.perf_counter()
    found = await business.database.read(lambda session: read_health(session, now))
    return ServerHealth.of(found, business, time.perf_counter() - begin)


@router.post("/ledger/prove", summary="证明账目正确")
async def prove_books(business: BusinessDep) -> BooksProof:
    """Prove the books now."""
    return BooksProof.of(await business.books.prove())
