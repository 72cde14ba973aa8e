"""Tables whose rows can only be added: triggers refuse everything else, whoever asks."""

from __future__ import annotations

from alembic import op


def forbid_changes(table: str) -> None:
    """Refuse that rows of a table are changed or deleted."""
    if op.get_bind().dialect.name == "sqlite":
        for action in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {_trigger(table, action)} BEFORE {action} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            )
        return
    op.execute(
        f"CREATE FUNCTION {_function(table)} RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{table} is append-only'; END $$"
    )
    op.execute(
        f"CREATE TRIGGER {_trigger(table, 'CHANGE')} BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
        f"FOR EACH STATEMENT EXECUTE FUNCTION {_function(table)}"
    )


def permit_changes(table: str) -> None:
    """The opposite, before the table is dropped."""
    if op.get_bind().dialect.name == "sqlite":
        for action in ("UPDATE", "DELETE"):
            op.execute(f"DROP TRIGGER {_trigger(table, action)}")
        return
    op.execute(f"DROP TRIGGER {_trigger(table, 'CHANGE')} ON {table}")
    op.execute(f"DROP FUNCTION {_function(table)}")


def _trigger(table: str, action: str) -> str:
    return f"{table}_no_{action.lower()}"


def _function(table: str) -> str:
    return f"refuse_change_of_{table}()"
