"""Restoring where servers were: none may run, nothing is charged twice, and the books are proved."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update
from tests.unit.server.database.rows import fill, quiet
from tests.unit.server.usage.accounts import (
    DAY,
    NOW,
    SERVER,
    add_account,
    add_server,
    give_units,
    make_reservation,
)

from huisheng.server.books import prove
from huisheng.server.database.backup import write_backup
from huisheng.server.database.database import Database
from huisheng.server.ledger import chart
from huisheng.server.ledger.service import balance
from huisheng.server.restoring import Restored, restore
from huisheng.server.usage import instances
from huisheng.server.usage.endings import Ending, end
from huisheng.server.usage.errors import ServersRunning
from huisheng.server.usage.models import Reservation, ServerInstance, UsageRecord
from huisheng.server.usage.reservations import Reserved
from huisheng.server.usage.settlement_log import SettlementLog

HOUR = timedelta(hours=1)


@pytest.fixture
def logs(tmp_path: Path) -> Path:
    """The folder of the settlement logs."""
    return tmp_path / "settlements"


@pytest.fixture
def shop(database: Database) -> Database:
    """With an account that has ten calls, and a server that lives."""
    with database.writing() as session:
        add_account(session)
        add_server(session)
        give_units(session, 10, lasts=100 * DAY)
    return database


def ask(database: Database) -> Reserved:
    with database.writing() as session:
        return make_reservation(session)


def settlement(reserved: Reserved) -> Ending:
    return Ending(reserved.id, "acc_a", "settled", NOW, date(2026, 11, 22), 20, 4200, "tinglan", "/tts")


def kill(logs: Path, *endings: Ending) -> None:
    """A server of this machine has written these lines, and is gone."""
    log = SettlementLog(logs, SERVER)
    for ending in endings:
        log.append(ending)
    log.close(done=False)


def post(database: Database, ending: Ending) -> None:
    with database.writing() as session:
        end(session, [ending], NOW)


def back_up(database: Database, folder: Path) -> Path:
    with (folder / "backup.zip").open("wb") as file:
        write_backup(database, file, NOW, quiet)
    return folder / "backup.zip"


def put_back(database: Database, backup: Path, logs: Path, hours: int = 1) -> Restored:
    return restore(database, backup, logs, quiet, NOW + hours * HOUR, replace=True)


def calls(database: Database) -> dict[str, int]:
    """What the books say of the account."""
    kinds = {"used": chart.used_account, "reserved": chart.reserved_account}
    with database.reading() as session:
        return {kind: balance(session, name("acc_a", "calls")) for kind, name in kinds.items()}


def assert_books_are_right(database: Database) -> None:
    with database.reading() as session:
        assert prove(session, NOW + 2 * DAY).faults == ()


def test_nothing_is_restored_while_a_server_uses_the_database(
    shop: Database, tmp_path: Path, logs: Path
) -> None:
    backup = back_up(shop, tmp_path)
    ask(shop)

    with pytest.raises(ServersRunning) as refused:
        put_back(shop, backup, logs)

    assert refused.value.count == 1
    assert calls(shop) == {"used": 0, "reserved": 1}


def test_nothing_is_restored_while_a_server_of_this_machine_uses_the_database(
    shop: Database, tmp_path: Path, logs: Path
) -> None:
    backup = back_up(shop, tmp_path)
    log = SettlementLog(logs, SERVER)

    with pytest.raises(ServersRunning):
        put_back(shop, backup, logs)
    log.close(done=True)


def test_a_server_that_was_killed_on_this_machine_is_not_waited_for(
    shop: Database, tmp_path: Path, logs: Path
) -> None:
    backup = back_up(shop, tmp_path)
    kill(logs)

    assert put_back(shop, backup, logs).proof.is_right


def test_what_was_reserved_at_the_moment_of_the_backup_is_released(
    shop: Database, file_target: Database, tmp_path: Path, logs: Path
) -> None:
    ask(shop)

    restored = put_back(file_target, back_up(shop, tmp_path), logs)

    assert restored.proof.is_right
    assert calls(file_target) == {"used": 0, "reserved": 0}
    assert_books_are_right(file_target)


def test_a_server_of_the_backup_is_gone_after_a_restore(
    shop: Database, file_target: Database, tmp_path: Path, logs: Path
) -> None:
    backup = back_up(shop, tmp_path)
    put_back(file_target, backup, logs)

    put_back(file_target, backup, logs)  # a second time: nobody lives that the first has brought

    with file_target.reading() as session:
        assert session.scalars(select(ServerInstance.lease_until)).all() == [NOW + HOUR]


def test_a_backup_of_older_servers_leaves_nothing_open_however_late_it_is_restored(
    shop: Database, file_target: Database, tmp_path: Path, logs: Path
) -> None:
    ask(shop)
    backup = back_up(shop, tmp_path)

    restored = put_back(file_target, backup, logs, hours=24 * 60)

    assert restored.proof.faults == ()


def test_an_answer_that_the_log_tells_of_is_charged_once_where_the_backup_has_it_open(
    shop: Database, tmp_path: Path, logs: Path
) -> None:
    ending = settlement(ask(shop))
    backup = back_up(shop, tmp_path)
    kill(logs, ending)
    put_back(shop, backup, logs)

    assert instances.recover(shop, logs, NOW + HOUR) == 1
    post(shop, ending)  # told once more

    assert calls(shop) == {"used": 1, "reserved": 0}
    assert_books_are_right(shop)


def test_an_answer_that_the_backup_has_charged_is_not_charged_again(
    shop: Database, tmp_path: Path, logs: Path
) -> None:
    ending = settlement(ask(shop))
    post(shop, ending)
    backup = back_up(shop, tmp_path)
    kill(logs, ending)
    put_back(shop, backup, logs)

    instances.recover(shop, logs, NOW + HOUR)

    assert calls(shop) == {"used": 1, "reserved": 0}
    assert_books_are_right(shop)


def test_an_answer_that_the_backup_knows_nothing_of_is_left_out(
    shop: Database, tmp_path: Path, logs: Path, caplog: pytest.LogCaptureFixture
) -> None:
    backup = back_up(shop, tmp_path)
    kill(logs, settlement(ask(shop)))
    put_back(shop, backup, logs)

    assert instances.recover(shop, logs, NOW + HOUR) == 1

    assert calls(shop) == {"used": 0, "reserved": 0}
    assert list(logs.iterdir()) == []
    assert "1 个请求不在账目中" in caplog.text
    assert_books_are_right(shop)


def test_an_account_that_the_backup_knows_nothing_of_keeps_no_server_from_starting(
    shop: Database, file_target: Database, tmp_path: Path, logs: Path, caplog: pytest.LogCaptureFixture
) -> None:
    backup = back_up(file_target, tmp_path)
    kill(logs, settlement(ask(shop)))
    put_back(shop, backup, logs)

    assert instances.recover(shop, logs, NOW + HOUR) == 0
    instances.report_foreign(shop, logs)

    with shop.reading() as session:
        assert session.scalars(select(UsageRecord.id)).all() == []
    (left,) = logs.iterdir()
    assert str(left) in caplog.text


def test_books_that_were_wrong_in_the_backup_are_told(
    shop: Database, file_target: Database, tmp_path: Path, logs: Path
) -> None:
    reserved = ask(shop)
    with shop.writing() as session:
        session.execute(update(Reservation).where(Reservation.id == reserved.id).values(is_open=False))

    restored = put_back(file_target, back_up(shop, tmp_path), logs)

    assert not restored.proof.is_right
    assert reserved.id in {fault.id for fault in restored.proof.faults}


def test_rows_that_mean_nothing_are_restored_all_the_same(
    database: Database, file_target: Database, tmp_path: Path, logs: Path
) -> None:
    fill(database)

    restored = put_back(file_target, back_up(database, tmp_path), logs)

    assert restored.manifest.rows > 0
    assert not restored.proof.is_right
