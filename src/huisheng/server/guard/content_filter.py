"""Every text is checked here before it is spoken."""

from __future__ import annotations

import logging
from collections.abc import Callable

from huisheng.runtime.request import request_id
from huisheng.server.guard.audit import AuditLog
from huisheng.server.guard.client import Client
from huisheng.server.guard.errors import TextRefused
from huisheng.server.guard.settings import GuardSettings
from huisheng.server.guard.word_list import TextFilter, WordFile, load_filter

access = logging.getLogger("huisheng.access")


class ContentFilter:
    """Logs texts where the operator wants that, and refuses those that may not be spoken.

    Args:
        settings: the words, and the file of the audit log.

    Raises:
        SetupError: a file of the settings cannot be used, or there is no such filter.
    """

    def __init__(self, settings: GuardSettings) -> None:
        self._filter = _filter(settings)
        self._audit = AuditLog(settings.audit) if settings.audit else None
        self._log_text = settings.log_text

    def check(self, written: str, spoken: Callable[[], str], client: Client) -> None:
        """Check one text.

        Args:
            written: by the client.
            spoken: returns what of it is spoken, without markup; called only where there is a filter.
            client: that sent the text.

        Raises:
            TextRefused: it may not be spoken.
        """
        if self._log_text:
            access.info("text %r %s", written, request_id.get())  # escaped, so it stays one line
        if self._filter is None:
            return
        word = self._filter.find(spoken())
        if word is None:
            return
        error = TextRefused()
        if self._audit:
            more = {"text": written, "word": word} if self._log_text else {}
            self._audit.write(error, written, client, more)
        raise error


def _filter(settings: GuardSettings) -> TextFilter | None:
    if settings.words:
        return WordFile(settings.words)
    return load_filter(settings.word_filter) if settings.word_filter else None
