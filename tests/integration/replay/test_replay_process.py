"""The replay as a process of its own: it says where it listens, plays, stays for questions, and stops when told to."""

import json
import signal
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

from tests.unit.simulator.replay.recordings import write_recording

ROOT = Path(__file__).resolve().parents[3]
DEADLINE_S = 20.0


def command(recording: Path, *options: str) -> list[str]:
    return [sys.executable, "-m", "simulator.replay", "--recording", str(recording), *options]


def wait_for(path: Path) -> dict[str, int]:
    deadline = time.monotonic() + DEADLINE_S
    while not path.exists():
        assert time.monotonic() < deadline, f"{path} did not appear"
        time.sleep(0.02)
    ports: dict[str, int] = json.loads(path.read_text())
    return ports


def test_it_writes_its_ports_plays_and_stays_until_terminated(tmp_path: Path) -> None:
    recording, port_file = write_recording(tmp_path / "recording"), tmp_path / "ports.json"
    process = subprocess.Popen(
        command(recording, "--speed", "0", "--port-file", str(port_file)),
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        ports = wait_for(port_file)
        assert set(ports) == {"spot", "usdm", "coinm"}
        start = urllib.request.Request(f"http://127.0.0.1:{ports['usdm']}/_replay/start", method="POST")
        urllib.request.urlopen(start, timeout=5).close()
        assert process.stdout is not None
        assert json.loads(process.stdout.readline()) == ports
        assert json.loads(process.stdout.readline())["ended"]["frames_read"] == 1_200
        with urllib.request.urlopen(
            f"http://127.0.0.1:{ports['coinm']}/_replay/status", timeout=5
        ) as response:
            assert json.load(response)["done"]
        process.send_signal(signal.SIGTERM)
        assert process.wait(DEADLINE_S) == 0
    finally:
        process.kill()
        process.communicate()


def test_a_missing_recording_is_one_clear_line(tmp_path: Path) -> None:
    ended = subprocess.run(
        command(tmp_path), cwd=ROOT, capture_output=True, text=True, timeout=DEADLINE_S, check=False
    )
    assert ended.returncode == 1
    assert "expected files named <spot|usdm|cm>_<symbol>_<yyyymmdd>.gz, found none" in ended.stderr
    assert len(ended.stderr.splitlines()) == 1
