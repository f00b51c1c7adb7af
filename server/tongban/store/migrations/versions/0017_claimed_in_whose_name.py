"""Open work says in whose name a deputy holds it, so that it is in that person's box too."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from tongban.store.base import Json

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("todo", sa.Column("claimed_for", sa.String(length=40), nullable=True))
    lent = sa.column("claimed_for").is_not(None)
    op.create_index("ix_todo_claimed_for", "todo", ["claimed_for", "due", "case_id"],
                    sqlite_where=lent, postgresql_where=lent)
    conn = op.get_bind()
    found = conn.execute(sa.text("SELECT id, snapshot FROM cases "
                                 "WHERE id IN (SELECT case_id FROM todo WHERE claimed IS NOT NULL)"))
    for case_id, snapshot in found.all():
        held = [task for task in Json().process_result_value(snapshot, conn.dialect)["tasks"] if task["claimed"]]
        for task in held:
            conn.execute(sa.text("UPDATE todo SET claimed_for = :whose WHERE case_id = :case AND task = :task"),
                         {"whose": task.get("claimed_for"), "case": case_id, "task": task["id"]})


def downgrade() -> None:
    op.drop_index("ix_todo_claimed_for", table_name="todo")
    op.drop_column("todo", "claimed_for")
