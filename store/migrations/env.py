"""Alembic's environment: the connection comes from ``store.database``, in its transaction and under its lock."""

from alembic import context

from store.models import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    render_as_batch=True,
)
context.run_migrations()
