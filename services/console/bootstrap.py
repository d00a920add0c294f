"""Building the console: the only module that names its adapters."""

from __future__ import annotations

import asyncio
import json
import sys
from enum import StrEnum
from typing import Final

from services.console.adapters.certificate import Certificate
from services.console.adapters.kafka_lag import KafkaLag
from services.console.adapters.operator_calls import Explain, OperatorCalls
from services.console.adapters.operator_server import OperatorServer
from services.console.commanding import Commands
from services.console.metrics import ConsoleMetrics
from services.console.service import Canvas, ConsoleService
from services.console.view import Terminal
from sextant.contracts.operator.v1 import api_pb2
from sextant.explaining.order import explain_order, explanation_text
from sextant.explaining.tree import explanation_data
from sextant.operator.door import Door
from sextant.operator.giving import Giver
from sextant.runtime.operator_keys import OperatorKeys, read_operator_keys
from sextant.runtime.port_file import tell_port
from sextant.runtime.service import Build, Resources, Service
from sextant.runtime.settings import Process

#: How long calls that are under way may take when the console stops, s.
_GRACE_S: Final = 3.0


class View(StrEnum):
    """What the console shows by itself."""

    LIVE = "live"
    LINES = "lines"
    NONE = "none"


class _Console:
    """The console with its operator API, which opens first: until everything was read it says that it is not ready, and answers nevertheless."""

    def __init__(self, resources: Resources, console: ConsoleService, keys: OperatorKeys | None) -> None:
        self._resources, self._console, self._keys = resources, console, keys

    async def run(self, stop: asyncio.Event) -> None:
        resources, keys = self._resources, self._keys
        if keys is None:
            resources.log.warning("operator API stays shut", reason="SEXTANT_OPERATOR_TOKEN_FILE is not set")
            await self._console.run(stop)
            return
        process = resources.process
        commands = _commands(resources, keys)
        metrics = ConsoleMetrics(resources.metrics)
        calls = OperatorCalls(
            self._console.summary, self._console.feed, _explaining(process), commands, metrics
        )
        server = OperatorServer(calls, keys.api_token, metrics, lambda: resources.health.is_ready)
        certificate = certificate_of(process)
        # Not ready before the first thing was read, and health must not be asked before.
        resources.health.set("state", False, "reading")
        port = await server.open(process.operator_host, process.operator_port, certificate)
        tell_port(process, "operator", port)
        resources.log.info(
            "operator API open", host=process.operator_host, port=port, encrypted=certificate is not None
        )
        try:
            await self._console.run(stop)
        finally:
            await server.close(_GRACE_S)
            await commands.drain(_GRACE_S)


def build_for(view: View) -> Build:
    """Return a builder of the console with this view."""

    def build(resources: Resources) -> Service:
        process = resources.process
        lag = (
            KafkaLag(process.kafka, f"console-{process.instance}-lag", process.security())
            if process.kafka
            else None
        )
        say = say_line if view is View.LINES else None
        console = ConsoleService(resources, lag, canvas_of(view), say=say)
        file = process.operator_token_file
        return _Console(resources, console, None if file is None else read_operator_keys(file))

    return build


def canvas_of(view: View) -> Canvas | None:
    """Return the terminal for a live view."""
    return Terminal() if view is View.LIVE else None


def say_line(line: str) -> None:
    """Print a line at once."""
    print(line, file=sys.stdout, flush=True)


def certificate_of(process: Process) -> Certificate | None:
    """Return the operator API's certificate where there is one. Raises SettingsInvalid where it cannot be read."""
    chain, key = process.operator_cert_file, process.operator_key_file
    return None if chain is None or key is None else Certificate(chain, key)


def _commands(resources: Resources, keys: OperatorKeys) -> Commands:
    door = Door(resources.process.door, keys.door_token) if resources.process.door else None
    giver = Giver(resources.bus, resources.stamper, keys.command_key)
    return Commands(giver.give, door, resources.log)


def _explaining(process: Process) -> Explain:
    name = f"console-{process.instance}-explain"

    async def explain(order_id: str, jaeger_url: str) -> api_pb2.ExplainResponse:
        found = await explain_order(process.kafka, order_id, client_id=name, security=process.security())
        document = json.dumps(explanation_data(found, jaeger_url), ensure_ascii=False)
        return api_pb2.ExplainResponse(text=explanation_text(found, jaeger_url), document=document)

    return explain
