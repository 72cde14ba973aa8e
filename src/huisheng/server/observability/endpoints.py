"""`/metrics`, for Prometheus."""

from __future__ import annotations

from collections.abc import Sequence
from http import HTTPStatus
from typing import Annotated

from fastapi import FastAPI, Header
from fastapi.params import Depends
from fastapi.responses import PlainTextResponse, Response

from huisheng.server.documentation import error_kinds
from huisheng.server.errors import STALLED, status_of
from huisheng.server.observability.metrics import Metrics


def error_codes() -> list[str]:
    """The codes that `huisheng_errors_total` may have."""
    kinds = (kind for kind in error_kinds() if status_of(kind) >= HTTPStatus.INTERNAL_SERVER_ERROR)
    return [STALLED, *(kind.code for kind in kinds)]


def install(app: FastAPI, metrics: Metrics, dependencies: Sequence[Depends] = ()) -> None:
    """Show what was counted.

    Args:
        app: that shows it.
        metrics: that count.
        dependencies: that refuse whoever may not see it.
    """

    def scrape(accept: Annotated[str, Header(include_in_schema=False)] = "") -> Response:
        """All metrics, in the text format of Prometheus, or in OpenMetrics where `Accept` names it."""
        content, media_type = metrics.render(accept)
        return Response(content, media_type=media_type)

    app.add_api_route(
        "/metrics",
        scrape,
        methods=["GET"],
        dependencies=dependencies,
        summary="运行指标，供 Prometheus 读取",
        tags=["运行状态 Health"],
        response_class=PlainTextResponse,
        responses={200: {"content": {"application/openmetrics-text": {}}}},
    )
