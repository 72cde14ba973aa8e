"""How the server is."""

from __future__ import annotations

import time

from fastapi import APIRouter, Depends

from huisheng.server.accounts.endpoints.common import PartsDep
from huisheng.server.admin.endpoints.common import LicenseDep
from huisheng.server.admin.health import read_health
from huisheng.server.admin.schemas import ServerHealth
from huisheng.server.permissions import require_operator

router = APIRouter(
    prefix="/api/admin", tags=["管理 Administration"], dependencies=[Depends(require_operator)]
)


@router.get("/health", summary="服务器的状态")
async def get_health(parts: PartsDep, monitor: LicenseDep) -> ServerHealth:
    """Database, mail, server processes, licence."""
    now, begin = parts.clock(), time.perf_counter()
    found = await parts.database.read(lambda session: read_health(session, now))
    latency = time.perf_counter() - begin
    return ServerHealth.of(found, parts, monitor.status, latency)
