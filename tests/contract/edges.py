"""The edge services as consumers: the message functions and stores that their loops call with each record."""

from __future__ import annotations

import tempfile
from decimal import Decimal
from pathlib import Path

import pyarrow.parquet as pq

from services.archive.adapters.parquet import ParquetArchive
from services.console.domain.picture import Picture
from services.console.domain.screen import build_screen
from services.console.domain.summary import summarise
from services.console.messages import picture_message
from services.console.received import summary_of
from services.console.state import COMPACTED, EVENTS, SAMPLED, Reader
from services.execution import messages as execution
from services.ledger.domain.audit import append
from services.ledger.domain.books import Book
from services.ledger.domain.entries import fill_entry
from services.ledger.marks import Marks
from services.ledger.messages import command_act, entry_message, fill_of
from sextant.contracts.examples import EXAMPLES
from sextant.contracts.examples.control import OPERATOR_KEY
from sextant.contracts.examples.values import at
from sextant.contracts.instruments import instrument_of
from sextant.contracts.market.v1 import reference_pb2
from sextant.runtime.stamp import open_record
from sextant.venues.paper.exchange import PaperExchange
from sextant.venues.paper.venue import PaperVenue
from tests.contract.consumers import Adapter, Fed, NotRead


async def archive(fed: Fed) -> None:
    """Write the record as Parquet and read the same bytes back."""
    with tempfile.TemporaryDirectory() as folder:
        part = ParquetArchive(Path(folder)).write(fed.topic, fed.record.partition, [fed.record])
        assert part is not None
        (row,) = pq.read_table(Path(folder) / part.file, partitioning=None).to_pylist()
    assert (row["key"], row["value"]) == (fed.record.key, fed.record.value)


async def ledger(fed: Fed) -> None:
    """Open the record as the ledger's step does and book, audit or mark it."""
    opened = open_record(fed.record)
    match fed.topic:
        case "execution.fills.v1":
            entry = fill_entry(fill_of(opened.value))
            assert entry_message(entry, 1).entry_id
            book = Book(opened.value.portfolio)
            book.post(entry, fill_of(opened.value))
            assert set(book.trial_balance().values()) == {Decimal(0)}
        case "execution.orders.v1":
            assert opened.value.client_order_id
        case "control.commands.v1":
            act = command_act(opened.value, OPERATOR_KEY)
            assert append(None, act).hash
            assert (act.actor == opened.value.operator) == act.action.startswith("command.")
        case "features.vectors.v1":
            Marks().see(opened.value)
        case _:
            raise NotRead


async def execution_service(fed: Fed) -> None:
    """Translate the record as execution's loops do."""
    if fed.record.value is None:
        assert fed.topic in ("risk.breakers.v1", "market.instruments.v1", "market.clocks.v1")
        return  # execution passes over tombstones
    value = open_record(fed.record).value
    match fed.topic:
        case "market.events.v1":
            paper_venue().market(value)
        case "risk.decisions.v1":
            if value.WhichOneof("outcome") == "approved":
                terms = execution.terms_of(value, "BTCUSDT")
                assert terms.quantity > 0
        case "risk.breakers.v1":
            execution.breaker_of(value)
        case "market.instruments.v1":
            assert instrument_of(value).tick > 0
        case "market.clocks.v1":
            assert value.venue
            assert isinstance(value.offset_ns, int)
        case "control.commands.v1":
            word = execution.word_of(value, OPERATOR_KEY)
            assert (word is not None) == (fed.name in ("halt", "resume", "flat-all"))
        case _:
            raise NotRead


async def console(fed: Fed) -> None:
    """Let the console's picture take the record; then draw a screen of it, and tell it over the operator API."""
    if fed.topic not in (*COMPACTED, *SAMPLED, *EVENTS):
        raise NotRead
    picture = Picture("sim", ("alpha", "beta", "gamma"), at(0))
    Reader(picture).read(fed.record, at(1_000))
    summary = summarise(picture, at(2_000))
    assert build_screen(summary)
    assert summary_of(picture_message(summary)) == summary


def paper_venue() -> PaperVenue:
    """Return a paper account that knows the examples' instruments."""
    venue = PaperVenue(
        PaperExchange({"USDT": Decimal(1_000)}, taker_fee_bp=Decimal(10), maker_fee_bp=Decimal(0))
    )
    for example in EXAMPLES["market.instruments.v1"].values():
        if isinstance(example.message, reference_pb2.Instrument):
            venue.exchange.set_instrument(instrument_of(example.message))
    return venue


EDGES: dict[str, Adapter] = {
    "archive": archive,
    "ledger": ledger,
    "execution": execution_service,
    "console": console,
}
