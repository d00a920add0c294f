"""An instrument's rules between the wire and our values."""

from __future__ import annotations

from sextant.contracts.market.v1 import reference_pb2
from sextant.contracts.values import above_zero, decimal_of, enum_of
from sextant.core.instruments import Instrument, InstrumentKind


def instrument_of(message: reference_pb2.Instrument) -> Instrument:
    """Raises InvalidValue for an unknown kind, a step that is not above zero or a number that cannot be read."""
    return Instrument(
        name=message.instrument,
        venue=message.venue,
        operator=message.operator,
        venue_symbol=message.venue_symbol,
        base=message.base,
        quote=message.quote,
        settle=message.settle,
        kind=enum_of(InstrumentKind, message.kind, "instrument.kind"),
        tick=above_zero(message.tick, "instrument.tick"),
        lot=above_zero(message.lot, "instrument.lot"),
        minimum_notional=decimal_of(message.minimum_notional, "instrument.minimum_notional"),
        contract_size=above_zero(message.contract_size, "instrument.contract_size"),
        is_trading=message.is_trading,
        version=message.version,
    )
