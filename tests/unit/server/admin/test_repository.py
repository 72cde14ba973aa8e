"""Finding accounts."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session
from tests.unit.server.admin.rows import NOW, add_account, add_customer, add_user, count_statements, join

from huisheng.server.admin import repository
from huisheng.server.admin.errors import AccountNotFound
from huisheng.server.admin.repository import AccountStatus
from huisheng.server.database.database import Database
from huisheng.server.errors import InvalidCursor
from huisheng.server.paging import PageRequest, time_cursor


def search(session: Session, text: str = "", status: AccountStatus | None = None) -> list[str]:
    found = repository.search_accounts(session, text, status, PageRequest())
    return [summary.account.name for summary in found]


def test_accounts_are_found_by_id_address_and_beginning_of_a_name(database: Database) -> None:
    with database.writing() as session:
        add_customer(session, "alice", age=1)
        add_customer(session, "bob")

    with database.reading() as session:
        assert search(session) == ["bob", "alice"]
        for text in ("alice@", "ALICE@example.com", "acc_alice", "usr_alice", "Al"):
            assert search(session, text) == ["alice"]
        for text in ("lice", "%", "_lice", "acc_", "'; DROP TABLE account; --"):
            assert search(session, text) == []


def test_an_account_is_found_by_any_of_its_people_once(database: Database) -> None:
    with database.writing() as session:
        account = add_account(session, "studio", kind="organization")
        for name in ("ann", "anna"):
            join(session, add_user(session, name), account, "member")

    with database.reading() as session:
        assert search(session, "ann") == ["studio"]


def test_accounts_are_found_by_their_status(database: Database) -> None:
    with database.writing() as session:
        add_account(session, "active")
        add_account(session, "suspended", suspended_at=NOW)
        add_account(session, "erased", erased_at=NOW, suspended_at=NOW)

    with database.reading() as session:
        assert [search(session, status=status) for status in ("active", "suspended", "erased")] == [
            ["active"],
            ["suspended"],
            ["erased"],
        ]


def test_pages_follow_each_other_without_gap_or_overlap(database: Database) -> None:
    """Half of the accounts are of the same moment as others."""
    with database.writing() as session:
        for number in range(10):
            add_account(session, f"{number:02}", age=number // 2)

    found, cursor = list[str](), ""
    with database.reading() as session:
        while True:
            rows = repository.search_accounts(session, "", None, PageRequest(3, cursor))
            found += [row.account.name for row in rows[:3]]
            if len(rows) <= 3:
                break
            cursor = time_cursor(rows[2].account.created_at, rows[2].account.id)

    assert sorted(found) == [f"{number:02}" for number in range(10)]
    assert found[:2] == ["01", "00"]


def test_a_cursor_of_something_else_is_refused(database: Database) -> None:
    with database.reading() as session, pytest.raises(InvalidCursor):
        repository.search_accounts(session, "", None, PageRequest(3, "nonsense"))


def test_owners_and_members_are_counted(database: Database) -> None:
    with database.writing() as session:
        account = add_account(session, "studio", kind="organization")
        for number in range(5):
            join(session, add_user(session, f"owner{number}"), account, age=number)
        join(session, add_user(session, "member"), account, "member")

    with database.reading() as session:
        (found,) = repository.search_accounts(session, "", None, PageRequest())
    assert found.owners == [f"owner{number}@example.com" for number in (4, 3, 2)]
    assert found.members == 6


def test_a_longer_list_takes_no_more_statements(database: Database) -> None:
    counts: list[int] = []
    for number in range(1, 21):
        with database.writing() as session:
            add_customer(session, f"{number:03}")
        if number in (1, 20):
            with database.reading() as session, count_statements() as statements:
                assert len(repository.search_accounts(session, "", None, PageRequest())) == number
            counts.append(len(statements))

    assert counts[0] == counts[1] <= 5


def test_an_account_that_there_is_not_is_told(database: Database) -> None:
    with database.reading() as session, pytest.raises(AccountNotFound):
        repository.find_account(session, "acc_nobody")
