"""What ingest says, as records of the log."""

from __future__ import annotations

from typing import Final

from google.protobuf.timestamp_pb2 import Timestamp

from sextant.bus.port import Bus, Outgoing, TopicPartition
from sextant.contracts.instruments import instrument_of
from sextant.contracts.market.v1 import reference_pb2
from sextant.contracts.values import wire
from sextant.core.identity import Identity, Root
from sextant.core.instruments import Instrument, InstrumentKind
from sextant.runtime.lineage import Lineage
from sextant.runtime.stamp import Stamper
from sextant.venues.binance.links import Journal, Said
from sextant.venues.clock_offset import ClockOffset

EVENTS: Final = "market.events.v1"
FRAMES: Final = "market.frames.v1"
INSTRUMENTS: Final = "market.instruments.v1"
CLOCKS: Final = "market.clocks.v1"
_KINDS: Final = {
    InstrumentKind.SPOT: reference_pb2.INSTRUMENT_KIND_SPOT,
    InstrumentKind.LINEAR: reference_pb2.INSTRUMENT_KIND_LINEAR,
    InstrumentKind.INVERSE: reference_pb2.INSTRUMENT_KIND_INVERSE,
}


class Records:
    """Builds the records of one venue. `epoch` is this run's, larger than any before."""

    def __init__(self, stamper: Stamper, venue: str, epoch: int) -> None:
        self._stamper, self._venue, self._epoch = stamper, venue, epoch
        self._said: dict[str, int] = {}

    def now_ns(self) -> int:
        """Return our wall clock."""
        return self._stamper.clock.wall_ns()

    def events(self, said: Said, in_ns: int) -> Outgoing:
        """Return the record of a batch whose newest frame came at `in_ns` of our wall clock."""
        lineage = self._lineage(in_ns)
        return self._stamper.outgoing_data(EVENTS, said.base, said.base, said.data, said.identity, lineage)

    def frames(self, journal: Journal, in_ns: int) -> Outgoing:
        lineage = self._lineage(in_ns)
        return self._stamper.outgoing(
            FRAMES, journal.key, journal.key, journal.batch, journal.identity, lineage
        )

    def instrument(self, instrument: Instrument, read_ns: int) -> Outgoing:
        message = instrument_message(instrument, read_ns)
        identity = self._next("instruments")
        return self._stamper.outgoing(
            INSTRUMENTS, instrument.name, "", message, identity, self._lineage(read_ns)
        )

    def clock(self, clock: ClockOffset, estimate_ns: int, in_ns: int) -> Outgoing:
        message = reference_pb2.VenueClock(
            venue=self._venue,
            offset_ns=clock.offset_ns,
            uncertainty_ns=clock.uncertainty_ns,
            estimate_time=_timestamp(estimate_ns),
        )
        identity = self._next("clock")
        return self._stamper.outgoing(CLOCKS, self._venue, "", message, identity, self._lineage(in_ns))

    def _lineage(self, in_ns: int) -> Lineage:
        return Lineage().with_hop(self._stamper.hop(in_ns, None))

    def _next(self, what: str) -> Identity:
        number = self._said.get(what, 0)
        self._said[what] = number + 1
        return Identity(Root(f"{self._venue}/{what}", self._epoch, number))


async def published_instruments(bus: Bus, venue: str) -> list[Instrument]:
    """Return the rules of a venue as an earlier run published them. Raises InvalidValue for rules that cannot be read."""
    newest: dict[bytes, Instrument] = {}
    for record in await bus.read(TopicPartition(INSTRUMENTS, 0)):
        message = reference_pb2.Instrument.FromString(record.value or b"")
        if message.venue == venue:
            newest[record.key] = instrument_of(message)
    return list(newest.values())


def instrument_message(instrument: Instrument, read_ns: int) -> reference_pb2.Instrument:
    """Return the wire form of trading rules read at `read_ns`."""
    return reference_pb2.Instrument(
        instrument=instrument.name,
        venue=instrument.venue,
        operator=instrument.operator,
        venue_symbol=instrument.venue_symbol,
        base=instrument.base,
        quote=instrument.quote,
        settle=instrument.settle,
        kind=_KINDS[instrument.kind],
        tick=wire(instrument.tick),
        lot=wire(instrument.lot),
        minimum_notional=wire(instrument.minimum_notional),
        contract_size=wire(instrument.contract_size),
        is_trading=instrument.is_trading,
        version=instrument.version,
        read_time=_timestamp(read_ns),
    )


def _timestamp(ns: int) -> Timestamp:
    stamp = Timestamp()
    stamp.FromNanoseconds(ns)
    return stamp
