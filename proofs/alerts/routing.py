"""The shipped configuration of Alertmanager as an older Alertmanager reads it, with receivers of this machine."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import yaml

_SHIPPED: Final = Path(__file__).resolve().parents[2] / "deploy" / "observability" / "alertmanager.yml"
#: What a secret file is replaced by where nothing else is said: a form that is right and leads nowhere.
_NOWHERE: Final = "http://127.0.0.1:9/"
_BOT: Final = "1:nobody"


def shipped() -> str:
    """Return the configuration as it is shipped."""
    return _SHIPPED.read_text(encoding="utf-8")


def literal(text: str, urls: Mapping[str, str]) -> str:
    """Return the configuration with values in place of files of secrets, which versions before 0.26 do not know for webhooks and Telegram.

    `urls` gives receivers a webhook of this machine in place of what they have.
    """
    config: dict[str, Any] = yaml.safe_load(text)
    config["global"].pop("smtp_auth_password_file")
    for receiver in config["receivers"]:
        name = receiver["name"]
        if name in urls:
            receiver.clear()
            receiver.update(name=name, webhook_configs=[{"url": urls[name], "send_resolved": True}])
            continue
        for webhook in receiver.get("webhook_configs", ()):
            webhook.pop("url_file")
            webhook.pop("http_config", None)
            webhook["url"] = _NOWHERE
        for telegram in receiver.get("telegram_configs", ()):
            telegram.pop("bot_token_file")
            telegram["bot_token"] = _BOT
    return yaml.safe_dump(config, sort_keys=False)


def routed(config: Path, labels: Mapping[str, str]) -> list[str]:
    """Return the receivers that an alert with these labels goes to, in order. Raises CalledProcessError where amtool refuses."""
    command = ["amtool", "config", "routes", "test", f"--config.file={config}"]
    done = subprocess.run(  # noqa: S603  # names and labels are ours
        [*command, *(f"{name}={value}" for name, value in labels.items())],
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip().split(",")
