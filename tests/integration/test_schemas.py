"""What a service's migrations make is what its tables say: otherwise the one or the other is wrong, and nobody would notice."""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, MetaData, inspect, text
from sqlalchemy.dialects import registry
from sqlalchemy.ext.asyncio import create_async_engine

from sextant.runtime.migrations import migrate, sqlalchemy_url

POSTGRES = registry.load("postgresql")()
ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("service", ["execution", "ledger"])
async def test_a_migrated_database_is_what_the_tables_say(postgres_dsn: str, service: str) -> None:
    scripts = ROOT / "services" / service / "adapters" / "migrations"
    await migrate(postgres_dsn, schema=service, scripts=scripts)
    metadata: MetaData = importlib.import_module(f"services.{service}.adapters.schema").metadata
    engine = create_async_engine(sqlalchemy_url(postgres_dsn))
    try:
        async with engine.connect() as connection:
            assert await connection.run_sync(differences, service, metadata) == []
            assert await connection.run_sync(partial_indexes, service) == stated_partial_indexes(metadata)
            if service == "ledger":  # the control: a constraint that is only in the database is found
                await connection.execute(text("alter table ledger.entries add unique (source_id, kind)"))
                assert await connection.run_sync(differences, service, metadata) != []
    finally:
        await engine.dispose()


def differences(connection: Connection, schema: str, metadata: MetaData) -> Sequence[Any]:
    """Return what would have to change for the database to be what the tables say: columns, types, nullability, keys, defaults, indexes."""
    options = {
        "include_schemas": True,
        "compare_type": True,
        "compare_server_default": True,
        "version_table_schema": schema,
        "include_name": lambda name, kind, parents: kind != "schema" or name == schema,
    }
    return list(compare_metadata(MigrationContext.configure(connection, opts=options), metadata))


def partial_indexes(connection: Connection, schema: str) -> dict[str, str]:
    """Return the condition of each index of the database that has one."""
    found = {}
    inspector = inspect(connection)
    for table in inspector.get_table_names(schema=schema):
        for index in inspector.get_indexes(table, schema=schema):
            condition = index.get("dialect_options", {}).get("postgresql_where")
            if condition:
                found[str(index["name"])] = plain(condition)
    return found


def stated_partial_indexes(metadata: MetaData) -> dict[str, str]:
    """Return the condition of each index of the tables that has one."""
    found = {}
    for table in metadata.tables.values():
        for index in table.indexes:
            condition = index.dialect_options["postgresql"]["where"]
            if condition is not None:
                written = condition.compile(dialect=POSTGRES, compile_kwargs={"literal_binds": True})
                found[str(index.name)] = plain(str(written).replace(f"{table.fullname}.", ""))
    return found


def plain(condition: str) -> str:
    """Return a condition as SQLAlchemy and the server both write it."""
    return condition.strip("()").lower().replace("::text", "").replace("!=", "<>")
