"""Authors find the names that features publishes."""

from __future__ import annotations

from services.features.domain.catalogue import Periods, catalogue
from sextant.contracts.market.v1 import validated_pb2
from sextant.sdk import Judgement
from sextant.sdk.catalogue import available


def test_the_catalogue_of_authors_is_the_catalogue_of_features() -> None:
    periods = Periods(ema=(3, 9, 27), rsi=7, volatility=40)
    published = {feature.name for feature in catalogue(periods)}
    assert available(periods.ema, periods.rsi, periods.volatility) == published


def test_judgements_equal_the_wire() -> None:
    wire = {
        name.removeprefix("VENUE_VERDICT_"): number for name, number in validated_pb2.VenueVerdict.items()
    }
    assert wire == {judgement.name: int(judgement) for judgement in Judgement}
