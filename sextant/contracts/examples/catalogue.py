"""Which topic has which examples."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from sextant.contracts.examples import (
    archive,
    control,
    execution,
    features,
    ledger,
    market,
    reference,
    risk,
    state,
    strategies,
    validated,
)
from sextant.contracts.examples.values import Example
from sextant.contracts.runtime.v1 import state_pb2
from sextant.contracts.topics import TOPICS

DATA: Final = Path(__file__).parent / "data"


def _examples() -> dict[str, Mapping[str, Example]]:
    stages = {entry.name: entry.owner for entry in TOPICS.values() if entry.message is state_pb2.StateRecord}
    return {
        "market.frames.v1": market.frames(),
        "market.events.v1": market.batches(),
        "market.instruments.v1": reference.instruments(),
        "market.clocks.v1": reference.clocks(),
        "market.validated.v1": validated.validated(),
        "market.anomalies.v1": validated.anomalies(),
        "features.candles.v1": features.candles(),
        "features.vectors.v1": features.vectors(),
        "strategies.external.v1": strategies.external(),
        "strategies.signals.v1": strategies.signals(),
        "strategies.intents.v1": strategies.intents(),
        "risk.parameters.v1": features.parameters(),
        "risk.decisions.v1": risk.decisions(),
        "risk.breakers.v1": risk.breakers(),
        "execution.orders.v1": execution.orders(),
        "execution.fills.v1": execution.fills(),
        "ledger.entries.v1": ledger.entries(),
        "ledger.portfolios.v1": ledger.portfolios(),
        "control.commands.v1": control.commands(),
        "control.audit.v1": control.audit(),
        "archive.places.v1": archive.places(),
        **{topic: state.records(stage) for topic, stage in stages.items()},
    }


#: `EXAMPLES[topic][name]`.
EXAMPLES: Final[Mapping[str, Mapping[str, Example]]] = _examples()


def stored(topic: str, name: str) -> Path:
    """Return the file that holds an example's bytes."""
    return DATA / topic / f"{name}.binpb"
