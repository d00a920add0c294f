"""The words of our domains are those of the wire: the same names, the same numbers."""

from __future__ import annotations

from enum import Enum
from typing import Any

import pytest

from sextant.contracts.common.v1 import values_pb2
from sextant.contracts.market.v1 import reference_pb2, validated_pb2
from sextant.contracts.risk.v1 import risk_pb2
from sextant.core.instruments import InstrumentKind, Side
from sextant.core.vocabulary import BreakerState, Judgement
from sextant.venues import port


@pytest.mark.parametrize(
    ("ours", "wire", "prefix"),
    [
        (Side, values_pb2.Side, "SIDE_"),
        (InstrumentKind, reference_pb2.InstrumentKind, "INSTRUMENT_KIND_"),
        (Judgement, validated_pb2.VenueVerdict, "VENUE_VERDICT_"),
        (BreakerState, risk_pb2.BreakerState, "BREAKER_STATE_"),
        (port.TimeInForce, risk_pb2.TimeInForce, "TIME_IN_FORCE_"),
    ],
)
def test_a_word_has_the_name_and_the_number_of_the_wire(ours: type[Enum], wire: Any, prefix: str) -> None:
    named = {name.removeprefix(prefix): number for name, number in wire.items()}
    said = {member.name: member.value for member in ours}
    assert {"UNSPECIFIED": 0} | said == named
