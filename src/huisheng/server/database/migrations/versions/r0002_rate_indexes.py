"""Indexes that hold all that a rate is counted from, so that no rows are read for it."""

from __future__ import annotations

from typing import Final

from alembic import op

revision = "0002"
down_revision = "0001"

_SUBJECTS: Final = ("account_id", "key_id")


def upgrade() -> None:
    """Forwards."""
    for subject in _SUBJECTS:
        columns = [subject, "created_at", "requests"]
        op.create_index(op.f(f"ix_reservation_{subject}_created_at_requests"), "reservation", columns)
        op.drop_index(op.f(f"ix_reservation_{subject}_created_at"), table_name="reservation")


def downgrade() -> None:
    """Back."""
    for subject in _SUBJECTS:
        columns = [subject, "created_at"]
        op.create_index(op.f(f"ix_reservation_{subject}_created_at"), "reservation", columns)
        op.drop_index(op.f(f"ix_reservation_{subject}_created_at_requests"), table_name="reservation")
