"""Root file systems: a Debian with Python made by mmdebstrap, and programs run inside of one. Linux, as root."""

from __future__ import annotations

import hashlib
import os
import shlex
import shutil
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_SUITE: Final = "bookworm"
_PACKAGES: Final = ("python3", "ca-certificates")
_OWN_SOURCES: Final = Path("/etc/apt/sources.list.d/debian.sources")
#: How this machine reaches its package index is the machine's affair: passed on to what is built, and left in nothing that is built.
_PASSED_ON: Final = (
    "PIP_",
    "UV_",
    "SSL_CERT_",
    "REQUESTS_CA_BUNDLE",
    "CURL_CA_BUNDLE",
    "http_proxy",
    "https_proxy",
    "no_proxy",
)
_PASSED_ON_FILES: Final = ("/etc/resolv.conf", "/etc/pip.conf", "/etc/ssl/certs")
_WRITABLE_BINDS: Final = frozenset({"/build/cache"})


class RootfsError(Exception):
    """A root file system could not be made, or what was run in it failed."""


@dataclass(frozen=True)
class Bind:
    """A folder or file of this machine that a program in the root file system sees at another place, to read."""

    source: Path
    target: str


def require_tools() -> None:
    """Raise RootfsError unless this machine can make root file systems."""
    absent = [tool for tool in ("mmdebstrap", "unshare", "chroot", "tar") if shutil.which(tool) is None]
    if absent or os.geteuid() != 0:
        raise RootfsError(
            f"an image is made here by root with mmdebstrap, unshare, chroot and tar; missing: {', '.join(absent) or 'root'}. "
            "On Debian: apt-get install mmdebstrap. With an engine: docker build --file deploy/docker/Dockerfile ."
        )


def base(folder: Path, script: Path) -> Path:
    """Return a Debian with Python to which `script` was done; made once and kept in the folder while neither changes."""
    facts = script.read_bytes() + "\n".join((_SUITE, *_PACKAGES)).encode()
    root = folder / f"base-{hashlib.sha256(facts).hexdigest()[:12]}"
    if root.exists():
        return root
    draft = folder / "base.draft"
    remove(draft)
    sources = [str(_OWN_SOURCES)] if _OWN_SOURCES.exists() else []
    included = f"--include={','.join(_PACKAGES)}"
    _call(
        ["mmdebstrap", "--quiet", "--mode=root", "--variant=minbase", included, _SUITE, str(draft), *sources]
    )
    run(draft, ["sh", "/build/base.sh"], binds=[Bind(script, "/build/base.sh")])
    draft.replace(root)
    return root


def copy(root: Path, target: Path) -> Path:
    """Copy a whole root file system, in place of what lies at the target; return the target."""
    remove(target)
    _call(["cp", "-a", "--reflink=auto", str(root), str(target)])
    return target


def remove(root: Path) -> None:
    """Remove a root file system; none is no error. Nothing of this machine is mounted in one that no program runs in."""
    shutil.rmtree(root, ignore_errors=not root.exists())


def run(
    root: Path,
    command: Sequence[str],
    *,
    binds: Iterable[Bind] = (),
    environment: Mapping[str, str] | None = None,
) -> None:
    """Run a program in the root file system, as root, with this machine's network. Raises RootfsError when it fails.

    It has process and mount namespaces of its own: its end ends whatever it started, and leaves no mount.
    """
    passed_on = [Bind(Path(path), path) for path in _PASSED_ON_FILES if Path(path).exists()]
    lines = [
        "set -eu",
        f"root={shlex.quote(str(root))}",
        'mount -t proc proc "$root/proc"',
        'mount --rbind /dev "$root/dev"',
    ]
    made: list[Path] = []
    for bind in (*passed_on, *binds):
        made += _make_place(root, bind)
        place = shlex.quote(bind.target)
        lines.append(f'mount --bind {shlex.quote(str(bind.source))} "$root"{place}')
        if bind.target not in _WRITABLE_BINDS:
            lines.append(f'mount -o remount,bind,ro "$root"{place}')
    lines.append(f'exec chroot "$root" {shlex.join(command)}')
    try:
        _call(
            ["unshare", "--mount", "--pid", "--fork", "--kill-child", "sh", "-c", "\n".join(lines)],
            environment=_environment() | dict(environment or {}),
        )
    finally:
        for path in reversed(made):
            path.rmdir() if path.is_dir() else path.unlink()


def _make_place(root: Path, bind: Bind) -> list[Path]:
    """Make what is missing for a mount; return it, outermost first, to be removed afterwards."""
    place = root / bind.target.lstrip("/")
    made = [path for path in (place, *place.parents) if not path.exists() and root in path.parents][::-1]
    for path in made:
        if path == place and not bind.source.is_dir():
            path.touch()
        else:
            path.mkdir()
    return made


def _environment() -> dict[str, str]:
    passed_on = {name: value for name, value in os.environ.items() if name.startswith(_PASSED_ON)}
    # A folder of packages on this machine is not there inside.
    passed_on.pop("PIP_FIND_LINKS", None)
    return passed_on | {
        "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        "LC_ALL": "C.UTF-8",
    }


def _call(command: Sequence[str], *, environment: Mapping[str, str] | None = None) -> None:
    done = subprocess.run(command, check=False, env=environment, stdin=subprocess.DEVNULL)  # noqa: S603 (our own program and arguments)
    if done.returncode != 0:
        raise RootfsError(f"{command[0]} ended with {done.returncode}; what it said stands above")
