"""Places of the index of names stand together with the procedure: it is emptied, and filled by whoever opens it."""

from __future__ import annotations

from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _empty()


def downgrade() -> None:
    _empty()


def _empty() -> None:
    op.execute("INSERT INTO case_names (case_names) VALUES ('delete-all')" if op.get_bind().dialect.name == "sqlite"
               else "DELETE FROM case_names")
