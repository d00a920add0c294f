"""A real single-node Kubernetes in namespaces of its own: started, spoken to, and ended with everything in it.

The tool lies in `../shared/kube` and is built once into $KUBE_HOME; where it is not, these tests say so and are skipped.
"""

from __future__ import annotations

import json
import os
import shlex
import shutil
import signal
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import psutil

ROOT: Final = Path(__file__).resolve().parents[2]
TOOL: Final = ROOT.parent / "shared" / "kube"
HOME: Final = Path(os.environ.get("KUBE_HOME") or Path.home() / ".cache" / "kube-local")
#: The node's own address, which pods reach; its name server listens there too.
NODE: Final = "10.99.0.1"
_STORAGE: Final = {
    "apiVersion": "storage.k8s.io/v1",
    "kind": "StorageClass",
    "metadata": {"name": "folder", "annotations": {"storageclass.kubernetes.io/is-default-class": "true"}},
    "provisioner": "kubernetes.io/no-provisioner",
}
#: Volumes made beforehand, more and larger than any release asks for: those of the host-path provisioner may be written by root alone,
#: and what other provisioners do about it (fsGroup, or folders that all may write) is no part of this tool.
_VOLUMES: Final = 8
_VOLUME_ROOT: Final = "/tmp/hostpath_pv"  # the tool's own file system, gone with the node


def missing() -> str:
    """Return why there is no cluster here; empty when one can be started."""
    if not (TOOL / "up.sh").exists():
        return f"no cluster tool at {TOOL}"
    if not (HOME / "built").exists():
        return f"the cluster tool is not built: {TOOL}/build.sh (about 18 min, once)"
    if os.geteuid() != 0:
        return "the cluster tool needs root"
    if (HOME / "var" / "pids").exists():
        return f"a cluster of this tool is up already: {TOOL}/down.sh ends it"
    return ""


class Node:
    """The node; use it as a context."""

    def __init__(self, images: Sequence[Path]) -> None:
        self._images = [HOME / "images" / image.name for image in images]
        self._sources = images
        self._holder = 0

    def __enter__(self) -> Node:
        for source, image in zip(self._sources, self._images, strict=True):
            if not image.exists() or image.stat().st_mtime < source.stat().st_mtime:
                shutil.copyfile(source, image)
        try:
            _run([str(TOOL / "up.sh"), "node"], seconds=300)
            self._holder = int((HOME / "var" / "pids" / "00-holder.pid").read_text())
            self.apply(_STORAGE)
            for number in range(_VOLUMES):
                self._make_volume(f"folder-{number}")
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        _run([str(TOOL / "down.sh")], seconds=120)

    def inside(self, *command: str) -> list[str]:
        """Return a command line that runs `command` in the cluster's network, with its tools and its administrator's rights."""
        return ["bash", "-c", f". {shlex.quote(str(HOME / 'var' / 'env'))}; exec $KNS {shlex.join(command)}"]

    def named(self, *command: str) -> list[str]:
        """As inside(), with the cluster's own names resolved: for clients that follow addresses which servers tell them."""
        resolver = HOME / "var" / "resolv.test"
        resolver.write_text(
            f"nameserver {NODE}\nsearch default.svc.cluster.local svc.cluster.local cluster.local\noptions ndots:5\n"
        )
        mounted = f"mount --bind {shlex.quote(str(resolver))} /etc/resolv.conf && exec {shlex.join(command)}"
        return self.inside("unshare", "--mount", "sh", "-c", mounted)

    def kubectl(self, *arguments: str, seconds: float = 60, body: str = "") -> str:
        """Run kubectl and return what it printed. Raises CalledProcessError, with what it said, TimeoutExpired."""
        return _run(self.inside("kubectl", *arguments), seconds=seconds, body=body)

    def helm(self, *arguments: str, seconds: float = 400) -> str:
        """Run helm and return what it printed. Raises as kubectl() does."""
        return _run(self.inside("helm", *arguments), seconds=seconds)

    def get(self, *arguments: str) -> dict[str, Any]:
        """Return objects as kubectl shows them in JSON."""
        answer: dict[str, Any] = json.loads(self.kubectl("get", *arguments, "--output", "json"))
        return answer

    def apply(self, manifest: dict[str, Any]) -> None:
        self.kubectl("apply", "--filename", "-", body=json.dumps(manifest))

    def kill(self, *words: str) -> int:
        """End every process of this node whose command line holds all words, as a crash would; return how many there were."""
        felled = 0
        for process in psutil.Process(self._holder).children(recursive=True):
            try:
                if set(words) <= set(process.cmdline()):
                    process.send_signal(signal.SIGKILL)
                    felled += 1
            except psutil.NoSuchProcess:
                continue
        return felled

    def _make_volume(self, name: str) -> None:
        place = self.folder(f"{_VOLUME_ROOT}/{name}")
        place.mkdir(parents=True)
        place.chmod(0o777)
        self.apply(
            {
                "apiVersion": "v1",
                "kind": "PersistentVolume",
                "metadata": {"name": name},
                "spec": {
                    "storageClassName": "folder",
                    "capacity": {"storage": "16Gi"},
                    "accessModes": ["ReadWriteOnce"],
                    "hostPath": {"path": f"{_VOLUME_ROOT}/{name}"},
                },
            }
        )

    def folder(self, path: str) -> Path:
        """Return where a folder of the node lies for this process."""
        return Path(f"/proc/{self._holder}/root") / path.lstrip("/")


def _run(command: Sequence[str], *, seconds: float, body: str = "") -> str:
    done = subprocess.run(command, input=body, capture_output=True, text=True, timeout=seconds, check=False)
    if done.returncode:
        said = f"{done.stdout[-4_000:]}\n{done.stderr[-4_000:]}"
        raise subprocess.CalledProcessError(done.returncode, command, said, f"{shlex.join(command)}\n{said}")
    return done.stdout
