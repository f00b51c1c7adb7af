"""PostgreSQL reads the newest cases of a word without fetching the others, and a side's cases from indexes alone."""

from __future__ import annotations

from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_index(op.f("ix_members_who_case_id"), table_name="members")
    op.create_index(op.f("ix_members_who_case_id_party"), "members", ["who", "case_id", "party"])
    if op.get_bind().dialect.name == "sqlite":
        return
    op.create_index(op.f("ix_cases_id_updated_at_n"), "cases", ["id", "updated_at", "n"])
    op.execute("DROP INDEX ix_case_names_terms")
    op.execute("CREATE INDEX ix_case_names_found ON case_names USING gin (grams, places, (ARRAY[n / 4096]))")


def downgrade() -> None:
    op.drop_index(op.f("ix_members_who_case_id_party"), table_name="members")
    op.create_index(op.f("ix_members_who_case_id"), "members", ["who", "case_id"])
    if op.get_bind().dialect.name == "sqlite":
        return
    op.drop_index(op.f("ix_cases_id_updated_at_n"), table_name="cases")
    op.execute("DROP INDEX ix_case_names_found")
    op.execute("CREATE INDEX ix_case_names_terms ON case_names USING gin (grams, places)")
