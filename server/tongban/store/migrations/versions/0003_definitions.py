"""Procedures, versions, drafts of definitions."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "definition_drafts",
        sa.Column("slug", sa.String(length=80), nullable=False),
        sa.Column("files", sa.Text(), nullable=False),
        sa.Column("rev", sa.Integer(), nullable=False),
        sa.Column("saved_at", sa.String(length=30), nullable=False),
        sa.Column("saved_by", sa.String(length=40), nullable=True),
        sa.PrimaryKeyConstraint("slug", name=op.f("pk_definition_drafts")),
    )
    op.create_table(
        "versions",
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("slug", sa.String(length=80), nullable=False),
        sa.Column("no", sa.Integer(), nullable=False),
        sa.Column("bundle", sa.Text(), nullable=False),
        sa.Column("published_at", sa.String(length=30), nullable=False),
        sa.Column("published_by", sa.String(length=40), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("hash", name=op.f("pk_versions")),
        sa.UniqueConstraint("slug", "no", name=op.f("uq_versions_slug_no")),
    )
    op.create_table(
        "procedures",
        sa.Column("slug", sa.String(length=80), nullable=False),
        sa.Column("status", sa.String(length=12), nullable=False),
        sa.Column("current", sa.String(length=64), nullable=False),
        sa.Column("facts", sa.Text(), nullable=False),
        sa.Column("updated_at", sa.String(length=30), nullable=False),
        sa.ForeignKeyConstraint(["current"], ["versions.hash"], name=op.f("fk_procedures_current")),
        sa.PrimaryKeyConstraint("slug", name=op.f("pk_procedures")),
    )


def downgrade() -> None:
    op.drop_table("procedures")
    op.drop_table("versions")
    op.drop_table("definition_drafts")
