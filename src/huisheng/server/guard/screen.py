"""The one place that sees every text before it is spoken."""

from __future__ import annotations

import logging
from collections.abc import Callable

from huisheng.server.guard.audit import AuditLog
from huisheng.server.guard.caller import visit
from huisheng.server.guard.errors import TextRefused
from huisheng.server.guard.settings import GuardSettings
from huisheng.server.guard.words import TextFilter, WordFile, made_by

access = logging.getLogger("huisheng.access")


class Screen:
    """Logs texts where the operator wants that, and refuses those that may not be spoken.

    Args:
        settings: which words, and where refusals are noted.

    Raises:
        SetupError: a file of the settings cannot be used, or there is no such filter.
    """

    def __init__(self, settings: GuardSettings) -> None:
        self._filter = _filter(settings)
        self._audit = AuditLog(settings.audit) if settings.audit else None
        self._log_text = settings.log_text

    def check(self, written: str, spoken: Callable[[], str]) -> None:
        """Look at one text.

        Args:
            written: by the client.
            spoken: finds out what of it is spoken, without markup; called only where there is a filter.

        Raises:
            TextRefused: it may not be spoken.
        """
        if self._log_text:
            access.info("text %r %s", written, visit.get().request_id)  # escaped, so it stays one line
        if self._filter is None:
            return
        found = self._filter.find(spoken())
        if found is None:
            return
        error = TextRefused()
        if self._audit:
            more = {"text": written, "word": found} if self._log_text else {}
            self._audit.note(error, written, visit.get(), more)
        raise error


def _filter(settings: GuardSettings) -> TextFilter | None:
    if settings.words:
        return WordFile(settings.words)
    return made_by(settings.word_filter) if settings.word_filter else None
