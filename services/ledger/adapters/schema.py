"""Tables of the ledger's Postgres schema; migrations create them, the store fills them."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    Double,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Numeric,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    false,
)

from services.ledger.adapters.sql import SCHEMA

metadata = MetaData(schema=SCHEMA)

entries = Table(
    "entries",
    metadata,
    Column("entry_id", Text, primary_key=True),
    Column("portfolio", Text, nullable=False),
    Column("number", BigInteger, nullable=False),
    Column("kind", SmallInteger, nullable=False),
    Column("source_id", Text, nullable=False),
    Column("client_order_id", Text, nullable=False, index=True),
    Column("exchange_time_ns", BigInteger, nullable=False),
    Column("lineage", LargeBinary, nullable=False),
    Column("trace", LargeBinary, nullable=False),
    # Where the fill lies in execution.fills.v1; null for an opening.
    Column("input_partition", Integer),
    Column("input_offset", BigInteger),
    Column("is_published", Boolean, nullable=False),
    UniqueConstraint("portfolio", "number"),
)
Index(
    "ix_ledger_entries_unpublished",
    entries.c.portfolio,
    entries.c.number,
    postgresql_where=entries.c.is_published.is_(False),
)
postings = Table(
    "postings",
    metadata,
    Column("entry_id", Text, primary_key=True),
    Column("line", Integer, primary_key=True),
    Column("account", Text, nullable=False),
    Column("asset", Text, nullable=False),
    Column("amount", Numeric, nullable=False),
)
balances = Table(
    "balances",
    metadata,
    Column("portfolio", Text, primary_key=True),
    Column("account", Text, primary_key=True),
    Column("asset", Text, primary_key=True),
    Column("amount", Numeric, nullable=False),
)
positions = Table(
    "positions",
    metadata,
    Column("portfolio", Text, primary_key=True),
    Column("instrument", Text, primary_key=True),
    Column("quantity", Numeric, nullable=False),
    Column("entry_price", Double, nullable=False),
    Column("realised", Double, nullable=False),
)
commissions = Table(
    "commissions",
    metadata,
    Column("portfolio", Text, primary_key=True),
    Column("asset", Text, primary_key=True),
    Column("amount", Numeric, nullable=False),
)
#: What is applied of each input partition, and whose it is: every write compares both. Null: nothing yet.
offsets = Table(
    "offsets",
    metadata,
    Column("topic", Text, primary_key=True),
    Column("partition", Integer, primary_key=True),
    Column("next_offset", BigInteger),
    Column("epoch", BigInteger, nullable=False, server_default="0"),
    Column("owner", Text, nullable=False, server_default=""),
)
days = Table(
    "days",
    metadata,
    Column("portfolio", Text, primary_key=True),
    Column("day", Date, primary_key=True),
    Column("equity", Double, nullable=False),
)
audit = Table(
    "audit",
    metadata,
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("actor", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("detail", Text, nullable=False),
    Column("action_time_ns", BigInteger, nullable=False),
    Column("previous_hash", LargeBinary, nullable=False),
    Column("hash", LargeBinary, nullable=False),
    Column("is_published", Boolean, nullable=False, server_default=false()),
    Column("lineage", LargeBinary, nullable=False, server_default=""),
    Column("source", Text, nullable=False, server_default="", index=True),
)
Index("ix_ledger_audit_unpublished", audit.c.number, postgresql_where=audit.c.is_published.is_(False))
