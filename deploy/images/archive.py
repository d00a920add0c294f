"""Pack a root file system into an image that any container runtime imports (the format of `docker save`), without an engine."""

from __future__ import annotations

import hashlib
import io
import json
import platform
import subprocess
import tarfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

_ARCHITECTURES: Final = {"x86_64": "amd64", "aarch64": "arm64", "arm64": "arm64"}
_PATH: Final = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
#: Contents decide what an image is, not the minute in which it was packed.
_CREATED: Final = "1970-01-01T00:00:00Z"


@dataclass(frozen=True)
class Runs:
    """How containers of an image start, unless they say otherwise."""

    command: Sequence[str]
    user: str
    folder: str
    path: Sequence[str] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)


def pack(name: str, root: Path, target: Path, runs: Runs) -> None:
    """Write the archive of an image with one layer, whole or not at all. Same files give the same bytes."""
    layer, draft = target.with_suffix(".layer"), target.with_suffix(".draft")
    try:
        _tar(root, layer)
        config = json.dumps(_config(runs, _digest(layer)), sort_keys=True).encode()
        config_name = f"{hashlib.sha256(config).hexdigest()}.json"
        manifest = [{"Config": config_name, "RepoTags": [name], "Layers": ["layer.tar"]}]
        with tarfile.open(draft, "w") as archive:
            _add(archive, config_name, config)
            _add(archive, "manifest.json", json.dumps(manifest).encode())
            with layer.open("rb") as file:
                entry = tarfile.TarInfo("layer.tar")
                entry.size = layer.stat().st_size
                archive.addfile(entry, file)
        draft.replace(target)
    finally:
        layer.unlink(missing_ok=True)
        draft.unlink(missing_ok=True)


def _tar(root: Path, layer: Path) -> None:
    options = ("--numeric-owner", "--sort=name", "--mtime=@0", "--xattrs", "--format=posix")
    times = "--pax-option=delete=atime,delete=ctime"
    subprocess.run(["tar", *options, times, "-C", str(root), "-cf", str(layer), "."], check=True)  # noqa: S603, S607 (our own arguments)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _config(runs: Runs, layer: str) -> dict[str, Any]:
    path = ":".join((*runs.path, _PATH))
    return {
        "architecture": _ARCHITECTURES[platform.machine()],
        "os": "linux",
        "created": _CREATED,
        "config": {
            "Cmd": list(runs.command),
            "Env": [f"PATH={path}", *(f"{key}={value}" for key, value in runs.environment.items())],
            "User": runs.user,
            "WorkingDir": runs.folder,
            "Labels": dict(runs.labels),
        },
        "rootfs": {"type": "layers", "diff_ids": [f"sha256:{layer}"]},
        "history": [{"created": _CREATED}],
    }


def _add(archive: tarfile.TarFile, name: str, content: bytes) -> None:
    entry = tarfile.TarInfo(name)
    entry.size = len(content)
    archive.addfile(entry, io.BytesIO(content))
