"""The stage's state as bytes: canonical JSON, equal states give equal bytes."""

from __future__ import annotations

import json
from dataclasses import astuple

from services.ensemble.domain.votes import Opinion, Opinions
from sextant.core.instruments import Side


def dump(opinions: Opinions) -> bytes:
    """Return the state; floats are written so that they come back as the same bits."""
    rows = [[instrument, *_row(opinion)] for instrument, opinion in opinions.all()]
    return json.dumps(rows, separators=(",", ":")).encode()


def load(state: bytes) -> Opinions:
    """Return what dump() wrote."""
    opinions = Opinions()
    for instrument, strategy, signal_id, topic, partition, offset, side, *rest in json.loads(state):
        opinions.put(instrument, Opinion(strategy, signal_id, topic, partition, offset, Side(side), *rest))
    return opinions


def _row(opinion: Opinion) -> list[object]:
    return [value.value if isinstance(value, Side) else value for value in astuple(opinion)]
