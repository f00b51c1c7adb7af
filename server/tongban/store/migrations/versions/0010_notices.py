"""Public notices and objections."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "notices",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("cause", sa.String(length=80), nullable=False),
        sa.Column("case_id", sa.String(length=40), nullable=False),
        sa.Column("workflow", sa.String(length=80), nullable=False),
        sa.Column("state", sa.String(length=80), nullable=True),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("facts", sa.Text(), nullable=False),
        sa.Column("region", sa.String(length=60), nullable=True),
        sa.Column("starts", sa.String(length=10), nullable=False),
        sa.Column("until", sa.String(length=10), nullable=False),
        sa.Column("event", sa.String(length=80), nullable=True),
        sa.Column("at", sa.String(length=30), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_notices_case_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notices")),
        sa.UniqueConstraint("cause", name=op.f("uq_notices_cause")),
    )
    op.create_index(op.f("ix_notices_at"), "notices", ["at"])
    op.create_index(op.f("ix_notices_case_id"), "notices", ["case_id"])
    op.create_table(
        "objections",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("notice", sa.String(length=40), nullable=False),
        sa.Column("at", sa.String(length=30), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("contact", sa.String(length=120), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.ForeignKeyConstraint(["notice"], ["notices.id"], name=op.f("fk_objections_notice")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_objections")),
    )
    op.create_index(op.f("ix_objections_notice"), "objections", ["notice"])


def downgrade() -> None:
    op.drop_table("objections")
    op.drop_table("notices")
