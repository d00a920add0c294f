"""`python -m tests.cluster.check FOLDER`: the demo's checker on what a release in a cluster left; prints what is short, and figures, as JSON.

FOLDER holds what the test took out of the cluster: `sextant.yaml`, `kafka` (host:port), `postgres.dsn`, `keys/<account>.json`, `spans`,
`archive/`, `ingest.metrics`, `rss.json`. Services have stopped; servers and venues answer under their own names.
"""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path

from sextant.bus.kafka import KafkaBus
from sextant.bus.kafka.lag import KafkaGroupOffsets
from sextant.demo.report import Evidence, Report, failures, make_report
from sextant.demo.report.ledger_books import PostgresBooks
from sextant.demo.report.venue_books import ccxt_accounts
from sextant.runtime.settings import load_platform
from tests.cluster.spans import kept


async def check(folder: Path) -> Report:
    """Return the report. Raises what make_report() raises."""
    platform = load_platform(folder / "sextant.yaml")
    bootstrap = (folder / "kafka").read_text().strip()
    bus = KafkaBus(bootstrap, client_id="sextant-checker")
    await bus.start()
    try:
        async with KafkaGroupOffsets(bootstrap) as offsets:
            return await make_report(
                Evidence(
                    bus_kind="kafka",
                    mode=platform.mode.value,
                    seconds=0.0,
                    seed=0,
                    platform=platform,
                    bus=bus,
                    books=PostgresBooks((folder / "postgres.dsn").read_text().strip()),
                    accounts=ccxt_accounts(platform, lambda account: folder / "keys" / f"{account}.json"),
                    offsets=offsets,
                    traces=tuple(kept(folder / "spans")),
                    archive=folder / "archive",
                    ingest_metrics=(folder / "ingest.metrics").read_text(),
                    rss_mb=json.loads((folder / "rss.json").read_text()),
                    servers_rss_mb=0.0,
                    started_ns=0,
                    unclean=(),
                    expects_orders=True,
                    progress=lambda line: print(line, file=sys.stderr),
                )
            )
    finally:
        await bus.stop()


def main(arguments: list[str]) -> None:
    report = asyncio.run(check(Path(arguments[0])))
    figures = {
        "short": failures(report),
        "invariants": {name: not problems for name, problems in report.problems.items()},
        "problems": {name: list(problems) for name, problems in report.problems.items() if problems},
        "orders": dict(report.orders),
        "intents": report.intents,
        "fills": report.fills,
        "entries": report.entries,
        "traced": report.orders_traced_ratio,
    }
    print(json.dumps(figures))


if __name__ == "__main__":
    main(sys.argv[1:])
