"""Which request something is done for: known wherever work goes on, so that logs can tell."""

from __future__ import annotations

from contextvars import ContextVar
from typing import Final

request_id: Final = ContextVar("request_id", default="")
"""Of the request that the current task or thread works for; empty where there is none (PEP 567)."""
