"""The licence of a running server: looked at now and then, logged once a day."""

from __future__ import annotations

import logging
from datetime import date, datetime

from huisheng.licensing.installation import Installation
from huisheng.licensing.status import LicenseStatus

logger = logging.getLogger("huisheng.license")


class LicenseMonitor:
    """Holds the last status, for whoever asks what is allowed.

    Args:
        installation: whose licence it is.
        now: UTC, when the server starts.
    """

    def __init__(self, installation: Installation, now: datetime) -> None:
        self._installation = installation
        self._logged: date | None = None
        self.status = self.refresh(now)
        """The last one; `LicenseStatus.allows` judges it by the time of its own call."""

    def refresh(self, now: datetime) -> LicenseStatus:
        """Look again, log it if it is the first time this day (UTC), and return what was found."""
        self.status = self._installation.status(now)
        if self._logged != now.date():
            self._logged = now.date()
            _log(self.status)
        return self.status


def _log(status: LicenseStatus) -> None:
    """One line for each message, without the customer's name; one line where there is none."""
    serial = status.license.serial if status.license else "-"
    if status.state == "none" and not status.required:
        return
    if not status.messages:
        logger.info("许可证 %s 有效，还有 %s 天。 The licence is valid.", serial, status.days_left)
    for notice in status.messages:
        logger.warning("许可证 %s（%s）：%s %s", serial, status.state, notice.message, notice.english)
