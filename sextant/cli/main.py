"""Entry point of the `sextant` command: names the subcommands and turns failures into a sentence and an exit code."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Final

import typer

from sextant.cli.lazy import Subcommand, group_of
from sextant.core.errors import Refused, SettingsInvalid, SextantError

#: What a call came to: done; could not be done; was asked for wrongly.
DONE, FAILED, MISUSED = 0, 1, 2
_INTERRUPTED: Final = 130

SUBCOMMANDS: Final = {
    "demo": Subcommand(
        "sextant.demo.commands:demo", "Run the whole platform here and prove that nothing was lost."
    ),
    "paper": Subcommand("sextant.demo.commands:paper", "Trade on paper on the real venues' public data."),
    "up": Subcommand("sextant.demo.up:up", "Start the whole platform here in the background."),
    "down": Subcommand("sextant.demo.up:down", "Stop what `sextant up` has started."),
    "topics": Subcommand("sextant.cli.topics:app", "List, describe, tail and create topics."),
    "explain": Subcommand(
        "sextant.cli.explain:explain", "Show how an order came about, from frame to books."
    ),
    "smoke": Subcommand(
        "sextant.cli.smoke:smoke",
        "Wait until an order is placed, filled and booked.",
    ),
    "migrate": Subcommand("sextant.cli.migrate:migrate", "Bring the database to the newest schema."),
    "lag": Subcommand("sextant.cli.groups:lag", "Show how far behind each consumer group is."),
    "workers": Subcommand("sextant.cli.groups:workers", "Show who holds which partition."),
    "health": Subcommand("sextant.cli.health:health", "Show whether the servers and services here are well."),
    "doctor": Subcommand(
        "sextant.cli.doctor:doctor", "Look at what Sextant stands on here, and what to mend."
    ),
    "flat-all": Subcommand(
        "sextant.cli.operator:flat_all",
        "Cancel all orders and close all positions, at once.",
    ),
    "halt": Subcommand("sextant.cli.operator:halt", "Take no new risk."),
    "resume": Subcommand("sextant.cli.operator:resume", "Take new risk again, after a halt or a FLAT ALL."),
    "set": Subcommand(
        "sextant.cli.operator:set_parameter", "Change a parameter of running services; none obeys one yet."
    ),
    "status": Subcommand(
        "sextant.cli.status:status", "Show how everything is: venues, orders, profit, breakers."
    ),
    "watch": Subcommand("sextant.cli.watch:watch", "Print what changes, as it changes."),
    "backup": Subcommand(
        "sextant.cli.backup:app", "Back up and restore the databases, and put back a lost topic."
    ),
    "config": Subcommand("sextant.cli.config:app", "Check the platform's configuration file."),
    "stack": Subcommand("sextant.stack.commands:app", "A real local Kafka, Postgres and Valkey."),
    "version": Subcommand("sextant.cli.version:version", "Print the versions of Sextant and of Python."),
}

app = typer.Typer(
    cls=group_of(SUBCOMMANDS),
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
    rich_markup_mode=None,  # plain help: the rich one takes twice as long to import as everything else
    help="Sextant: an open platform for trading crypto across many exchanges.",
    epilog="Example: sextant stack up && sextant topics ls",
)


@app.callback()
def _root() -> None:
    """Nothing is common to all subcommands."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; return 0 when it was done, 1 when it could not be, 2 when it was asked for wrongly, 130 after Ctrl-C."""
    try:
        typer.main.get_command(app)(
            args=list(sys.argv[1:] if arguments is None else arguments), prog_name="sextant"
        )
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else (DONE if ended.code is None else FAILED)
    except KeyboardInterrupt:
        return _INTERRUPTED
    except (Refused, SettingsInvalid) as error:
        print(f"error: {error}", file=sys.stderr)
        return MISUSED
    except SextantError as error:
        print(f"error: {error}", file=sys.stderr)
        return FAILED
    return DONE


if __name__ == "__main__":
    raise SystemExit(main())
