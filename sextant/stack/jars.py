"""Kafka's jars: resolved once into the shared cache, used from there without a network afterwards."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from sextant.stack.cache import cache_folder, locked, users_cache
from sextant.stack.errors import JarsUnavailable

KAFKA_VERSION = "4.1.0"
_KAFKA = f"org.apache.kafka:kafka_2.13:{KAFKA_VERSION}"
# Kafka logs through slf4j; its published dependencies hold log4j2 but not the bridge between them. The bridge is
# resolved by itself and only its own jar taken: asked for together, the versions that its parent manages would
# replace Kafka's own (its client library among them).
_LOGGING_BRIDGE = "org.apache.logging.log4j:log4j-slf4j-impl:2.24.3"
_EXPECTED = (
    f"kafka_2.13-{KAFKA_VERSION}.jar",
    f"kafka-clients-{KAFKA_VERSION}.jar",
    "log4j-slf4j-impl-2.24.3.jar",
)
_RESOLVE_SECONDS = 600
_MANIFEST = "manifest.json"


def kafka_jars(progress: Callable[[str], None], folder: Path | None = None) -> tuple[Path, ...]:
    """Return the jars of Kafka's class path, in a fixed order; resolve them first when the cache has none.

    The cache is trusted only when every jar of its manifest is there with the size it had. Safe to call from several
    processes at once. Raises JarsUnavailable when they are absent and cannot be resolved.
    """
    name = f"kafka-{KAFKA_VERSION}"
    if jars := _cached(folder or users_cache() / name):
        return jars
    folder = folder or cache_folder() / name
    with locked(folder.with_name(f"{folder.name}.lock")):
        if jars := _cached(folder):
            return jars
        progress(f"resolving Kafka {KAFKA_VERSION}'s jars (first time: about 43 MB)")
        _resolve(folder)
        jars = _cached(folder)
    if not jars:
        raise JarsUnavailable(f"{folder}: expected Kafka's jars after resolving them, found none")
    progress(f"Kafka's jars are cached ({len(jars)} files)")
    return jars


def _cached(folder: Path) -> tuple[Path, ...]:
    try:
        sizes: dict[str, int] = json.loads((folder / _MANIFEST).read_text())
        whole = bool(sizes) and all((folder / name).stat().st_size == size for name, size in sizes.items())
    except (OSError, ValueError):
        return ()
    return tuple(folder / name for name in sorted(sizes)) if whole else ()


def _resolve(folder: Path) -> None:
    """Fetch into a draft beside the folder, then put it in place in one step."""
    draft = Path(tempfile.mkdtemp(prefix="kafka-draft-", dir=folder.parent))
    try:
        jars = _fetch(_KAFKA, draft / "work")
        jars += [jar for jar in _fetch(_LOGGING_BRIDGE, draft / "work") if jar.name in _EXPECTED]
        sizes = {jar.name: jar.stat().st_size for jar in jars}
        if absent := set(_EXPECTED) - sizes.keys():
            raise JarsUnavailable(f"the resolver ended well but did not bring {', '.join(sorted(absent))}")
        for jar in jars:
            # The archive of classes is void when a jar's time has changed, and packing an image changes times.
            os.utime(jar, (0, 0))
            jar.replace(draft / jar.name)
        shutil.rmtree(draft / "work")
        (draft / _MANIFEST).write_text(json.dumps(sizes, indent=1))
        shutil.rmtree(folder, ignore_errors=True)
        draft.chmod(0o755)
        draft.replace(folder)
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def _fetch(coordinates: str, work: Path) -> list[Path]:
    """Resolve one artefact with what it depends on; return all jars.

    The resolver spreads them over several folders and prints only some: all belong on the class path.
    """
    cache = work / coordinates.split(":")[1]
    command = [
        *(sys.executable, "-m", "jgo", "--ignore-config", "--resolver", "python", "--links", "copy"),
        *("--repo-cache", str(work / "repository"), "--cache-dir", str(cache), "--timeout", "60"),
        *("--color", "never", "info", "classpath", coordinates),
    ]
    try:
        done = subprocess.run(  # noqa: S603 (our own program and arguments, no shell)
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_RESOLVE_SECONDS,
            env=os.environ | {"TERM": "dumb"},
        )
    except subprocess.TimeoutExpired:
        raise JarsUnavailable(f"resolving Kafka's jars took longer than {_RESOLVE_SECONDS} s") from None
    if done.returncode != 0:
        last = "\n".join((done.stderr or done.stdout).splitlines()[-10:])
        raise JarsUnavailable(
            "Kafka's jars are not in the cache and could not be resolved (is the network reachable? later starts need "
            f"none); the resolver said:\n{last}"
        )
    return sorted(cache.rglob("envs/**/*.jar"))
