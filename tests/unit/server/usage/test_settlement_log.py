"""The write-ahead file: what survives in it, and whose files are taken for abandoned."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from huisheng.errors import StorageError
from huisheng.server.usage.endings import Ending
from huisheng.server.usage.settlement_log import SettlementLog, dead_servers, find_foreign, read_endings

NOW = datetime(2026, 11, 22, 12, 0, 0, 123456, tzinfo=UTC)


def ending(number: int) -> Ending:
    return Ending(
        f"res_{number}", "acc_a", "settled", NOW, date(2026, 11, 22), 20, 4200, "tinglan", "/api/tts"
    )


def write_log(folder: Path, *endings: Ending) -> bytes:
    """The content of a file with these lines."""
    log = SettlementLog(folder, "srv_one")
    for each in endings:
        log.append(each)
    content = (folder / "srv_one.log").read_bytes()
    log.close(done=True)
    return content


def test_lines_are_read_as_they_were_written(tmp_path: Path) -> None:
    endings = [ending(number) for number in range(3)]

    assert read_endings(write_log(tmp_path, *endings)) == endings


@pytest.mark.parametrize("missing", [1, 10, 100])
def test_a_last_line_that_was_cut_short_is_left_out(tmp_path: Path, missing: int) -> None:
    content = write_log(tmp_path, ending(1), ending(2))

    assert read_endings(content[:-missing]) == [ending(1)]


def test_lines_behind_one_that_was_cut_short_are_read(tmp_path: Path) -> None:
    content = write_log(tmp_path, ending(1))

    assert read_endings(content[:-5] + write_log(tmp_path, ending(2))) == [ending(2)]


def test_what_is_in_the_books_is_not_read_again(tmp_path: Path) -> None:
    log = SettlementLog(tmp_path, "srv_one")
    log.append(ending(1))
    log.truncate()
    log.append(ending(2))

    assert read_endings((tmp_path / "srv_one.log").read_bytes()) == [ending(2)]
    log.close(done=True)


def test_the_file_of_a_server_that_lives_is_left_alone(tmp_path: Path) -> None:
    log = SettlementLog(tmp_path, "srv_one")
    log.append(ending(1))

    assert list(dead_servers(tmp_path, known=["srv_one"], living=())) == []
    log.close(done=True)


def test_the_file_of_a_server_that_is_gone_is_read_once(tmp_path: Path) -> None:
    log = SettlementLog(tmp_path, "srv_one")
    log.append(ending(1))
    log.close(done=False)

    found = [list(dead_servers(tmp_path, known=["srv_one"], living=())) for _ in range(2)]

    assert [[(each.instance, each.endings) for each in turn] for turn in found] == [
        [("srv_one", [ending(1)])],
        [],
    ]


def test_the_file_of_a_server_of_another_database_is_left_alone_and_found(tmp_path: Path) -> None:
    dead, living = SettlementLog(tmp_path, "srv_one"), SettlementLog(tmp_path, "srv_two")
    dead.append(ending(1))
    dead.close(done=False)

    assert list(dead_servers(tmp_path, known=["srv_three"], living=())) == []
    assert find_foreign(tmp_path, known=["srv_three"]) == [tmp_path / "srv_one.log"]
    assert find_foreign(tmp_path, known=["srv_one"]) == []
    assert read_endings((tmp_path / "srv_one.log").read_bytes()) == [ending(1)]
    living.close(done=True)


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(StorageError):
        SettlementLog(tmp_path / "file", "srv_one")
