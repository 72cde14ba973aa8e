"""A licence on disk: installed whole, watched without ever failing, and never in the way of free use."""

from __future__ import annotations

import logging
import os
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from tests.unit.licensing.conftest import Issue, terms

from huisheng.errors import LicenseError, StorageError
from huisheng.licensing.installation import Installation
from huisheng.licensing.keys import public_pem
from huisheng.licensing.license import GRACE
from huisheng.licensing.monitor import LicenseMonitor
from huisheng.licensing.report import make_report
from huisheng.licensing.signing import sign

NOW = datetime(2026, 6, 1, tzinfo=UTC)
DAY = timedelta(days=1)


def test_an_installed_licence_is_valid(distribution: Installation, issue: Issue) -> None:
    distribution.install(issue(), NOW)

    status = distribution.status(NOW)

    assert (status.state, status.required, status.messages) == ("valid", True, ())
    assert status.license
    assert status.license.customer == "示例公司"


def test_an_installation_without_a_licence_writes_nothing(open_installation: Installation) -> None:
    status = open_installation.status(NOW)

    assert (status.state, status.messages, status.allows("accounts", NOW)) == ("none", (), True)
    assert not open_installation.folder.exists()


def test_a_distribution_that_ships_a_key_asks_for_a_licence(distribution: Installation) -> None:
    status = distribution.status(NOW)

    assert (status.state, status.allows("accounts", NOW)) == ("none", False)


def test_without_a_shipped_key_that_of_the_licence_is_named_once(
    open_installation: Installation, issue: Issue, key_file: Path
) -> None:
    with pytest.raises(LicenseError, match="--key"):
        open_installation.install(issue(), NOW)
    open_installation.install(issue(), NOW, key_file)
    open_installation.install(issue(serial="HS-2"), NOW)

    assert open_installation.status(NOW).state == "valid"


def test_a_shipped_key_cannot_be_replaced(
    distribution: Installation, stranger: Ed25519PrivateKey, tmp_path: Path
) -> None:
    own = tmp_path / "own.pub"
    own.write_bytes(public_pem(stranger.public_key()))

    with pytest.raises(LicenseError, match="只信任自带的公钥"):
        distribution.install(sign(terms(stranger), stranger).encode(), NOW, own)


def test_a_shipped_key_may_be_named(distribution: Installation, issue: Issue, key_file: Path) -> None:
    distribution.install(issue(), NOW, key_file)

    assert not distribution.key_file.exists()


def test_a_key_left_in_the_folder_counts_for_nothing_beside_a_shipped_one(
    distribution: Installation, stranger: Ed25519PrivateKey
) -> None:
    distribution.folder.mkdir(parents=True)
    distribution.key_file.write_bytes(public_pem(stranger.public_key()))
    distribution.file.write_bytes(sign(terms(stranger), stranger).encode())

    assert distribution.status(NOW).state == "tampered"


def test_a_bad_file_leaves_the_installed_one(distribution: Installation, issue: Issue) -> None:
    distribution.install(issue(), NOW)
    with pytest.raises(LicenseError):
        distribution.install(issue().replace(b"seats = 5", b"seats = 6"), NOW)

    assert distribution.file.read_bytes() == issue()


def test_a_licence_of_next_year_does_not_stop_that_of_this_year(
    distribution: Installation, issue: Issue
) -> None:
    following = issue(term_from=date(2027, 1, 1), term_to=date(2027, 12, 31))
    distribution.install(issue(), NOW)
    with pytest.raises(LicenseError) as refused:
        distribution.install(following, NOW)
    assert refused.value.fault == "license_not_in_force"

    distribution.install(following, datetime(2027, 1, 1, tzinfo=UTC))


def test_an_installation_that_cannot_be_written_is_told(
    tmp_path: Path, distribution: Installation, issue: Issue
) -> None:
    (tmp_path / "home").write_text("a file where the folder should be")

    with pytest.raises(StorageError):
        distribution.install(issue(), NOW)


