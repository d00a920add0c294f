"""The image that `make image` has built, run as pods run it: read-only, as anybody, with no network but the loopback."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from deploy.images.build import PREFIX, ROOT
from deploy.images.container import VOLUME, Pod, end, first_process, run, start
from deploy.images.measure import SERVICES, imported, modules

IMAGE = ROOT / ".sextant" / "images" / "all.root"
#: The image's own user, and one of those that some clusters give each namespace.
USERS = (10001, 1000680000)
READY_S = 90.0

pytestmark = pytest.mark.skipif(
    os.geteuid() != 0 or not IMAGE.is_dir() or shutil.which("setpriv") is None,
    reason="no image was built here, or not as root: make image builds one",
)
Start = Callable[..., subprocess.Popen[bytes]]


@pytest.fixture
def pods() -> Iterator[Start]:
    made: list[subprocess.Popen[bytes]] = []

    def begin(pod: Pod, *command: str) -> subprocess.Popen[bytes]:
        made.append(start(pod, command))
        return made[-1]

    yield begin
    for process in made:
        end(process)


@pytest.fixture
def volume(tmp_path: Path) -> Path:
    """As a cluster gives it: not the user's own, but open to the user's group."""
    folder = tmp_path / "volume"
    folder.mkdir()
    folder.chmod(0o777)
    for parent in folder.parents[:3]:
        parent.chmod(parent.stat().st_mode | 0o011)
    return folder


@pytest.mark.parametrize("service", ["kafka", "postgres", "valkey"])
@pytest.mark.parametrize("user", USERS)
def test_servers_serve_anybody_without_a_network_and_keep_their_data(
    service: str, user: int, volume: Path, pods: Start
) -> None:
    """Started, asked from inside, killed, started again on the same volume, and told to end."""
    pod = Pod(IMAGE, user, volume)
    data = f"{VOLUME}/{service}"
    command = (
        "sextant",
        "stack",
        "serve",
        service,
        "--host",
        "0.0.0.0",
        "--data",
        data,
        "--disk-cap-mb",
        "512",
    )
    first = pods(pod, *command)
    wait_ready(first, service, data)
    end(first)
    second = pods(pod, *command)
    wait_ready(second, service, data)
    os.kill(first_process(second), signal.SIGTERM)
    assert second.wait(60) == 0
    assert {path.stat().st_uid for path in (volume / service).rglob("*")} == {user}


def wait_ready(pod: subprocess.Popen[bytes], service: str, data: str) -> None:
    deadline = time.monotonic() + READY_S
    while inside(pod, "sextant", "stack", "ready", service, "--data", data).returncode != 0:
        assert pod.poll() is None, f"{service} ended while starting"
        assert time.monotonic() < deadline, f"{service} did not serve in time"
        time.sleep(0.3)


def inside(pod: subprocess.Popen[bytes], *command: str) -> subprocess.CompletedProcess[str]:
    """Run a command in the pod's own namespaces, as its own user, as a probe does."""
    try:
        first = first_process(pod)
    except (IndexError, FileNotFoundError):
        return subprocess.CompletedProcess(command, 1, "", "the pod has not begun")
    user = str(Path(f"/proc/{first}").stat().st_uid)
    entered = [
        "nsenter",
        f"--target={first}",
        "--mount",
        "--net",
        "--pid",
        "--root",
        f"--setuid={user}",
        "--",
    ]
    environment = {"PATH": f"{PREFIX}/bin:/usr/bin:/bin", "HOME": "/tmp", "XDG_CACHE_HOME": f"{PREFIX}/cache"}
    return subprocess.run([*entered, *command], capture_output=True, text=True, env=environment, check=False)


@pytest.mark.parametrize("service", SERVICES)
def test_every_service_begins_where_nothing_can_be_written(service: str) -> None:
    code, said = run(Pod(IMAGE), ["python", "-m", f"services.{service}", "--help"])
    assert code == 0, said
    assert f"python -m services.{service}" in said


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_is_imported_within_a_second_and_a_half_of_the_processor(service: str) -> None:
    assert imported(IMAGE, PREFIX, modules("all")[service], runs=1).cpu_s < 1.5


def test_the_command_answers_and_the_simulator_begins() -> None:
    code, said = run(
        Pod(IMAGE),
        ["sh", "-c", "sextant version && sextant topics ls >/dev/null && python -m simulator --help"],
    )
    assert code == 0, said


def test_nothing_outside_of_volumes_and_tmp_can_be_written_by_the_user() -> None:
    code, said = run(Pod(IMAGE), ["sh", "-c", f"touch {PREFIX}/x || touch /x || touch /etc/x"])
    assert code != 0
    assert said.count("Read-only file system") == 3
    writable = subprocess.run(
        ["find", str(IMAGE / "opt"), "-perm", "/022", "-not", "-type", "l"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert writable.stdout == ""


def test_the_image_holds_no_compiler_and_no_tool_of_its_making() -> None:
    names = ("gcc", "cc", "cargo", "rustc", "maturin", "hatchling", "uv", "pip", "pytest", "ccxt")
    found = [
        name
        for name in names
        if any((IMAGE / part / name).exists() for part in ("usr/bin", "opt/sextant/bin"))
    ]
    assert found == []
    packages = {path.name for path in (IMAGE / "opt/sextant/lib").glob("python*/site-packages/*")}
    assert not packages & {"ccxt", "pytest", "mypy", "hatchling", "maturin", "pip", "cyclonedx_py"}


def test_the_bill_of_materials_names_what_is_inside() -> None:
    sbom = json.loads((IMAGE / "opt/sextant/share/sextant/sbom.cdx.json").read_text())
    assert sbom["bomFormat"] == "CycloneDX"
    assert sbom["metadata"]["component"]["name"] == "sextant"
    named = {component["name"].lower().replace("_", "-") for component in sbom["components"]}
    site = (IMAGE / "opt/sextant/lib").glob("python*/site-packages/*.dist-info")
    installed = {path.name.rpartition("-")[0].rpartition("-")[0].lower().replace("_", "-") for path in site}
    assert installed - named <= {"sextant"}
    jars = {path.name for path in (IMAGE / "opt/sextant/cache").rglob("*.jar")}
    assert len(jars) > 40
    assert jars == {component["bom-ref"].removeprefix("jar:") for component in sbom["components"] if component["bom-ref"].startswith("jar:")}  # fmt: skip


def test_no_file_is_compiled_at_a_start() -> None:
    """Bytecode that nobody trusts is made anew by each process, and never kept."""
    code, said = run(Pod(IMAGE), ["python", "-v", "-c", "import services.risk.bootstrap"])
    assert code == 0
    assert "wrote '" not in said
    compiled = [
        line for line in said.splitlines() if line.startswith("# code object from") and ".pyc'" not in line
    ]
    assert compiled == []
    assert said.count("matches /opt/sextant") > 100
