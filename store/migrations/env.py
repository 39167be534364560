"""Alembic's environment: the connection comes from ``store.database``, in its transaction and under its lock."""

from alembic import context

from store.models import Review
from store.provenance import Body

# Both modules of tables must be loaded before their metadata is whole.
assert Review.metadata is Body.metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Review.metadata,
    render_as_batch=True,
)
context.run_migrations()
