"""What a platform on simulated exchanges needs before its first start, where each part is a container: configuration and secrets.

`python -m sextant.demo.prepare --folder DIR --venue-port 8080` writes, once:

    config/sextant.yaml                     for every service; a venue is the host of its name
    venues/<venue>.{accounts,keys}.json     for the simulated exchange
    venue-keys/<account>.json               for execution alone
    database/{password,dsn}                 for Postgres, and for execution and ledger
    operator/token                          for who obeys operators

Each folder may be a volume of its own, so that nobody sees what is not for it.
"""

from __future__ import annotations

import argparse
import json
import os
import secrets
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import yaml

from sextant.core.errors import SettingsInvalid
from sextant.demo.plan import SHIPPED_CONFIG
from sextant.demo.venues import accounts_of, new_keys
from sextant.runtime.settings import load_platform
from sextant.stack.secret import private_file

_SECRET_BYTES: Final = 32


def prepare(folder: Path, *, config: Path, venue_port: int, database: str, keys_at: Path) -> bool:
    """Write everything that is missing; False when everything was there. Raises SettingsInvalid, OSError.

    `database` is Postgres's host and port, `keys_at` where execution finds the venue keys.
    """
    written = folder / "config" / "sextant.yaml"
    if written.exists():
        return False
    platform = load_platform(config)
    data = yaml.safe_load(config.read_text(encoding="utf-8"))
    if not isinstance(data, dict):
        raise SettingsInvalid(f"{config}: expected a mapping")
    for venue in platform.venues:
        keys = new_keys(platform, venue)
        for account, key in keys.items():
            _secret(folder / "venue-keys" / f"{account}.json", json.dumps(key))
            data["venue_accounts"][account]["key_file"] = str(keys_at / f"{account}.json")
        known = [{**key, "account": account} for account, key in keys.items()]
        _secret(folder / "venues" / f"{venue}.keys.json", json.dumps(known))
        _secret(folder / "venues" / f"{venue}.accounts.json", json.dumps(accounts_of(platform, venue)))
        root = f"{venue}:{venue_port}"
        data["venues"][venue] |= {
            "rest_url": f"http://{root}",
            "stream_url": f"ws://{root}",
            "trade_url": f"ws://{root}/ws-api/v3",
        }
    password = secrets.token_hex(_SECRET_BYTES)
    _secret(folder / "database" / "password", password)
    _secret(folder / "database" / "dsn", f"postgresql://postgres:{password}@{database}/postgres")
    _secret(folder / "operator" / "token", secrets.token_hex(_SECRET_BYTES))
    # Last, because it says that the others are there.
    written.parent.mkdir(parents=True, exist_ok=True)
    draft = written.with_name(".sextant.yaml")
    draft.write_text(yaml.safe_dump(data, sort_keys=False), encoding="utf-8")
    draft.replace(written)
    return True


def give(folders: Sequence[Path], user: int) -> None:
    """Make folders and what is in them somebody's: volumes are root's when they are new. Raises OSError."""
    for folder in folders:
        folder.mkdir(parents=True, exist_ok=True)
        for path in (folder, *folder.rglob("*")):
            os.chown(path, user, user)


def main(argv: Sequence[str] | None = None) -> int:
    """Prepare as the command line says; return the exit code."""
    arguments = _parser().parse_args(argv)
    try:
        is_new = prepare(
            arguments.folder,
            config=arguments.config,
            venue_port=arguments.venue_port,
            database=arguments.database,
            keys_at=arguments.keys_at,
        )
        if arguments.user:
            give([arguments.folder, *arguments.also], arguments.user)
    except (SettingsInvalid, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    print("prepared" if is_new else "was prepared before")
    return 0


def _secret(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    private_file(path, text)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m sextant.demo.prepare",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog="example: python -m sextant.demo.prepare --folder /prepared --user 10001",
    )
    parser.add_argument("--folder", type=Path, required=True, help="where everything goes")
    parser.add_argument(
        "--config", type=Path, default=SHIPPED_CONFIG, help="the platform's YAML to begin from"
    )
    parser.add_argument("--venue-port", type=int, default=8080, help="port of each simulated exchange")
    parser.add_argument("--database", default="postgres:5432", help="Postgres's host and port")
    parser.add_argument(
        "--keys-at", type=Path, default=Path("/prepared/venue-keys"), help="where execution sees venue keys"
    )
    parser.add_argument("--user", type=int, default=0, help="number of the user who is given everything")
    parser.add_argument("--also", type=Path, nargs="*", default=[], help="further folders to give")
    return parser


if __name__ == "__main__":
    sys.exit(main())
