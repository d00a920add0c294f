"""Real servers for the suite: one stack a session, each server started when the first test asks for it."""

from __future__ import annotations

import re
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from sextant.stack import Stack, StackAddresses, StackError
from sextant.stack.platforms import check_platform


@pytest.fixture(scope="session")
def local_stack() -> Iterator[Stack]:
    """The session's stack, nothing started yet; its folder is removed at the end."""
    try:
        check_platform()
    except StackError as error:
        pytest.skip(str(error))
    root = Path(tempfile.mkdtemp(prefix="sextant-tests-"))
    stack = Stack(root, disk_cap_mb=2048, progress=lambda line: print(f"stack: {line}"))
    try:
        yield stack
    finally:
        stack.down()
        shutil.rmtree(root)


@pytest.fixture(scope="session")
def stack(local_stack: Stack) -> StackAddresses:
    """Addresses of all three servers."""
    return local_stack.up()


@pytest.fixture(scope="session")
def kafka_bootstrap(local_stack: Stack) -> str:
    """Bootstrap address of a real Kafka broker, `host:port`. Topics are shared: name them apart."""
    return local_stack.up(["kafka"]).bootstrap


@pytest.fixture(scope="session")
def valkey_url(local_stack: Stack) -> str:
    """Address of a real Valkey. Keys are shared: name them apart."""
    return local_stack.up(["valkey"]).valkey_url


@pytest.fixture(scope="module")
def postgres_dsn(local_stack: Stack, request: pytest.FixtureRequest) -> str:
    """Address of an empty database of a real Postgres, made for the asking test module."""
    local_stack.up(["postgres"])
    module = re.sub(r"\W+", "_", request.node.name.rpartition("/")[2].removesuffix(".py"))
    return local_stack.create_database(f"{module[:40]}_{secrets.token_hex(4)}")
