"""Kafka's classes as the JVM keeps them once loaded: made once, they halve a broker's start.

The JVM's own wheel has no such archive. A throwaway broker is started with the order to record; when it ends, the JVM
writes the file. Everything works without it, only slower, so a failure to make it is told and not raised.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from sextant.stack.cache import locked
from sextant.stack.errors import StackError
from sextant.stack.launch import Launch
from sextant.stack.servers import Servers
from sextant.stack.wheels import java_build

_READY_SECONDS = 90.0
_WRITE_SECONDS = 120.0


def classes_option(jars: tuple[Path, ...]) -> tuple[str, ...]:
    """Return the JVM option that uses the archive of these jars, nothing when there is none.

    The JVM itself checks that the archive fits the jars and its own build, and otherwise goes on without.
    """
    archive = _archive(jars)
    return (f"-XX:AOTCache={archive}",) if archive.exists() else ()


def ensure_classes(
    jars: tuple[Path, ...],
    prepare: Callable[[Path], tuple[Launch, Callable[[str, tuple[int, ...]], bool]]],
    progress: Callable[[str], None],
) -> None:
    """Make the archive beside the jars where it is absent and the folder can be written.

    `prepare` lays out a new broker in a folder and returns its launch, without an archive, and its readiness check.
    """
    archive = _archive(jars)
    if archive.exists() or _failed(archive).exists() or not os.access(archive.parent, os.W_OK):
        return
    with locked(archive.with_suffix(".lock")):
        if archive.exists() or _failed(archive).exists():
            return
        progress("preparing Kafka's classes for faster starts (first time: about 15 s)")
        try:
            _record(archive, prepare)
        except (StackError, OSError) as error:
            # Not tried again at every start; deleting the note, or the cache, tries again.
            _failed(archive).write_text(str(error))
            progress(f"going on without prepared classes, starts take longer: {error}")


def _record(
    archive: Path, prepare: Callable[[Path], tuple[Launch, Callable[[str, tuple[int, ...]], bool]]]
) -> None:
    folder = Path(tempfile.mkdtemp(prefix="sextant-classes-"))
    servers = Servers(folder, detached=False)
    try:
        launch, ready = prepare(folder)
        draft = folder / "classes.aot"
        java, *arguments = launch.argv
        servers.start(replace(launch, argv=(java, f"-XX:AOTCacheOutput={draft}", *arguments)))
        servers.wait(launch.name, ready, _READY_SECONDS)
        servers.stop([launch.name], seconds=_WRITE_SECONDS)
        if not draft.exists():
            raise StackError("the JVM wrote no archive of its classes")
        # The temporary folder may lie on another file system: first beside, then in place in one step.
        beside = archive.with_suffix(".draft")
        shutil.copyfile(draft, beside)
        beside.replace(archive)
    finally:
        servers.close()
        shutil.rmtree(folder, ignore_errors=True)


def _archive(jars: tuple[Path, ...]) -> Path:
    return jars[0].parent / f"classes-{java_build()}.aot"


def _failed(archive: Path) -> Path:
    return archive.with_suffix(".failed")
