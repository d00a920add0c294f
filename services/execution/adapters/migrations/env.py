"""Alembic's entry: runs on the connection that `sextant.runtime.migrations.migrate` holds."""

from alembic import context

from services.execution.adapters.schema import metadata

attributes = context.config.attributes
context.configure(
    connection=attributes["connection"],
    target_metadata=metadata,
    version_table_schema=attributes["schema"],
    include_schemas=True,
)
with context.begin_transaction():
    context.run_migrations()
