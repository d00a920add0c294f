"""`python -m deploy.images.build`: make an image without a container engine, and print what it weighs and how fast its parts start.

The same base.sh and install.sh as in deploy/docker/Dockerfile run in a Debian made by mmdebstrap. One image (`--service all`) holds every
service, the simulator, the servers and the command: a cluster imports one file for a whole release.
"""

from __future__ import annotations

import argparse
import hashlib
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Final

from deploy.images.archive import Runs, pack
from deploy.images.measure import measure
from deploy.images.rootfs import Bind, RootfsError, base, copy, remove, require_tools, run

ROOT: Final = Path(__file__).resolve().parents[2]
PREFIX: Final = "/opt/sextant"
#: The number, not the name: a cluster that demands an ordinary user must see that it is none of root's.
USER: Final = "10001:10001"
_CACHE: Final = "/build/cache"
#: What the first step of the installation reads; the Dockerfile copies the same before it.
INPUTS: Final = (
    *("requirements.lock", "bootstrap.lock", "pyproject.toml"),
    *("deploy/docker/install.sh", "deploy/docker/subset.py"),
    *("sextant/__init__.py", "sextant/stack"),
)


def runs(service: str) -> Runs:
    """Return how containers start; the same as in the Dockerfile."""
    return Runs(
        command=("start",),
        user=USER,
        folder="/tmp",  # noqa: S108 (the container's own)
        path=(f"{PREFIX}/bin",),
        environment={"HOME": "/tmp", "PYTHONUNBUFFERED": "1", "XDG_CACHE_HOME": f"{PREFIX}/cache"},  # noqa: S108 (the container's own)
        labels={
            "org.opencontainers.image.title": f"sextant-{service}",
            "org.opencontainers.image.version": version("sextant"),
            "org.opencontainers.image.revision": _revision(),
            "org.opencontainers.image.licenses": "Apache-2.0",
        },
    )


def build_root(service: str, folder: Path) -> Path:
    """Make the image's root file system in the folder and return it. Raises RootfsError."""
    system = base(folder, ROOT / "deploy/docker/base.sh")
    building, final = (
        copy(dependencies(system, service, folder), folder / "building"),
        folder / f"{service}.root",
    )
    try:
        with tempfile.TemporaryDirectory() as scratch:
            wheel = native_wheel(Path(scratch))
            binds, wheels = [], []
            if wheel is not None:
                binds, wheels = [Bind(wheel, f"/build/{wheel.name}")], [f"/build/{wheel.name}"]
            _install(building, "sextant", service, wheels, binds)
        copy(system, final)
        _inside(building, PREFIX).replace(_inside(final, PREFIX))
    finally:
        remove(building)
    return final


def dependencies(system: Path, service: str, folder: Path) -> Path:
    """Return a root file system with what the part stands on, and the tools of the build; kept until one of its inputs changes."""
    files = sorted(path for place in INPUTS for path in _files(ROOT / place))
    facts = hashlib.sha256(system.name.encode())
    for path in files:
        facts.update(path.relative_to(ROOT).as_posix().encode() + b"\0" + path.read_bytes())
    root = folder / f"dependencies-{service}-{facts.hexdigest()[:12]}"
    if root.exists():
        return root
    for outdated in folder.glob(f"dependencies-{service}-*"):
        remove(outdated)
    draft = copy(system, folder / "dependencies.draft")
    venv = "apt-get update -qq && apt-get install -qq --yes --no-install-recommends python3-venv >/dev/null"
    run(draft, ["sh", "-c", venv])
    _install(draft, "dependencies", service)
    draft.replace(root)
    return root


def native_wheel(folder: Path) -> Path | None:
    """Build the native module with this machine's cargo; None where there is none."""
    maturin = Path(sys.executable).with_name("maturin")
    if shutil.which("cargo") is None or not maturin.exists():
        return None
    manifest = ROOT / "native" / "Cargo.toml"
    command = [
        str(maturin),
        "build",
        "--quiet",
        "--release",
        "--manifest-path",
        str(manifest),
        "--out",
        str(folder),
    ]
    if subprocess.run(command, check=False, stdin=subprocess.DEVNULL).returncode != 0:  # noqa: S603 (our own program and arguments)
        raise RootfsError("the native module could not be built; what cargo said stands above")
    (wheel,) = folder.glob("*.whl")
    return wheel


def main(arguments: list[str] | None = None) -> int:
    """Build, measure, print the archive's path on standard output; return 0, or 1 after a sentence."""
    options = _parser().parse_args(arguments)
    folder: Path = options.folder.absolute()
    folder.mkdir(parents=True, exist_ok=True)
    name = (
        options.name
        or f"sextant{'' if options.service == 'all' else f'-{options.service}'}:{version('sextant')}"
    )
    target = folder / f"{name.replace('/', '-').replace(':', '-')}.tar"
    begin = time.monotonic()
    try:
        require_tools()
        root = build_root(options.service, folder)
        pack(name, root, target, runs(options.service))
        size, took = target.stat().st_size / 2**20, time.monotonic() - begin
        print(f"image {name}: {size:.0f} MB, built in {took:.0f} s", file=sys.stderr)
        if options.measure:
            for line in measure(root, PREFIX, options.service):
                print(line, file=sys.stderr)
    except RootfsError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    print(target)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m deploy.images.build",
        description="Make an image without a container engine: a file that `docker load`, `ctr images import` and kind take.",
        epilog="example: python -m deploy.images.build --service all",
    )
    parser.add_argument("--service", default="all", help="a service, simulator, stack, operator or all")
    parser.add_argument(
        "--name", default="", help="NAME:TAG of the image; by default sextant[-SERVICE] and the version"
    )
    parser.add_argument(
        "--folder",
        type=Path,
        default=Path(".sextant/images"),
        help="where images and what is kept between builds lie",
    )
    parser.add_argument(
        "--no-measure", dest="measure", action="store_false", help="do not start its parts to measure them"
    )
    return parser


def _install(
    root: Path, step: str, service: str, more: Sequence[str] = (), binds: Sequence[Bind] = ()
) -> None:
    script = "/build/source/deploy/docker/install.sh"
    command = ["sh", script, step, "/build/source", service, PREFIX, *more]
    places = [Bind(ROOT, "/build/source"), Bind(_cache(), _CACHE), *binds]
    run(root, command, binds=places, environment={"UV_CACHE_DIR": _CACHE})


def _inside(root: Path, path: str) -> Path:
    return root / path.lstrip("/")


def _files(place: Path) -> list[Path]:
    if place.is_file():
        return [place]
    return [path for path in place.rglob("*") if path.is_file() and "__pycache__" not in path.parts]


def _cache() -> Path:
    """The installer's cache of this user: what was downloaded once is not downloaded again, and is checked by its hash all the same."""
    folder = Path.home() / ".cache" / "uv"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _revision() -> str:
    command = ["git", "-C", str(ROOT), "rev-parse", "HEAD"]
    done = subprocess.run(command, check=False, capture_output=True, text=True)  # noqa: S603 (our own arguments)
    return done.stdout.strip() or "unknown"


if __name__ == "__main__":
    raise SystemExit(main())
