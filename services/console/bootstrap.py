"""Building the console: the only module that names its adapters."""

from __future__ import annotations

import sys
from collections.abc import Callable

from services.console.adapters.kafka_lag import KafkaLag
from services.console.service import ConsoleService
from services.console.view import Terminal
from sextant.runtime.service import Build, Resources, Service


def build_for(*, is_live: bool) -> Build:
    """Return a builder of the console: on a terminal when it is live, else a line of text every few seconds."""

    def build(resources: Resources) -> Service:
        process = resources.process
        lag = (
            KafkaLag(process.kafka, f"console-{process.instance}-lag", process.security())
            if process.kafka
            else None
        )
        return ConsoleService(resources, lag, Terminal() if is_live else None, say=_line())

    return build


def _line() -> Callable[[str], None]:
    def say(line: str) -> None:
        print(line, file=sys.stdout, flush=True)

    return say