def test_no_part_of_a_file_is_left_behind(distribution: Installation, issue: Issue) -> None:
    distribution.install(issue(), NOW)

    assert sorted(os.listdir(distribution.folder)) == ["clock.json", "license.txt"]  # noqa: PTH208


def test_a_clock_set_back_is_noticed_across_restarts(distribution: Installation, issue: Issue) -> None:
    distribution.install(issue(), NOW)
    distribution.status(NOW + 100 * DAY)

    assert distribution.status(NOW).state == "clock_set_back"
    assert distribution.status(NOW + 99 * DAY).state == "valid"


def test_time_is_remembered_hour_by_hour(distribution: Installation, issue: Issue) -> None:
    distribution.install(issue(), NOW)
    before = distribution.clock_file.read_bytes()
    distribution.status(NOW + timedelta(minutes=59))
    assert distribution.clock_file.read_bytes() == before

    distribution.status(NOW + timedelta(hours=1))

    assert distribution.clock_file.read_bytes() != before


@pytest.mark.parametrize("damage", ["remove", "overwrite"])
def test_a_lost_memory_of_time_stops_nothing(distribution: Installation, issue: Issue, damage: str) -> None:
    distribution.install(issue(), NOW)
    distribution.status(NOW + 100 * DAY)
    if damage == "remove":
        distribution.clock_file.unlink()
    else:
        distribution.clock_file.write_text("{}")

    status = distribution.status(NOW)

    assert (status.state, status.allows("accounts", NOW)) == ("valid", True)
    assert [notice.code for notice in status.messages] == ([] if damage == "remove" else ["clock_lost"])
    assert distribution.status(NOW).messages == ()


def test_a_clock_that_once_ran_ahead_is_mended_by_removing_its_file(
    distribution: Installation, issue: Issue
) -> None:
    distribution.install(issue(), NOW)
    distribution.status(datetime(2099, 1, 1, tzinfo=UTC))
    stopped = distribution.status(NOW)
    assert (stopped.state, "license/clock.json" in stopped.messages[0].message) == ("expired", True)

    distribution.clock_file.unlink()

    assert distribution.status(NOW).state == "valid"


def test_a_clock_that_once_ran_ahead_is_mended_by_another_licence(
    distribution: Installation, issue: Issue
) -> None:
    distribution.install(issue(), NOW)
    distribution.status(datetime(2099, 1, 1, tzinfo=UTC))
    distribution.install(issue(), NOW)
    assert distribution.status(NOW).state == "expired", "the same licence forgets nothing"

    distribution.install(issue(serial="HS-2", issued_at=NOW), NOW)

    assert distribution.status(NOW).state == "valid"


def test_an_older_licence_forgets_nothing(distribution: Installation, issue: Issue) -> None:
    distribution.install(issue(serial="HS-2", issued_at=NOW), NOW)
    distribution.status(datetime(2099, 1, 1, tzinfo=UTC))

    distribution.install(issue(), NOW)

    assert distribution.status(NOW).state == "expired"


def test_a_licence_that_was_over_when_installed_has_no_grace_when_it_is_lost(
    distribution: Installation, issue: Issue
) -> None:
    distribution.install(issue(), datetime(2028, 1, 1, tzinfo=UTC))
    distribution.file.unlink()

    lost = distribution.status(datetime(2028, 1, 2, tzinfo=UTC))

    assert not lost.allows("accounts", datetime(2028, 1, 2, tzinfo=UTC))


def test_a_folder_that_cannot_be_looked_at_raises_nothing(tmp_path: Path) -> None:
    status = Installation(tmp_path / ("x" * 5_000), tmp_path / "nothing").status(NOW)

    assert (status.state, status.allows("accounts", NOW)) == ("tampered", True)


def test_a_memory_that_cannot_be_written_stops_nothing(distribution: Installation, issue: Issue) -> None:
    distribution.install(issue(), NOW)
    distribution.clock_file.unlink()
    distribution.clock_file.mkdir()

    status = distribution.status(NOW + DAY)

    assert (status.state, status.allows("accounts", NOW)) == ("valid", True)
    assert [notice.code for notice in status.messages] == ["clock_lost", "clock_unwritten"]


