"""Alembic's entry for every service: runs on the connection that `sextant.runtime.upgrade` holds."""

from alembic import context

attributes = context.config.attributes
context.configure(
    connection=attributes["connection"],
    version_table_schema=attributes["schema"],
    include_schemas=True,
)
with context.begin_transaction():
    context.run_migrations()
