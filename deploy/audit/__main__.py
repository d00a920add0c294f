"""`make audit`: what may be shipped. Exits with 1 when something may not; needs no network.

What it does not do: known vulnerabilities are told by services that answer over the network (pip-audit, osv-scanner), and a look into
a published list of them belongs into the continuous integration that has one.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from deploy.audit import licences, lock, secrets

_ROOT = Path(__file__).resolve().parents[2]


def main() -> int:
    """Print what is wrong, part by part; return 1 when anything is."""
    wrong = 0
    for name, found in _parts():
        problems = list(found)
        wrong += len(problems)
        print(f"{name}: {f'{len(problems)} problems' if problems else 'ok'}")
        for problem in problems:
            print(f"  {problem}")
    print("not looked at: known vulnerabilities, which a service would have to be asked for")
    return 1 if wrong else 0


def _parts() -> Iterator[tuple[str, Iterator[str]]]:
    yield "locks", lock.problems(_ROOT)
    needed = licences.needed_by_platform()
    yield "licences", licences.problems(licences.installed(), licences.Rules.load(), needed)
    yield "secrets", secrets.problems(secrets.scan(_ROOT, secrets.tracked(_ROOT)), secrets.known())


if __name__ == "__main__":
    sys.exit(main())
