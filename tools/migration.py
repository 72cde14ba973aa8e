"""`python -m tools.migration`: write the migration of the release in progress anew, from the tables' models.

Tables that an earlier release has are changed by a migration of their own, written by hand.
"""

from __future__ import annotations

import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Final, Literal

from alembic.autogenerate import produce_migrations, render_python_code
from alembic.migration import MigrationContext
from alembic.operations.ops import DowngradeOps, UpgradeOps
from sqlalchemy import create_engine

from huisheng.server.database.models import UtcDateTime
from huisheng.server.tables import APPEND_ONLY, metadata

ROOT: Final = Path(__file__).resolve().parent.parent
FILE: Final = ROOT / "src/huisheng/server/database/migrations/versions/r0001_accounts.py"

TEMPLATE: Final = '''"""Accounts, plans, ledger and billing: the first tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from huisheng.server.database.append_only import forbid_changes, permit_changes

revision = "0001"
down_revision = None

APPEND_ONLY = {append_only}


def upgrade() -> None:
    """Forwards."""
{upgrade}
    for table in APPEND_ONLY:
        forbid_changes(table)


def downgrade() -> None:
    """Back."""
    for table in APPEND_ONLY:
        permit_changes(table)
{downgrade}
'''


def main() -> int:
    """Write the migration."""
    engine = create_engine("sqlite://")
    with engine.connect() as connection:
        script = produce_migrations(MigrationContext.configure(connection), metadata())
    tables = tuple(model.__tablename__ for model in APPEND_ONLY)
    FILE.write_text(
        TEMPLATE.format(
            append_only=repr(tables),
            upgrade=_render(script.upgrade_ops),
            downgrade=_render(script.downgrade_ops),
        ),
        encoding="utf-8",
    )
    subprocess.run([sys.executable, "-m", "ruff", "format", "--quiet", FILE], check=True)
    return 0


def _render(operations: UpgradeOps | DowngradeOps | None) -> str:
    assert operations is not None  # noqa: S101 (the comparison always makes both)
    code = render_python_code(operations, render_item=_render_type)
    lines = [line for line in code.splitlines() if not line.lstrip().startswith("#")]
    return textwrap.indent(textwrap.dedent("\n".join(lines)).strip(), "    ")


def _render_type(kind: str, value: object, _: object) -> str | Literal[False]:
    return "sa.DateTime()" if kind == "type" and isinstance(value, UtcDateTime) else False


if __name__ == "__main__":
    sys.exit(main())
