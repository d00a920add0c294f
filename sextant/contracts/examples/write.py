"""`python -m sextant.contracts.examples.write`: store the bytes of examples that are new.

Stored bytes are never overwritten: they are what former versions wrote. An example that changes gets a new name.
"""

from __future__ import annotations

import sys

from sextant.contracts.examples.catalogue import DATA, EXAMPLES, stored


def write() -> tuple[list[str], list[str]]:
    """Store what is missing; return the names written, and those whose builder no longer gives the stored bytes."""
    written, changed = [], []
    for topic, examples in EXAMPLES.items():
        for name, example in examples.items():
            path, value = stored(topic, name), example.value()
            if not path.exists():
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(value)
                written.append(f"{topic}/{name}")
            elif path.read_bytes() != value:
                changed.append(f"{topic}/{name}")
    return written, changed


def main() -> int:
    written, changed = write()
    print(f"{len(written)} examples stored in {DATA.name}: {', '.join(written) or 'nothing new'}")
    for name in changed:
        print(
            f"{name}: the builder differs from the stored bytes; give the new example a new name",
            file=sys.stderr,
        )
    return 1 if changed else 0


if __name__ == "__main__":
    raise SystemExit(main())
