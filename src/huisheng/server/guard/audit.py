"""Refused texts, for an operator who must account for them: neither the text nor the word is written."""

from __future__ import annotations

import hashlib
import json
import logging
import os
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from huisheng.errors import HuishengError, SetupError
from huisheng.runtime.request import request_id
from huisheng.server.guard.client import Client

logger = logging.getLogger("huisheng.server")

_OWNER_ONLY: Final = 0o600


class AuditLog:
    """A file with one line of JSON for each refused text.

    Args:
        path: of the file; it is made where there is none.

    Raises:
        SetupError: it cannot be written.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            self._append(b"")
        except OSError as error:
            raise SetupError(
                f"无法写入审计日志 {path}，请检查 HUISHENG_AUDIT 的路径和权限。",
                f"The audit log {path} cannot be written; check the path in HUISHENG_AUDIT and your rights.",
            ) from error

    def write(self, error: HuishengError, text: str, client: Client, more: Mapping[str, str]) -> None:
        """Add a line about the current request, with `more` fields; a text appears by its SHA-256. A line
        that cannot be written is an error in the log.
        """
        digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
        line = {
            "time": datetime.now(UTC).isoformat(timespec="milliseconds"),
            "request_id": request_id.get(),
            "key_id": client.key_id,
            "address": client.address,
            "code": error.code,
            "text_sha256": digest,
            **more,
        }
        try:
            self._append(json.dumps(line).encode() + b"\n")
        except OSError as failure:
            logger.error("审计日志写入失败 audit log not written: %s", type(failure).__name__)  # noqa: TRY400

    def _append(self, line: bytes) -> None:
        """One write at the end of the file, so that lines of several writers stay whole."""
        descriptor = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, _OWNER_ONLY)
        try:
            os.write(descriptor, line)
        finally:
            os.close(descriptor)
