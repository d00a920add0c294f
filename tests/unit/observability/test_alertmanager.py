"""Alertmanager's configuration: secrets are files, one message for each thing, consequences held back."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from proofs.alerts.routing import literal, routed, shipped

needs_amtool = pytest.mark.skipif(shutil.which("amtool") is None, reason="amtool is not on PATH")


def test_no_secret_is_written_in_the_configuration() -> None:
    text = shipped()
    assert not re.search(
        r"^\s*-?\s*(url|bot_token|smtp_auth_password|credentials|password):", text, re.MULTILINE
    )
    for kind in ("smtp_auth_password_file", "url_file", "bot_token_file", "credentials_file"):
        assert f"{kind}: /etc/alertmanager/secrets/" in text


@needs_amtool
@pytest.mark.parametrize(
    ("labels", "receivers"),
    [
        ({"alertname": "Watchdog", "severity": "none", "service": "alerting"}, ["deadman"]),
        (
            {"alertname": "VenueStale", "severity": "warning", "service": "triangulation"},
            ["webhook", "email"],
        ),
        (
            {"alertname": "OrderUnknown", "severity": "critical", "service": "execution"},
            ["webhook", "telegram", "email"],
        ),
    ],
)
def test_alerts_go_where_their_severity_asks(
    tmp_path: Path, labels: dict[str, str], receivers: list[str]
) -> None:
    config = tmp_path / "alertmanager.yml"
    config.write_text(literal(shipped(), {}), encoding="utf-8")
    checked = subprocess.run(["amtool", "check-config", config], capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert routed(config, labels) == receivers
