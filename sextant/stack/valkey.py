"""A Valkey server in a folder: its settings, its launch, whether it serves."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from sextant.stack.launch import Launch
from sextant.stack.ports import one_port
from sextant.stack.probes import valkey_answers
from sextant.stack.secret import keep_password, private_file
from sextant.stack.wheels import valkey

NAME = "valkey"


@dataclass(frozen=True)
class ValkeyOptions:
    """What a user may choose. Port 0 is chosen freely; an empty password is made up and kept in the folder."""

    port: int = 0
    host: str = "127.0.0.1"
    password: str = ""
    memory_mb: int = 256
    # Whether each write is kept: flushed once a second, so that a crash costs no more than that.
    is_lasting: bool = False


class Valkey:
    """The server whose data lies in `folder`; snapshots are written at a clean stop and at most once an hour, or each write is kept."""

    names = (NAME,)

    def __init__(self, folder: Path, logs: Path, options: ValkeyOptions) -> None:
        self._folder, self._logs, self._options = folder, logs, options

    def prepare(self) -> list[Launch]:
        """Choose the port and write the settings; return the one launch."""
        self._folder.mkdir(parents=True, exist_ok=True)
        port = one_port(self._options.port, self._folder / "port", self._options.host)
        settings = self._folder / "valkey.conf"
        private_file(settings, self._settings(port))
        return [
            Launch(
                name=NAME,
                argv=(str(valkey()), str(settings)),
                folder=self._folder,
                log=self._logs / "valkey.log",
                ports=(port,),
            )
        ]

    def ready(self, name: str, ports: tuple[int, ...]) -> bool:
        """Whether the server accepts its password and answers."""
        return valkey_answers("127.0.0.1", ports[0], self._password())

    def url(self, port: int) -> str:
        """Return the address as Redis clients take it."""
        return f"redis://:{self._password()}@127.0.0.1:{port}/0"

    def _password(self) -> str:
        chosen = self._options.password
        if chosen:
            private_file(self._folder / "password", chosen)
        return keep_password(self._folder / "password")

    def _settings(self, port: int) -> str:
        lines = {
            "bind": self._options.host,
            "port": port,
            "dir": f'"{self._folder}"',
            "requirepass": f'"{self._password()}"',
            "maxmemory": f"{self._options.memory_mb}mb",
            "maxmemory-policy": "noeviction",
            "save": "3600 1",
            "appendonly": "yes" if self._options.is_lasting else "no",
            "daemonize": "no",
        }
        return "".join(f"{name} {value}\n" for name, value in lines.items())
