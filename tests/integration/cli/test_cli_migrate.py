"""`sextant migrate` against a real Postgres: as a job of an installation, which may run twice and beside another."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from pathlib import Path

import asyncpg

from sextant.runtime.migrations import newest_revision, revision_of, service_migrations
from sextant.stack.ports import free_ports

COMMAND = [sys.executable, "-m", "sextant.cli.main", "migrate"]


def environment(dsn: str) -> dict[str, str]:
    return {"PATH": os.environ["PATH"], "SEXTANT_POSTGRES": dsn}


async def test_several_at_once_and_once_more_end_well_at_the_newest_schemas(postgres_dsn: str) -> None:
    starts = [
        asyncio.create_subprocess_exec(*COMMAND, env=environment(postgres_dsn), stdout=subprocess.PIPE)
        for _ in range(3)
    ]
    said = [await process.communicate() for process in [await start for start in starts]]
    again = subprocess.run(COMMAND, env=environment(postgres_dsn), capture_output=True, text=True, check=True)
    newest = {schema: newest_revision(scripts) for schema, scripts in service_migrations().items()}
    assert {schema: await revision_of(postgres_dsn, schema) for schema in newest} == newest
    assert again.stdout == "".join(f"{schema}: is at {revision}\n" for schema, revision in newest.items())
    assert all(f"{schema}: " in out.decode() for out, _ in said for schema in newest)


async def test_a_database_that_comes_later_is_waited_for(postgres_dsn: str, tmp_path: Path) -> None:
    """The address is in a file, and somebody listens there only after a moment."""
    (port,) = free_ports(1)
    source, _, database = postgres_dsn.rpartition("/")
    address = source.rpartition("@")[2]
    (tmp_path / "dsn").write_text(postgres_dsn.replace(address, f"127.0.0.1:{port}") + "\n")
    process = await asyncio.create_subprocess_exec(
        *COMMAND, "--postgres-file", str(tmp_path / "dsn"), "--wait", "60", stdout=subprocess.PIPE
    )
    await asyncio.sleep(1.5)
    host, _, real = address.partition(":")

    async def forward(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        inner_reader, inner_writer = await asyncio.open_connection(host, int(real))
        await asyncio.gather(pump(reader, inner_writer), pump(inner_reader, writer))

    server = await asyncio.start_server(forward, "127.0.0.1", port)
    async with server:
        assert await process.wait() == 0
    assert database


async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(65536):
        writer.write(data)
    writer.close()


async def test_a_login_that_is_refused_is_a_sentence_at_once(postgres_dsn: str) -> None:
    user, _, rest = postgres_dsn.rpartition("@")
    done = subprocess.run(
        COMMAND, env=environment(f"{user}x@{rest}"), capture_output=True, text=True, timeout=30, check=False
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("error: database: password authentication failed")
    connection = await asyncpg.connect(postgres_dsn)
    await connection.close()


def test_nobody_answers_is_a_sentence_when_the_patience_ends() -> None:
    (port,) = free_ports(1)
    dsn = f"postgresql://postgres@127.0.0.1:{port}/postgres"
    done = subprocess.run(
        [*COMMAND, "--wait", "0"],
        env=environment(dsn),
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr.startswith("error: database: ")
