"""`python -m deploy.chart`: makes what is made of other files, or checks that it is up to date."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from deploy.chart.files import made_files, stale, write
from deploy.chart.paths import CHART, MANIFESTS, ROOT

#: Folders that hold made files only.
_OWNED: tuple[Path, ...] = (CHART / "files",)


def main() -> int:
    arguments = _parser().parse_args()
    files, folders = made_files(), _OWNED
    if arguments.what == "manifests":
        from deploy.chart.render import find_helm, rendered_files

        files, folders = rendered_files(find_helm()), ()
    if not arguments.check:
        write(files, folders)
        return 0
    differing = stale(files, folders)
    for path in differing:
        print(f"{_shown(path)}: differs from what it is made of; run `make chart`", file=sys.stderr)
    return 1 if differing else 0


def _shown(path: Path) -> str:
    return str(path.relative_to(ROOT))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m deploy.chart",
        description=f"Makes the chart's files, its schema and docs/values.md, or renders {MANIFESTS.relative_to(ROOT)} and the golden renders.",
        epilog="example: python -m deploy.chart files --check",
    )
    parser.add_argument("what", choices=("files", "manifests"), help="manifests needs helm")
    parser.add_argument(
        "--check", action="store_true", help="write nothing; exit with 1 when something differs"
    )
    return parser


if __name__ == "__main__":
    raise SystemExit(main())
