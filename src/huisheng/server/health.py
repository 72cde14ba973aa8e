"""Is the process alive, and can it speak: two probes for an operator."""

from __future__ import annotations

from typing import Literal

from fastapi import APIRouter
from pydantic import BaseModel

from huisheng.server.dependencies import ReadinessDep
from huisheng.server.errors import Warming, refusals

router = APIRouter(tags=["运行状态 Health"])


class Alive(BaseModel):
    """The process answers."""

    status: Literal["ok"] = "ok"


class Ready(BaseModel):
    """`ready`: the engine is loaded; `lazy`: the first request will load it."""

    status: Literal["ready", "lazy"]


@router.get("/healthz", summary="进程是否存活")
async def health() -> Alive:
    """Whether the process answers."""
    return Alive()


@router.get("/readyz", summary="引擎是否就绪", responses=refusals(Warming))
async def ready(readiness: ReadinessDep) -> Ready:
    """Whether requests are served."""
    await readiness.storage.probe()
    return Ready(status=readiness.state())
