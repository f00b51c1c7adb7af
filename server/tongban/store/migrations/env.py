"""Alembic's entry: runs the scripts on the connection that `store.schema.migrate` hands over."""

from __future__ import annotations

from alembic import context

context.configure(
    connection=context.config.attributes["connection"], target_metadata=context.config.attributes["metadata"],
    transactional_ddl=False, render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
