"""A Postgres server in a folder: its database cluster, its launch, whether it serves."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import psutil

from sextant.stack.accounts import Account, ordinary_account
from sextant.stack.errors import StackError
from sextant.stack.launch import Launch, run
from sextant.stack.logs import size, tail
from sextant.stack.ports import one_port
from sextant.stack.secret import keep_password, private_file
from sextant.stack.wheels import postgres_programs

NAME = "postgres"
USER = "postgres"
_PSQL_SECONDS = 10.0
_OTHER_HOSTS = "host all all all scram-sha-256\n"


@dataclass(frozen=True)
class PostgresOptions:
    """What a user may choose. Port 0 is chosen freely; an empty password is made up and kept in the folder."""

    port: int = 0
    host: str = "127.0.0.1"
    password: str = ""
    disk_cap_mb: int = 4096


class Postgres:
    """The server whose database cluster lies in `folder`. Durable as shipped: every commit is flushed."""

    names = (NAME,)

    def __init__(
        self, folder: Path, logs: Path, options: PostgresOptions, progress: Callable[[str], None]
    ) -> None:
        self._folder, self._logs, self._options, self._progress = folder, logs, options, progress

    def prepare(self) -> list[Launch]:
        """Choose the port, make the database cluster when the folder has none; return the one launch."""
        self._folder.mkdir(parents=True, exist_ok=True)
        account = ordinary_account([self._data, postgres_programs() / "postgres"])
        if not (self._data / "PG_VERSION").exists():
            self._progress("making Postgres's database cluster")
            self._make_cluster(account)
        else:
            self._close_to_others()
        self._allow_other_hosts()
        self._forget_reused_pid()
        self._renew_password(account)
        port = one_port(self._options.port, self._folder / "port", self._options.host)
        return [
            Launch(
                name=NAME,
                argv=(str(postgres_programs() / "postgres"), "-D", str(self._data), *self._settings(port)),
                folder=self._folder,
                log=self._logs / "postgres.log",
                ports=(port,),
                # "Fast": open transactions are rolled back, clients disconnected.
                stop_signal=signal.SIGINT,
                account=account,
            )
        ]

    def ready(self, name: str, ports: tuple[int, ...]) -> bool:
        """Whether the server accepts its password and answers a query."""
        return self._psql(ports[0], "select 1").returncode == 0

    def execute(self, port: int, statement: str) -> None:
        """Run one statement as the superuser, outside a transaction; raise StackError with the server's words."""
        done = self._psql(port, statement)
        if done.returncode != 0:
            raise StackError(f"postgres refused {statement!r}: {done.stderr.strip()}")

    def dsn(self, port: int, database: str = USER) -> str:
        """Return the address of a database."""
        return f"postgresql://{USER}:{self._password()}@127.0.0.1:{port}/{database}"

    def _psql(self, port: int, statement: str) -> subprocess.CompletedProcess[str]:
        try:
            return subprocess.run(  # noqa: S603 (our own program and arguments, no shell)
                [str(postgres_programs() / "psql"), "-X", "-q", "-t", "-w", "-c", statement],
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                timeout=_PSQL_SECONDS,
                env=os.environ
                | {"PGHOST": "127.0.0.1", "PGPORT": str(port), "PGUSER": USER, "PGDATABASE": USER}
                | {"PGPASSWORD": self._password(), "PGCONNECT_TIMEOUT": "3"},
            )
        except subprocess.TimeoutExpired as late:
            return subprocess.CompletedProcess(late.cmd, 1, "", f"no answer within {_PSQL_SECONDS:g} s")

    @property
    def _data(self) -> Path:
        return self._folder / "data"

    @property
    def _kept_password(self) -> Path:
        """The file of the password that the superuser has; absent while a new one is being set."""
        return self._folder / "password"

    def _password(self) -> str:
        return self._options.password or keep_password(self._kept_password)

    def _make_cluster(self, account: Account | None) -> None:
        """Make it in a draft folder and put it in place whole: a start that was killed half-way leaves none."""
        draft, secret, log = (
            self._folder / "draft",
            self._folder / "initial-password",
            self._logs / "initdb.log",
        )
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(mode=0o700)
        private_file(secret, self._password())
        if account is not None:
            for path in (draft, secret):
                os.chown(path, account.uid, account.gid)
        code = run(self._initdb(draft, secret, log, account))
        secret.unlink()
        if code != 0:
            raise StackError(f"{self._data}: making Postgres's database cluster failed:\n{tail(log)}")
        draft.replace(self._data)
        private_file(self._kept_password, self._password())

    def _close_to_others(self) -> None:
        """Postgres refuses a folder that a group may write, and Kubernetes gives whole volumes to a pod's group."""
        with contextlib.suppress(PermissionError):
            self._data.chmod(0o700)

    def _renew_password(self, account: Account | None) -> None:
        """Give the superuser the chosen password where it has another: data outlives the secret that it was made with."""
        chosen = self._options.password
        if not chosen or (self._kept_password.exists() and keep_password(self._kept_password) == chosen):
            return
        self._progress("giving Postgres's superuser the chosen password")
        self._kept_password.unlink(missing_ok=True)
        order, log = self._folder / "new-password", self._logs / "password.log"
        private_file(order, f"alter role {USER} password {_literal(chosen)}\n")
        if account is not None:
            os.chown(order, account.uid, account.gid)
        since = size(log)
        code = run(self._alone(order, log, account))
        order.unlink()
        if code != 0 or "ERROR" in tail(log, since=since):
            raise StackError(f"{self._data}: setting the password failed:\n{tail(log, since=since)}")
        private_file(self._kept_password, chosen)

    def _alone(self, order: Path, log: Path, account: Account | None) -> Launch:
        """Postgres for one user who needs no password: it reads statements from the file, and ends. What fails is logged without its words."""
        quiet = ("-c", "log_min_error_statement=panic", "-c", "log_min_messages=warning")
        argv = (str(postgres_programs() / "postgres"), "--single", "-D", str(self._data), *quiet, USER)
        return Launch(
            name="postgres-alone",
            argv=argv,
            folder=self._folder,
            log=log,
            ports=(),
            account=account,
            input=order,
        )

    def _initdb(self, draft: Path, secret: Path, log: Path, account: Account | None) -> Launch:
        arguments = ("-D", str(draft), "-U", USER, "--encoding=UTF8", "--locale=C", "--no-sync")
        access = ("--auth=scram-sha-256", f"--pwfile={secret}")
        argv = (str(postgres_programs() / "initdb"), *arguments, *access)
        return Launch(name="initdb", argv=argv, folder=self._folder, log=log, ports=(), account=account)

    def _allow_other_hosts(self) -> None:
        access = self._data / "pg_hba.conf"
        if self._options.host != "127.0.0.1" and _OTHER_HOSTS not in access.read_text():
            with access.open("a") as file:
                file.write(_OTHER_HOSTS)

    def _forget_reused_pid(self) -> None:
        """Remove the lock file of a killed server when an unrelated process now has its pid, or nobody has taken note of its end.

        Postgres itself sees that a pid is gone, but refuses to start while any process of its account has it.
        """
        lock = self._data / "postmaster.pid"
        try:
            owner = psutil.Process(int(lock.read_text().split()[0]))
            if str(self._data) not in owner.cmdline():
                lock.unlink()
        except psutil.ZombieProcess:
            lock.unlink()
        except (FileNotFoundError, ValueError, IndexError, psutil.NoSuchProcess):
            return

    def _settings(self, port: int) -> list[str]:
        chosen = {
            "listen_addresses": self._options.host,
            "port": port,
            # Several stacks of one user would meet in one folder of sockets.
            "unix_socket_directories": "",
            "max_connections": 200,
            "shared_buffers": "64MB",
            "min_wal_size": "32MB",
            "max_wal_size": f"{min(1024, max(64, self._options.disk_cap_mb // 16))}MB",
            "log_min_messages": "warning",
        }
        return [part for name, value in chosen.items() for part in ("-c", f"{name}={value}")]


def _literal(text: str) -> str:
    """Return the text as SQL takes it, on one line: for a single user, a line is a statement."""
    if not text.isprintable():
        raise StackError("password: expected printable characters on one line, found others")
    return "'" + text.replace("'", "''") + "'"
