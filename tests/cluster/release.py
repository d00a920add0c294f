"""One release on the node: installed with one command, watched, disturbed, and emptied for the checker."""

from __future__ import annotations

import base64
import json
import re
import shutil
import subprocess
import sys
import time
import urllib.parse
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from tests.cluster.node import NODE, ROOT, Node

CHART: Final = ROOT / "deploy" / "helm" / "sextant"
NAME: Final = "sextant"
STAGES: Final = (
    *("ingest", "triangulation", "features", "strategies", "ensemble", "breaker"),
    *("risk", "execution", "ledger", "archive", "console"),
)
SERVERS: Final = ("kafka", "postgres", "valkey")
_COLLECTOR: Final = 4318
_JAEGER: Final = f"http://{NAME}-jaeger.default.svc:{_COLLECTOR}"
#: Jaeger alone, of what may come with a release: nobody here has the images of the others.
_OBSERVED: Final = {
    "observability.bundled": "true",
    **{f"observability.{each}.enabled": "false" for each in ("prometheus", "alertmanager", "grafana")},
}
_READY_S: Final = 300
_RESIDENT: Final = re.compile(r"^process_resident_memory_bytes ([0-9.e+]+)$", re.MULTILINE)


class Release:
    """The bundled platform as its users install it, its spans sent to a collector on the node, which hands them on to Jaeger if that is there.

    `folder` is where this process keeps files.
    """

    def __init__(self, node: Node, folder: Path, *, has_jaeger: bool) -> None:
        self.node, self.folder, self._has_jaeger = node, folder, has_jaeger
        #: How long after the installation began all pods were ready, s.
        self.ready_s = 0.0
        self._collector: subprocess.Popen[bytes] | None = None

    def install(self) -> None:
        """Install and wait until all pods are ready. Raises CalledProcessError."""
        spans = str(self.folder / "spans")
        onward = _JAEGER if self._has_jaeger else ""
        collector = [sys.executable, "-m", "tests.cluster.spans", spans, NODE, str(_COLLECTOR), onward]
        self._collector = subprocess.Popen(self.node.named(*collector), cwd=ROOT)
        begun = time.monotonic()
        self.node.helm("install", NAME, str(CHART), *self._values({}), "--wait", "--timeout", f"{_READY_S}s")
        self.ready_s = time.monotonic() - begun

    def upgrade(self, **values: str) -> None:
        """Change values and wait until the change has rolled out."""
        arguments = self._values(values)
        self.node.helm("upgrade", NAME, str(CHART), *arguments, "--wait", "--timeout", f"{_READY_S}s")

    def close(self) -> None:
        """End the collector; the node ends the rest."""
        if self._collector is not None:
            self._collector.terminate()
            self._collector.wait(10)

    def smoke(self) -> str:
        """Run `helm test` and return what it printed. Raises CalledProcessError."""
        return self.node.helm("test", NAME, "--timeout", "240s")

    def wait_ready(self, component: str, seconds: int = 120) -> None:
        """Wait until a workload has as many ready pods as it wants. Raises CalledProcessError after the time."""
        self.node.kubectl(
            "rollout", "status", self.workload(component), f"--timeout={seconds}s", seconds=seconds + 10
        )

    def workload(self, component: str) -> str:
        """Return kind/name of a component's workload."""
        kept = component in ("execution", "archive", *SERVERS)
        return f"{'statefulset' if kept else 'deployment'}/{NAME}-{component}"

    def pods(self, component: str = "") -> list[dict[str, Any]]:
        """Return the pods of a component, or of the whole release but for its jobs."""
        selector = f"app.kubernetes.io/instance={NAME}"
        if component:
            selector += f",app.kubernetes.io/component={component}"
        found = self.node.get("pods", "--selector", selector)["items"]
        return [pod for pod in found if _owner(pod) not in ("", "Job")]

    def restarts(self, component: str) -> int:
        """Return how often the containers of a component's pods were started again."""
        return sum(
            status["restartCount"]
            for pod in self.pods(component)
            for status in pod["status"].get("containerStatuses", ())
        )

    def execute(self, component: str, *command: str, seconds: float = 60) -> str:
        """Run a command in a component's pod and return what it printed."""
        return self.node.kubectl("exec", self.workload(component), "--", *command, seconds=seconds)

    def traces(self, service: str, **tags: str) -> list[dict[str, Any]]:
        """Return the traces that Jaeger's query API shows of a service's spans with these tags."""
        query = urllib.parse.urlencode({"service": service, "tags": json.dumps(tags), "limit": 20})
        place = f"/api/v1/namespaces/default/services/{NAME}-jaeger:16686/proxy/api/traces?{query}"
        found: list[dict[str, Any]] = json.loads(self.node.kubectl("get", "--raw", place))["data"]
        return found

    def workers(self, group: str) -> list[int]:
        """Return how many partitions each member of a consumer group holds."""
        told = json.loads(self.execute("console", "sextant", "workers", "--group", group, "--json"))
        return [len(member["partitions"]) for member in told[0]["members"]]

    def scale(self, component: str, replicas: int) -> None:
        self.node.kubectl("scale", self.workload(component), f"--replicas={replicas}")

    def empty(self) -> Mapping[str, Any]:
        """Stop the flow at its source, wait until it has run dry, stop the services, and return what the checker says of it all."""
        self._take_out()
        self.scale("ingest", 0)
        self._run_checker("tests.cluster.quiet", (self.folder / "kafka").read_text(), seconds=120)
        self._stop([stage for stage in STAGES if stage not in ("ingest", "archive")])
        self._stop(["archive"])
        self._copy_archive()
        report: dict[str, Any] = json.loads(
            self._run_checker("tests.cluster.check", str(self.folder), seconds=300)
        )
        return report

    def secret(self, name: str) -> dict[str, str]:
        """Return a Secret's entries."""
        data = self.node.get("secret", name)["data"]
        return {key: base64.b64decode(value).decode() for key, value in data.items()}

    def _stop(self, components: Sequence[str]) -> None:
        """Scale to nothing, and wait until nothing is left."""
        for component in components:
            self.scale(component, 0)
        selector = (
            f"app.kubernetes.io/instance={NAME},app.kubernetes.io/component in ({','.join(components)})"
        )
        self.node.kubectl("wait", "--for=delete", "pod", "--selector", selector, "--timeout=60s", seconds=70)

    def _values(self, changed: Mapping[str, str]) -> list[str]:
        observed = _OBSERVED if self._has_jaeger else {}
        values = {"tracing.endpoint": f"http://{NODE}:{_COLLECTOR}", **observed, **changed}
        return [word for key, value in values.items() for word in ("--set", f"{key}={value}")]

    def _take_out(self) -> None:
        """Copy what the checker needs and a stopped release would no longer tell."""
        folder, node = self.folder, self.node
        config = node.get("configmap", f"{NAME}-config")["data"]["sextant.yaml"]
        (folder / "sextant.yaml").write_text(config)
        (folder / "kafka").write_text(f"{NAME}-kafka.default.svc:9092")
        (folder / "postgres.dsn").write_text(self.secret(f"{NAME}-postgres")["dsn"])
        keys = folder / "keys"
        keys.mkdir(exist_ok=True)
        for file, text in self.secret(f"{NAME}-venue-keys").items():
            (keys / file).write_text(text)
        metrics = {stage: self._metrics(stage) for stage in STAGES}
        (folder / "ingest.metrics").write_text(metrics["ingest"])
        sizes = {
            stage: float(found[1]) / 2**20
            for stage, text in metrics.items()
            if (found := _RESIDENT.search(text)) is not None
        }
        (folder / "rss.json").write_text(json.dumps(sizes))

    def _metrics(self, stage: str) -> str:
        pod = self.pods(stage)[0]["metadata"]["name"]
        return self.node.kubectl("get", "--raw", f"/api/v1/namespaces/default/pods/{pod}:8080/proxy/metrics")

    def _copy_archive(self) -> None:
        claim = self.node.get("persistentvolumeclaim", f"data-{NAME}-archive-0")["spec"]["volumeName"]
        volume = self.node.get("persistentvolume", claim)["spec"]["hostPath"]["path"]
        target = self.folder / "archive"
        shutil.rmtree(target, ignore_errors=True)
        source = self.node.folder(volume)
        inner = source / "archive"
        shutil.copytree(inner if inner.is_dir() else source, target)

    def _run_checker(self, module: str, argument: str, *, seconds: float) -> str:
        command = self.node.named(sys.executable, "-m", module, argument)
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=seconds, check=False)
        if done.returncode:
            raise AssertionError(f"{module} failed:\n{done.stdout[-2_000:]}\n{done.stderr[-4_000:]}")
        return done.stdout


def _owner(pod: Mapping[str, Any]) -> str:
    """Return what kind of object made a pod; empty for one that helm made, as `helm test` does."""
    owners = pod["metadata"].get("ownerReferences", [])
    return owners[0]["kind"] if owners else ""
