"""The books' statements."""

from __future__ import annotations

from typing import Final

SCHEMA: Final = "ledger"

#: $1 topic, $2 partition, $3 now in ns, $4 owner, $5 the room of an epoch.
ACQUIRE: Final = """
insert into offsets as mine (topic, partition, epoch, owner) values ($1, $2, $3, $4)
on conflict (topic, partition) do update set epoch = greatest(mine.epoch + $5, excluded.epoch), owner = $4
returning epoch, next_offset
"""
#: The first statement of every write: it holds the row until the commit, so a new owner waits for what is under way.
#: $1 topic, $2 partition, $3 epoch, $4 the claim's offset, $5 the next one.
MOVE: Final = """
update offsets set next_offset = $5
where topic = $1 and partition = $2 and epoch = $3 and next_offset is not distinct from $4 returning 1
"""
STANDING: Final = "select epoch, next_offset from offsets where topic = $1 and partition = $2"

INSERT_ENTRY: Final = """
insert into entries (entry_id, portfolio, number, kind, source_id, client_order_id, exchange_time_ns, lineage, trace,
    input_partition, input_offset, is_published)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, false) on conflict (entry_id) do nothing returning number
"""
INSERT_POSTING: Final = (
    "insert into postings (entry_id, line, account, asset, amount) values ($1, $2, $3, $4, $5)"
)
#: What was deposited on venue accounts. $1 portfolio, $2 the kind of a deposit.
OPENINGS: Final = """
select account, asset, sum(amount) as amount from postings join entries using (entry_id)
where portfolio = $1 and kind = $2 and account like 'venue:%' group by account, asset
"""
WRITE_BALANCE: Final = """
insert into balances (portfolio, account, asset, amount) values ($1, $2, $3, $4)
on conflict (portfolio, account, asset) do update set amount = excluded.amount
"""
WRITE_POSITION: Final = """
insert into positions (portfolio, instrument, quantity, entry_price, realised) values ($1, $2, $3, $4, $5)
on conflict (portfolio, instrument) do update set quantity = excluded.quantity,
    entry_price = excluded.entry_price, realised = excluded.realised
"""
WRITE_COMMISSION: Final = """
insert into commissions (portfolio, asset, amount) values ($1, $2, $3)
on conflict (portfolio, asset) do update set amount = excluded.amount
"""
UNPUBLISHED: Final = "select * from entries where portfolio = $1 and is_published is false order by number"
MARK: Final = "update entries set is_published = true where entry_id = any($1::text[])"
STATE_DAY: Final = "insert into days (portfolio, day, equity) values ($1, $2, $3) on conflict do nothing"
DAY: Final = "select equity from days where portfolio = $1 and day = $2"

LINK: Final = "number, actor, action, detail, action_time_ns, previous_hash, hash"
#: One chain, whoever appends to it.
LOCK_AUDIT: Final = "select pg_advisory_xact_lock(7201900341)"
AUDIT_TAIL: Final = f"select {LINK} from audit order by number desc limit 1"  # noqa: S608  # column names are ours
INSERT_LINK: Final = f"insert into audit ({LINK}, lineage, source, is_published) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, false)"  # noqa: S608
SOURCES: Final = "select source from audit where source = any($1::text[])"
UNPUBLISHED_AUDIT: Final = f"select {LINK}, lineage from audit where is_published is false order by number"  # noqa: S608
MARK_AUDIT: Final = "update audit set is_published = true where number = any($1::bigint[])"
