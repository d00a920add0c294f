"""Building execution: the only module that names its adapters."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from services.execution.adapters.door import EmergencyDoor
from services.execution.adapters.paper_feed import PaperFeed
from services.execution.adapters.postgres import PostgresJournal
from services.execution.adapters.speaker import Speaker
from services.execution.adapters.venues import make_accounts
from services.execution.emergency_log import EmergencyLog
from services.execution.metrics import ExecutionMetrics
from services.execution.private import private_folder
from services.execution.rules_file import RulesFile
from services.execution.service import ExecutionService
from services.execution.sides import SideInputs
from services.execution.tools import Tools
from sextant.core.errors import SettingsInvalid
from sextant.runtime.connecting import connect_patiently
from sextant.runtime.operator_keys import read_operator_keys
from sextant.runtime.port_file import tell_port
from sextant.runtime.service import Resources, Service
from sextant.runtime.settings import Platform, Process


class _Execution:
    """The service with its emergency door: the door opens first, needs neither broker nor database, and closes last."""

    def __init__(
        self, resources: Resources, service: ExecutionService, rules: RulesFile, token: str | None
    ) -> None:
        self._resources, self._service, self._rules, self._token = resources, service, rules, token

    async def run(self, stop: asyncio.Event) -> None:
        self._rules.recall()
        writing = asyncio.create_task(self._rules.run())
        try:
            async with self._door():
                await self._service.run(stop)
        finally:
            writing.cancel()

    @asynccontextmanager
    async def _door(self) -> AsyncIterator[None]:
        process, log = self._resources.process, self._resources.log
        if self._token is None:
            log.warning("emergency door stays shut", reason="SEXTANT_OPERATOR_TOKEN_FILE is not set")
            yield
            return
        door = EmergencyDoor(self._token, self._resources.clock, self._service.flatten, self._service.status)
        port = await door.open(process.operator_host, process.operator_port)
        tell_port(process, "operator", port)
        log.info("emergency door open", host=process.operator_host, port=port)
        try:
            yield
        finally:
            await door.close(1.0)


def build(resources: Resources) -> Service:
    """Return execution over Postgres. Raises SettingsInvalid without a DSN, a state folder or keys, or when live trading is not asked for twice,
    and where an approval would outlive its owner."""
    process, platform = resources.process, resources.platform
    check_approvals(platform, process)
    dsn = process.postgres_dsn()
    if not dsn:
        raise SettingsInvalid("SEXTANT_POSTGRES or SEXTANT_POSTGRES_FILE: expected a DSN, was nothing")
    offsets: dict[str, int] = {}
    accounts = make_accounts(
        platform, process, resources.clock, lambda venue: offsets.get(venue, 0), resources.log
    )
    tools = Tools(
        accounts=accounts,
        clock=resources.clock,
        stamper=resources.stamper,
        spans=resources.spans,
        health=resources.health,
        metrics=ExecutionMetrics(resources.metrics),
        log=resources.log,
    )
    file = process.operator_token_file
    keys = None if file is None else read_operator_keys(file)
    sides = SideInputs(resources.bus, tools, None if keys is None else keys.command_key, offsets)
    feed = PaperFeed(resources.bus, accounts.values(), resources.log)
    sides.on_instrument.append(feed.set_instrument)
    service = ExecutionService(
        resources,
        tools,
        sides,
        lambda: PostgresJournal.connect(dsn),
        EmergencyLog(state_file(process, "emergency.jsonl")),
        [feed] if feed.is_needed else [],
        None if keys is None else Speaker(resources.bus, resources.stamper, keys.command_key).publish,
        lambda: connect_patiently(resources),
    )
    rules = RulesFile(state_file(process, "rules.json"), tools)
    return _Execution(resources, service, rules, None if keys is None else keys.door_token)


def check_approvals(platform: Platform, process: Process) -> None:
    """Refuse approvals that are still good when another owner may call: that is a session timeout after the former one was heard last.

    An intent that is valid for longer is no danger: an approval never outlives `approval_valid_ms`. Raises SettingsInvalid.
    """
    for name, portfolio in platform.portfolios.items():
        valid_ms, session_ms = portfolio.limits.approval_valid_ms, process.session_timeout_ms
        if valid_ms >= session_ms:
            raise SettingsInvalid(
                f"portfolios.{name}.limits.approval_valid_ms: expected less than SEXTANT_SESSION_TIMEOUT_MS ({session_ms}), was {valid_ms}"
            )


def state_file(process: Process, name: str) -> Path:
    """Return where this instance keeps a thing that outlives it. Raises SettingsInvalid without a folder that only we may write."""
    if process.state_folder is None:
        raise SettingsInvalid(
            "SEXTANT_STATE_FOLDER: expected a folder that outlives the process, for what the emergency door does, was nothing"
        )
    return private_folder(process.state_folder) / f"execution-{process.instance}-{name}"
