"""Where the broker is, and how it is spoken to: the option, the environment, or the local stack that runs."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Annotated, Final

import typer

from sextant.bus.kafka.security import OPEN, Security
from sextant.core.errors import SextantError
from sextant.demo.runs import running
from sextant.stack.addresses import StackAddresses

#: The variable and folder of `sextant stack`.
_ROOT_VARIABLE: Final = "SEXTANT_STACK_ROOT"
_DEFAULT_ROOT: Final = ".sextant"

Kafka = Annotated[
    str,
    typer.Option(
        "--kafka",
        envvar="SEXTANT_KAFKA",
        help="Bootstrap servers, host:port[,host:port]; by default those of the local stack, or of the newest run that is under way.",
    ),
]


class NoBroker(SextantError):
    """Nobody said where the broker is, and no local stack runs."""


def bootstrap(option: str) -> str:
    """Return the address to use. Raises NoBroker, which says how to start one."""
    if option:
        return option
    file = stack_file()
    try:
        address = StackAddresses.load(file).bootstrap
    except FileNotFoundError:
        address = ""
    except (json.JSONDecodeError, TypeError) as error:
        raise NoBroker(
            f"{file}: cannot be read ({error}); start the stack anew with `sextant stack up`"
        ) from error
    if not address:
        raise NoBroker(
            f"no broker: neither --kafka nor SEXTANT_KAFKA is set, and no Kafka runs in {file.parent.absolute()}; "
            "start one with `sextant stack up`"
        )
    return address


def stack_file() -> Path:
    """Return where the addresses of the local stack lie; of the newest run that is under way here, where no stack is up by itself."""
    root = os.environ.get(_ROOT_VARIABLE)
    file = Path(root or _DEFAULT_ROOT) / "stack.json"
    if root or file.exists():
        return file
    runs = [place for folder in running() if (place := folder / "stack" / "stack.json").exists()]
    return runs[-1] if runs else file


def security() -> Security:
    """Return how brokers are spoken to: the SEXTANT_KAFKA_* variables of services. Raises SettingsInvalid."""
    if not any(name.startswith("SEXTANT_KAFKA_") for name in os.environ):
        return OPEN
    from sextant.runtime.settings.kafka import (
        security_of,
    )  # a quarter of a second, which most calls need not pay

    return security_of()


def hint(option: str) -> str:
    """Return what to try when the address does not answer."""
    return "is it running? check --kafka and SEXTANT_KAFKA" if option else "start it with `sextant stack up`"