def test_a_licence_that_is_damaged_later_has_grace_from_when_it_was_last_good(
    distribution: Installation, issue: Issue
) -> None:
    distribution.install(issue(), NOW)
    distribution.status(NOW + DAY)
    distribution.file.write_bytes(b"\0")

    status = distribution.status(NOW + 2 * DAY)

    assert status.state == "tampered"
    assert status.allows("accounts", NOW + DAY + GRACE - DAY)
    assert not status.allows("accounts", NOW + DAY + GRACE)


def test_damaging_a_licence_after_its_term_gains_no_second_grace(
    distribution: Installation, issue: Issue
) -> None:
    distribution.install(issue(), NOW)
    distribution.status(datetime(2027, 1, 20, tzinfo=UTC))  # in its grace
    distribution.file.unlink()

    assert not distribution.status(datetime(2027, 2, 10, tzinfo=UTC)).allows(
        "accounts", datetime(2027, 2, 10, tzinfo=UTC)
    )


@pytest.mark.parametrize("content", [b"", b"\xff", b"x" * 100_000, b"-----BEGIN PUBLIC KEY-----\n"])
def test_a_damaged_key_is_said_and_raises_nothing(
    distribution: Installation, issue: Issue, content: bytes
) -> None:
    distribution.install(issue(), NOW)
    (distribution.shipped / "issuer.pub").write_bytes(content)

    assert distribution.status(NOW).state == "tampered"


def test_a_damaged_key_of_a_licence_is_mended_by_naming_it_again(
    open_installation: Installation, issue: Issue, key_file: Path
) -> None:
    open_installation.install(issue(), NOW, key_file)
    open_installation.key_file.write_text("damaged")
    assert open_installation.status(NOW).allows("accounts", NOW)

    open_installation.install(issue(), NOW, key_file)

    assert open_installation.status(NOW).state == "valid"


def test_the_state_is_logged_once_a_day_without_the_customer(
    distribution: Installation, issue: Issue, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "huisheng.license")
    distribution.install(issue(), NOW)
    monitor = LicenseMonitor(distribution, NOW)
    for hours in range(47):
        monitor.refresh(NOW + timedelta(hours=hours))

    assert [record.levelname for record in caplog.records] == ["INFO", "INFO"]
    assert "HS-1" in caplog.text
    assert "示例公司" not in caplog.text


def test_a_warning_is_logged_as_one(
    distribution: Installation, issue: Issue, caplog: pytest.LogCaptureFixture
) -> None:
    distribution.install(issue(), NOW)
    LicenseMonitor(distribution, datetime(2026, 12, 1, tzinfo=UTC))

    assert [record.levelname for record in caplog.records] == ["WARNING"]
    assert "还有 30 天" in caplog.text


def test_where_no_licence_is_asked_for_nothing_is_logged(
    open_installation: Installation, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    LicenseMonitor(open_installation, NOW)

    assert caplog.text == ""


def test_a_running_server_sees_a_new_licence_at_the_next_look(
    distribution: Installation, issue: Issue
) -> None:
    monitor = LicenseMonitor(distribution, NOW)
    assert not monitor.status.allows("accounts", NOW)

    distribution.install(issue(), NOW)
    monitor.refresh(NOW)

    assert monitor.status.allows("accounts", NOW)


def test_the_report_holds_what_was_signed(distribution: Installation, issue: Issue) -> None:
    distribution.install(issue(), NOW)

    report = make_report(distribution.status(NOW)).model_dump(mode="json")

    assert report["license"]["term_to"] == "2026-12-31"
    assert (report["state"], report["days_left"], report["messages"]) == ("valid", 213, [])


def test_a_report_without_a_licence_has_none(open_installation: Installation) -> None:
    report = make_report(open_installation.status(NOW))

    assert (report.state, report.license, report.days_left) == ("none", None, None)
