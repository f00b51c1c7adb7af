"""The index of names, in each database's own way."""

from __future__ import annotations

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute("CREATE VIRTUAL TABLE case_names USING fts5(grams, content='', tokenize='unicode61')")
        return
    op.execute("CREATE TABLE case_names (n BIGINT PRIMARY KEY REFERENCES cases (n), grams TEXT[] NOT NULL)")
    op.execute("CREATE INDEX ix_case_names_grams ON case_names USING gin (grams)")


def downgrade() -> None:
    op.execute("DROP TABLE case_names")
