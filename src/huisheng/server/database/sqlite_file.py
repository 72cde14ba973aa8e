"""The file of a SQLite database stays the same one for as long as it is open.

SQLite goes on with a file that was removed or replaced, and makes a new one for the next connection
(https://sqlite.org/howtocorrupt.html, section 4.4). What is written then is gone with the last connection.
"""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, event

from huisheng.server.database.errors import DatabaseUnavailable

logger = logging.getLogger("huisheng.server")


class SqliteFile:
    """Refuses transactions while the file is not where it was, or another is in its place.

    Args:
        path: of the file; it need not be there before the first connection.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._identity: tuple[int, int] | None = None
        """Device and inode, from the first connection on."""

    def watch(self, engine: Engine) -> None:
        """Look at each connection of an engine, and at each of its transactions."""
        event.listen(engine, "do_connect", self._before_connection)
        event.listen(engine, "connect", self._after_connection)
        event.listen(engine, "begin", self._before_transaction)

    def _before_connection(self, *_: Any) -> None:  # noqa: ANN401 (SQLAlchemy's)
        if self._identity is not None:
            self._require_same()

    def _after_connection(self, *_: object) -> None:
        if self._identity is None:
            self._identity = self._look()

    def _before_transaction(self, _: Connection) -> None:
        self._require_same()

    def _require_same(self) -> None:
        if self._look() != self._identity:
            logger.error(
                "the file of the database is gone, or another is in its place: put it back, or restart"
            )
            raise DatabaseUnavailable

    def _look(self) -> tuple[int, int] | None:
        try:
            found = self._path.stat()
        except OSError:
            return None
        return found.st_dev, found.st_ino
