"""`sextant health`: whether the servers and services on this machine are well."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Final

import typer

from sextant.cli.printing import Json, print_json
from sextant.demo.plan import SERVICES
from sextant.demo.runs import running
from sextant.demo.standing import Part, server_parts, service_parts

_HOW: Final = "start the servers with `sextant stack up` (make up), or the whole platform with `sextant demo` (make demo)"
_AGAIN: Final = "`sextant stack up` starts a local server again; of a service the log says why"

Root = Annotated[
    Path,
    typer.Option(
        "--root", envvar="SEXTANT_STACK_ROOT", help="Folder of the local stack, and of ports/ of services."
    ),
]
RunFolder = Annotated[
    Path | None,
    typer.Option(
        "--run", exists=True, file_okay=False, help="Only the run that has its files in this folder."
    ),
]


def health(root: Root = Path(".sextant"), run: RunFolder = None, json: Json = False) -> None:
    """Show whether the local servers and the services are well; exit with 1 when one is not, or when nothing runs.

    It asks the stack in --root, services whose SEXTANT_PORT_FILE lies in <root>/ports, and runs of `sextant demo` and `sextant paper`
    that are under way in this folder.

    Example: sextant health || sextant stack up
    """
    places = {place: parts for place, parts in _places(root, run) if parts}
    ill = [part.name for parts in places.values() for part in parts if not part.is_well]
    if json:
        print_json({place: [_data(part) for part in parts] for place, parts in places.items()})
    for place, parts in {} if json else places.items():
        typer.echo(place)
        for part in parts:
            typer.echo(f"  {part.name:<14} {part.state:<12} {part.detail}")
    if not places:
        typer.echo(f"nothing runs here: {_HOW}", err=True)
    elif ill:
        typer.echo(f"not well: {', '.join(ill)}; {_AGAIN}", err=True)
    if ill or not places:
        raise typer.Exit(1)


def _places(root: Path, run: Path | None) -> Iterator[tuple[str, list[Part]]]:
    if run is None:
        yield f"local stack in {root.absolute()}", server_parts(root)
        yield f"services that told their ports in {root.absolute() / 'ports'}", service_parts(root)
    for folder in running() if run is None else [run]:
        yield f"run in {folder}", [*server_parts(folder / "stack"), *service_parts(folder, SERVICES)]


def _data(part: Part) -> dict[str, str | bool]:
    return {"name": part.name, "is_well": part.is_well, "state": part.state, "detail": part.detail}
