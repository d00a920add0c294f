"""Where the servers of a stack are reached."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from sextant.stack.secret import private_file


@dataclass(frozen=True)
class StackAddresses:
    """Addresses of the running servers; the empty string for one that does not run."""

    bootstrap: str = ""
    postgres_dsn: str = ""
    valkey_url: str = ""

    def as_lines(self) -> list[str]:
        """Return `KEY=VALUE` lines of the running servers, ready for a shell or an environment file."""
        names = {
            "SEXTANT_KAFKA": self.bootstrap,
            "SEXTANT_POSTGRES": self.postgres_dsn,
            "SEXTANT_VALKEY": self.valkey_url,
        }
        return [f"{name}={value}" for name, value in names.items() if value]

    def save(self, path: Path) -> None:
        """Write them as JSON, readable by the owner only: they hold passwords."""
        private_file(path, json.dumps(asdict(self), indent=1) + "\n")

    @classmethod
    def load(cls, path: Path) -> StackAddresses:
        """Read what `save` wrote; raises FileNotFoundError when no stack is up there."""
        return cls(**json.loads(path.read_text()))
