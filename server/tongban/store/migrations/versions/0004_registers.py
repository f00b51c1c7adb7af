"""Registers, parameters, calendars."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "calendars",
        sa.Column("year", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("days", sa.Text(), nullable=False),
        sa.Column("loaded_at", sa.String(length=30), nullable=False),
        sa.PrimaryKeyConstraint("year", name=op.f("pk_calendars")),
    )
    op.create_table(
        "entries",
        sa.Column("n", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("id", sa.String(length=60), nullable=False),
        sa.Column("register", sa.String(length=80), nullable=False),
        sa.Column("key", sa.String(length=80), nullable=False),
        sa.Column("fields", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("entered_at", sa.String(length=30), nullable=False),
        sa.Column("left_at", sa.String(length=30), nullable=True),
        sa.Column("ground", sa.Text(), nullable=True),
        sa.Column("cause", sa.String(length=80), nullable=True),
        sa.Column("left_cause", sa.String(length=80), nullable=True),
        sa.PrimaryKeyConstraint("n", name=op.f("pk_entries")),
        sa.UniqueConstraint("cause", name=op.f("uq_entries_cause")),
    )
    op.create_index(
        op.f("ix_entries_register_key_entered_at"), "entries", ["register", "key", "entered_at"], unique=False
    )
    op.create_table(
        "parameters",
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("region", sa.String(length=12), nullable=False),
        sa.Column("starts", sa.String(length=10), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", "region", "starts", name=op.f("pk_parameters")),
    )


def downgrade() -> None:
    op.drop_table("parameters")
    op.drop_index(op.f("ix_entries_register_key_entered_at"), table_name="entries")
    op.drop_table("entries")
    op.drop_table("calendars")
