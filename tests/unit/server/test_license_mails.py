"""Mail to operators about the end of a licence: once for each threshold."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select
from tests.unit.server.admin.rows import add_user
from tests.unit.server.test_license import IN_TERM, install_license

from huisheng.licensing.installation import Installation
from huisheng.server.accounts.mail import render
from huisheng.server.accounts.models import Mail
from huisheng.server.database.database import Database
from huisheng.server.license_mails import Reminder, due_reminder, remind_operators

END = datetime(2026, 12, 31, 12, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture
def installation(tmp_path: Path) -> Installation:
    """With a licence until the end of 2026."""
    return install_license(tmp_path, "accounts")


@pytest.mark.parametrize(
    ("days", "due"),
    [
        (-100, None),
        (-91, None),
        (-90, Reminder("license_ending", 90)),
        (-31, Reminder("license_ending", 90)),
        (-30, Reminder("license_ending", 30)),
        (-7, Reminder("license_ending", 7)),
        (-1, Reminder("license_ending", 1)),
        (0, Reminder("license_ending", 1)),
        (2, Reminder("license_grace", 30)),
        (24, Reminder("license_grace", 7)),
        (30, Reminder("license_grace", 1)),
        (40, Reminder("license_over", 0)),
    ],
)
def test_a_message_is_due_from_each_threshold_on(
    days: int, due: Reminder | None, installation: Installation
) -> None:
    assert due_reminder(installation.status(END + days * DAY)) == due


def test_each_operator_is_reminded_once_for_each_threshold(
    database: Database, installation: Installation
) -> None:
    with database.writing() as session:
        add_user(session, "operator", is_operator=True)
        add_user(session, "colleague", is_operator=True, locale="en")
        add_user(session, "customer")
    moments = (-91, -90, -89.5, -60, -30, -29, -7, -1, 0, 2, 3, 24, 30, 40, 400)

    for days in moments:
        now = END + days * DAY
        with database.writing() as session:
            remind_operators(session, installation.status(now), now)

    with database.reading() as session:
        mails = session.scalars(select(Mail).order_by(Mail.id)).all()
    expected = [*["license_ending"] * 4, *["license_grace"] * 3, "license_over"]
    for name, locale in (("operator", "zh"), ("colleague", "en")):
        own = [each for each in mails if each.recipient == f"{name}@example.com"]
        assert [each.template for each in own] == expected
        assert {each.locale for each in own} == {locale}
    assert len(mails) == 16
    subject, text = render("license_grace", "zh", mails[8].values)
    assert "宽限期还有" in subject
    assert "HS-1" in text


def test_without_a_licence_nobody_is_reminded(database: Database, tmp_path: Path) -> None:
    with database.writing() as session:
        add_user(session, "operator", is_operator=True)
        remind_operators(session, Installation.at(tmp_path, tmp_path).status(IN_TERM), IN_TERM)
        assert session.scalars(select(Mail)).all() == []
