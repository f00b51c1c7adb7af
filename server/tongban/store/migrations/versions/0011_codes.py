"""One-time codes for people who sign in with their mobile."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "codes",
        sa.Column("phone", sa.String(length=20), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("ends_at", sa.String(length=30), nullable=False),
        sa.PrimaryKeyConstraint("phone", name=op.f("pk_codes")),
    )
    op.create_index(op.f("ix_people_phone"), "people", ["phone"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_people_phone"), table_name="people")
    op.drop_table("codes")
