"""Mark prices as the ledger sees them: the newest mid of each instrument from the feature vectors. Statistics only."""

from __future__ import annotations

from services.ledger.domain.entries import spot_assets
from sextant.contracts.features.v1 import features_pb2


class Marks:
    """Newest mids by instrument and by asset. Until `is_caught_up` they may be as old as the oldest vector that is kept."""

    def __init__(self) -> None:
        self.is_caught_up = False
        self.by_instrument: dict[str, float] = {}
        self._by_asset: dict[tuple[str, str], float] = {}

    def see(self, vector: features_pb2.FeatureVector) -> None:
        """Take the vector's mid; a vector of an invalid book has none and changes nothing."""
        if vector.bid <= 0 or vector.ask <= 0 or vector.is_warm_up or vector.instrument.count(":") != 1:
            return
        mid = (vector.bid + vector.ask) / 2
        self.by_instrument[vector.instrument] = mid
        self._by_asset[spot_assets(vector.instrument)] = mid

    def in_currency(self, currency: str) -> dict[str, float]:
        """Return the price of each base asset that is quoted in `currency`."""
        return {base: mid for (base, quote), mid in self._by_asset.items() if quote == currency}
