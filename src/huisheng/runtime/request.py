"""The id of the request that work is done for, for logs."""

from __future__ import annotations

from contextvars import ContextVar
from typing import Final

request_id: Final = ContextVar("request_id", default="")
"""The request that the current task or thread works for; empty where there is none (PEP 567)."""
