"""`python -m deploy.observability`: writes the dashboards' JSON; with --check writes nothing and names what differs."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Final

import yaml

from deploy.observability.boards import all_boards
from deploy.observability.render import rendered

_HERE: Final = Path(__file__).resolve().parent
FOLDER: Final = _HERE / "dashboards"
#: The shipped configuration, whose venues have a dashboard each.
CONFIG: Final = _HERE.parents[1] / "config" / "sextant.yaml"


def files() -> dict[str, str]:
    """Return the text of each dashboard by its file's name."""
    venues = yaml.safe_load(CONFIG.read_text(encoding="utf-8"))["venues"]
    return {f"{board.name}.json": rendered(board) for board in all_boards(venues)}


def stale(made: dict[str, str]) -> list[str]:
    """Return the names of files that are missing, differ, or are no longer made."""
    there = {path.name: path.read_text(encoding="utf-8") for path in FOLDER.glob("*.json")}
    return sorted(name for name in {*made, *there} if made.get(name) != there.get(name))


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m deploy.observability",
        description="Write the dashboards in deploy/observability/dashboards.",
        epilog="example: python -m deploy.observability --check",
    )
    parser.add_argument(
        "--check", action="store_true", help="write nothing; exit with 1 when a dashboard differs"
    )
    made = files()
    if parser.parse_args().check:
        for name in stale(made):
            print(f"{name} is not what the code says: run python -m deploy.observability", file=sys.stderr)
        return 1 if stale(made) else 0
    FOLDER.mkdir(exist_ok=True)
    for name in stale(made):
        path = FOLDER / name
        if name in made:
            path.write_text(made[name], encoding="utf-8")
        else:
            path.unlink()
    return 0


if __name__ == "__main__":
    sys.exit(main())
