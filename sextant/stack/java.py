"""The JVM's command line, and the cache of loaded classes that halves its start time."""

from __future__ import annotations

import subprocess
from collections.abc import Iterable
from pathlib import Path

from sextant.stack.wheels import java


def java_command(
    jars: Iterable[Path], main: str, *arguments: str, heap_mb: int = 512, options: Iterable[str] = ()
) -> tuple[str, ...]:
    """Return the command that runs the class `main` from the jars.

    The serial collector and the first compiler only: several JVMs share a developer's two cores with the platform.
    """
    return (
        str(java()),
        f"-Xmx{heap_mb}m",
        "-XX:+UseSerialGC",
        "-XX:TieredStopAtLevel=1",
        "-XX:+ExitOnOutOfMemoryError",
        "-Djava.awt.headless=true",
        # Kafka frees mapped files through a call of which newer JVMs warn at every start.
        "--sun-misc-unsafe-memory-access=allow",
        # Only the JVM's errors: it warns of each class that a stale cache of classes cannot serve.
        "-Xlog:disable",
        "-Xlog:all=error:stderr",
        *options,
        "-cp",
        ":".join(map(str, jars)),
        main,
        *arguments,
    )


def run_java(command: tuple[str, ...], *, seconds: float) -> subprocess.CompletedProcess[str]:
    """Run a JVM program that ends by itself and return what it printed."""
    return subprocess.run(  # noqa: S603 (our own program and arguments, no shell)
        command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=seconds
    )
