"""The index of names knows where a case may be found. It is made anew; whoever opens the database fills it."""

from __future__ import annotations

from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("DROP TABLE case_names")
    if op.get_bind().dialect.name == "sqlite":
        op.execute("CREATE VIRTUAL TABLE case_names USING fts5(grams, places, content='', detail=column, "
                   "tokenize='unicode61')")
        return
    op.execute("CREATE TABLE case_names (n BIGINT PRIMARY KEY REFERENCES cases (n), grams TEXT[] NOT NULL, "
               "places TEXT[] NOT NULL)")
    op.execute("CREATE INDEX ix_case_names_terms ON case_names USING gin (grams, places)")


def downgrade() -> None:
    op.execute("DROP TABLE case_names")
    if op.get_bind().dialect.name == "sqlite":
        op.execute("CREATE VIRTUAL TABLE case_names USING fts5(grams, content='', tokenize='unicode61')")
        return
    op.execute("CREATE TABLE case_names (n BIGINT PRIMARY KEY REFERENCES cases (n), grams TEXT[] NOT NULL)")
    op.execute("CREATE INDEX ix_case_names_grams ON case_names USING gin (grams)")
