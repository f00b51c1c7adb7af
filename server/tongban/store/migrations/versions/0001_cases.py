"""Cases, their record, open work, counters."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "cases",
        sa.Column("n", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("number", sa.String(length=40), nullable=False),
        sa.Column("workflow", sa.String(length=80), nullable=False),
        sa.Column("version", sa.String(length=64), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(length=12), nullable=False),
        sa.Column("outcome", sa.String(length=20), nullable=True),
        sa.Column("scope", sa.String(length=60), nullable=True),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("submitted", sa.Integer(), nullable=False),
        sa.Column("parent", sa.String(length=40), nullable=True),
        sa.Column("head", sa.String(length=64), nullable=False),
        sa.Column("wake", sa.String(length=30), nullable=True),
        sa.Column("started_at", sa.String(length=30), nullable=False),
        sa.Column("updated_at", sa.String(length=30), nullable=False),
        sa.Column("snapshot", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("n", name=op.f("pk_cases")),
        sa.UniqueConstraint("id", name=op.f("uq_cases_id")),
        sa.UniqueConstraint("number", name=op.f("uq_cases_number")),
    )
    op.create_index(op.f("ix_cases_parent"), "cases", ["parent"], unique=False)
    op.create_index(op.f("ix_cases_scope_updated_at"), "cases", ["scope", "updated_at"], unique=False)
    op.create_index(op.f("ix_cases_updated_at_n"), "cases", ["updated_at", "n"], unique=False)
    op.create_index(
        "ix_cases_wake",
        "cases",
        ["wake"],
        unique=False,
        sqlite_where=sa.text("wake IS NOT NULL"),
        postgresql_where=sa.text("wake IS NOT NULL"),
    )
    op.create_index(op.f("ix_cases_workflow_status_scope"), "cases", ["workflow", "status", "scope"], unique=False)
    op.create_table(
        "counters",
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_counters")),
    )
    op.create_table(
        "case_keys",
        sa.Column("case_id", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=160), nullable=False),
        sa.Column("value", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_case_keys_case_id")),
        sa.PrimaryKeyConstraint("case_id", "name", name=op.f("pk_case_keys")),
    )
    op.create_index(op.f("ix_case_keys_name_value"), "case_keys", ["name", "value"], unique=False)
    op.create_table(
        "journal",
        sa.Column("case_id", sa.String(length=40), nullable=False),
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", sa.String(length=30), nullable=False),
        sa.Column("actor", sa.String(length=40), nullable=True),
        sa.Column("key", sa.String(length=80), nullable=True),
        sa.Column("digest", sa.String(length=64), nullable=True),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("prev", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_journal_case_id")),
        sa.PrimaryKeyConstraint("case_id", "seq", name=op.f("pk_journal")),
    )
    op.create_index(op.f("ix_journal_actor_at"), "journal", ["actor", "at"], unique=False)
    op.create_index(
        "uq_journal_actor_key",
        "journal",
        ["actor", "key"],
        unique=True,
        sqlite_where=sa.text('"key" IS NOT NULL'),
        postgresql_where=sa.text('"key" IS NOT NULL'),
    )
    op.create_table(
        "members",
        sa.Column("case_id", sa.String(length=40), nullable=False),
        sa.Column("who", sa.String(length=60), nullable=False),
        sa.Column("party", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_members_case_id")),
        sa.PrimaryKeyConstraint("case_id", "who", "party", name=op.f("pk_members")),
    )
    op.create_index(op.f("ix_members_who_case_id"), "members", ["who", "case_id"], unique=False)
    op.create_table(
        "todo",
        sa.Column("case_id", sa.String(length=40), nullable=False),
        sa.Column("slot", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("task", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(length=80), nullable=False),
        sa.Column("workflow", sa.String(length=80), nullable=False),
        sa.Column("version", sa.String(length=64), nullable=False),
        sa.Column("number", sa.String(length=40), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("role", sa.String(length=40), nullable=True),
        sa.Column("region", sa.String(length=60), nullable=True),
        sa.Column("scope", sa.String(length=60), nullable=True),
        sa.Column("who", sa.String(length=60), nullable=True),
        sa.Column("claimed", sa.String(length=40), nullable=True),
        sa.Column("opened", sa.String(length=30), nullable=False),
        sa.Column("due", sa.String(length=30), nullable=False),
        sa.Column("provisional", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_todo_case_id")),
        sa.PrimaryKeyConstraint("case_id", "slot", name=op.f("pk_todo")),
    )
    op.create_index(
        "ix_todo_claimed",
        "todo",
        ["claimed", "due", "case_id"],
        unique=False,
        sqlite_where=sa.text("claimed IS NOT NULL"),
        postgresql_where=sa.text("claimed IS NOT NULL"),
    )
    op.create_index(op.f("ix_todo_role_due_case_id"), "todo", ["role", "due", "case_id"], unique=False)
    op.create_index(op.f("ix_todo_role_region_due_case_id"), "todo", ["role", "region", "due", "case_id"], unique=False)
    op.create_index(
        "ix_todo_who",
        "todo",
        ["who", "due", "case_id"],
        unique=False,
        sqlite_where=sa.text("who IS NOT NULL"),
        postgresql_where=sa.text("who IS NOT NULL"),
    )


def downgrade() -> None:
    op.drop_index(
        "ix_todo_who",
        table_name="todo",
        sqlite_where=sa.text("who IS NOT NULL"),
        postgresql_where=sa.text("who IS NOT NULL"),
    )
    op.drop_index(op.f("ix_todo_role_region_due_case_id"), table_name="todo")
    op.drop_index(op.f("ix_todo_role_due_case_id"), table_name="todo")
    op.drop_index(
        "ix_todo_claimed",
        table_name="todo",
        sqlite_where=sa.text("claimed IS NOT NULL"),
        postgresql_where=sa.text("claimed IS NOT NULL"),
    )
    op.drop_table("todo")
    op.drop_index(op.f("ix_members_who_case_id"), table_name="members")
    op.drop_table("members")
    op.drop_index(
        "uq_journal_actor_key",
        table_name="journal",
        sqlite_where=sa.text('"key" IS NOT NULL'),
        postgresql_where=sa.text('"key" IS NOT NULL'),
    )
    op.drop_index(op.f("ix_journal_actor_at"), table_name="journal")
    op.drop_table("journal")
    op.drop_index(op.f("ix_case_keys_name_value"), table_name="case_keys")
    op.drop_table("case_keys")
    op.drop_table("counters")
    op.drop_index(op.f("ix_cases_workflow_status_scope"), table_name="cases")
    op.drop_index(
        "ix_cases_wake",
        table_name="cases",
        sqlite_where=sa.text("wake IS NOT NULL"),
        postgresql_where=sa.text("wake IS NOT NULL"),
    )
    op.drop_index(op.f("ix_cases_updated_at_n"), table_name="cases")
    op.drop_index(op.f("ix_cases_scope_updated_at"), table_name="cases")
    op.drop_index(op.f("ix_cases_parent"), table_name="cases")
    op.drop_table("cases")
