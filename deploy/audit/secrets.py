"""Secrets in the tree: what looks like one and nobody has looked at."""

from __future__ import annotations

import re
import subprocess
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from detect_secrets.core.secrets_collection import SecretsCollection
from detect_secrets.settings import default_settings

_LIST: Final = Path(__file__).with_name("secrets.toml")
#: Locks are hashes by nature, and are looked at by themselves; renders hold what the chart holds, which is read.
_NOT_READ: Final = ("requirements.lock", "bootstrap.lock", "deploy/audit/secrets.toml", "tests/chart/golden/")
#: Generated code and recorded bytes hold no words.
_NOT_READ_ENDS: Final = (".binpb", "_pb2.py", "_pb2.pyi", ".parquet", ".png", ".zst")
#: The name of a Secret that a cluster holds, not what is in it.
_NAME: Final = re.compile(r"(secretName|existingSecret|tlsSecret): sextant-[a-z-]+$")


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """Something that looks like a secret: where, what kind, and the hash of the word."""

    file: str
    line: int
    kind: str
    digest: str


def scan(root: Path, files: Iterable[str]) -> list[Finding]:
    """Return what looks like a secret in files below a folder."""
    with default_settings():
        return sorted(each for name in files if _is_read(name) for each in _in_file(root, name))


def _is_read(name: str) -> bool:
    return not name.startswith(_NOT_READ) and not name.endswith(_NOT_READ_ENDS)


def _in_file(root: Path, name: str) -> Iterator[Finding]:
    found = SecretsCollection(root=str(root))
    found.scan_file(name)
    for _, secret in found:
        if not _NAME.search(_line(root / name, secret.line_number)):
            yield Finding(name, secret.line_number, secret.type, secret.secret_hash)


def _line(path: Path, number: int) -> str:
    lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    return lines[number - 1].strip() if 0 < number <= len(lines) else ""


def tracked(root: Path) -> list[str]:
    """Return the files of the tree that are, or would be, committed. Raises CalledProcessError outside of a repository."""
    done = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],  # noqa: S607 (whichever git there is)
        cwd=root,
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    return sorted(name for name in done.stdout.splitlines() if (root / name).is_file())


def known(path: Path = _LIST) -> Mapping[str, str]:
    """Return the words that were looked at and are none, by hash, with the reason."""
    raw = tomllib.loads(path.read_text(encoding="utf-8"))
    return {digest: each["reason"] for each in raw.get("known", []) for digest in each["digests"]}


def problems(found: Iterable[Finding], looked_at: Mapping[str, str]) -> Iterator[str]:
    """Yield what nobody has looked at."""
    for each in found:
        if each.digest not in looked_at:
            yield (
                f"{each.file}:{each.line}: looks like a secret ({each.kind}); "
                f"take it out and change it, or, if it is none, add {each.digest} to {_LIST.name} with the reason"
            )
