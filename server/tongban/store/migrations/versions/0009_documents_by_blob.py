"""Documents are looked up by the hash of their PDF, when somebody verifies a file."""

from __future__ import annotations

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_documents_blob", "documents", ["blob"])


def downgrade() -> None:
    op.drop_index("ix_documents_blob", table_name="documents")
