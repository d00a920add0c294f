"""`sextant doctor`: looks at everything that a platform here stands on, and says what to do about what is wrong."""

from __future__ import annotations

import json as json_module
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated

import typer

from sextant.cli.broker import Kafka, NoBroker, bootstrap, hint, stack_file
from sextant.cli.doctoring import machine
from sextant.cli.doctoring.clock import clock
from sextant.cli.doctoring.database import database
from sextant.cli.doctoring.files import private, secrets
from sextant.cli.doctoring.findings import Finding, Grade, fail, warn
from sextant.cli.doctoring.log import log
from sextant.cli.doctoring.settings import configuration, environment
from sextant.cli.health import Root
from sextant.cli.printing import Json, print_json
from sextant.cli.running import run
from sextant.stack.addresses import StackAddresses

_Config = Annotated[Path, typer.Option("--config", envvar="SEXTANT_CONFIG", help="The platform's YAML.")]


def doctor(
    config: _Config = Path("config/sextant.yaml"),
    kafka: Kafka = "",
    root: Root = Path(".sextant"),
    json: Json = False,
) -> None:
    """Look at versions, clock, ports, disk, secrets, configuration, Kafka, topics, Postgres and its schemas, and say what to do.

    Works with nothing running too. Exits with 1 when something cannot work; a warning alone is no failure.

    Example: sextant doctor --kafka 127.0.0.1:9092
    """
    found = []
    for finding in _look(config, kafka, root, os.environ):
        found.append(finding)
        if not json:
            _print(finding)
    grades = [finding.grade for finding in found]
    counts = {grade.value: grades.count(grade) for grade in Grade}
    if json:
        print_json({"findings": [_data(finding) for finding in found], "counts": counts})
    else:
        typer.echo(", ".join(f"{count} {grade}" for grade, count in counts.items()))
    if counts[Grade.FAIL.value]:
        raise typer.Exit(1)


def _look(config: Path, kafka: str, root: Path, variables: Mapping[str, str]) -> Iterator[Finding]:
    yield machine.python()
    yield machine.system()
    yield from machine.parts()
    yield clock()
    yield machine.disk(root)
    yield from machine.ports(variables)
    finding, platform = configuration(config)
    yield finding
    yield environment(variables, config)
    yield from secrets(variables, platform)
    yield from _log(kafka)
    yield from _database(variables)


def _log(kafka: str) -> Iterator[Finding]:
    try:
        address = bootstrap(kafka)
    except NoBroker as error:
        yield warn("kafka", str(error), "sextant stack up")
        return
    yield from run(log(address, hint(kafka)))


def _database(variables: Mapping[str, str]) -> Iterator[Finding]:
    file = variables.get("SEXTANT_POSTGRES_FILE", "")
    try:
        dsn = (
            Path(file).read_text(encoding="utf-8").strip() if file else variables.get("SEXTANT_POSTGRES", "")
        )
    except OSError as error:
        yield fail("postgres", f"SEXTANT_POSTGRES_FILE: {error}", "put a DSN there, or name another file")
        return
    dsn = dsn or _stack_dsn()
    if not dsn:
        says = "neither SEXTANT_POSTGRES nor SEXTANT_POSTGRES_FILE is set, and no local stack runs"
        yield warn("postgres", says, "sextant stack up")
        return
    if not file and not variables.get("SEXTANT_POSTGRES"):
        yield private("stack addresses", stack_file())
    yield from run(database(dsn))


def _stack_dsn() -> str:
    try:
        return StackAddresses.load(stack_file()).postgres_dsn
    except (OSError, TypeError, json_module.JSONDecodeError):
        return ""


def _print(finding: Finding) -> None:
    typer.echo(f"{finding.grade.value:<5} {finding.name:<16} {finding.says}")
    if finding.remedy:
        typer.echo(f"{'':<5} {'':<16} -> {finding.remedy}")


def _data(finding: Finding) -> dict[str, str]:
    return {
        "name": finding.name,
        "grade": finding.grade.value,
        "says": finding.says,
        "remedy": finding.remedy,
    }
