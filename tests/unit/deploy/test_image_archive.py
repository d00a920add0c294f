"""An image packed without an engine: what a runtime finds in the file."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tarfile
from pathlib import Path
from typing import Any

import pytest

from deploy.images.archive import Runs, pack

pytestmark = pytest.mark.skipif(shutil.which("tar") is None, reason="packing an image needs tar")
RUNS = Runs(("start",), "10001:10001", "/tmp", ("/opt/x/bin",), {"HOME": "/tmp"}, {"title": "some"})


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "root"
    (root / "opt").mkdir(parents=True)
    (root / "opt" / "file").write_text("content")
    (root / "opt" / "link").symlink_to("file")
    return root


def parts(archive: Path) -> tuple[dict[str, Any], dict[str, Any], bytes]:
    with tarfile.open(archive) as tar:
        read = {member.name: tar.extractfile(member) for member in tar.getmembers()}
        manifest = json.loads(file.read()) if (file := read["manifest.json"]) else []
        (image,) = manifest
        config, layer = read[image["Config"]], read[image["Layers"][0]]
        assert config is not None
        assert layer is not None
        return image, json.loads(config.read()), layer.read()


def test_the_archive_says_how_containers_start_and_holds_every_file(root: Path, tmp_path: Path) -> None:
    pack("some:1", root, tmp_path / "some.tar", RUNS)
    image, config, layer = parts(tmp_path / "some.tar")
    assert image["RepoTags"] == ["some:1"]
    assert config["config"]["Cmd"] == ["start"]
    assert config["config"]["User"] == "10001:10001"
    assert config["config"]["Env"][0].startswith("PATH=/opt/x/bin:/usr/")
    assert config["config"]["Labels"] == {"title": "some"}
    assert config["rootfs"]["diff_ids"] == [f"sha256:{hashlib.sha256(layer).hexdigest()}"]
    (tmp_path / "layer.tar").write_bytes(layer)
    with tarfile.open(tmp_path / "layer.tar") as tar:
        assert {"./opt/file", "./opt/link"} <= set(tar.getnames())
    assert sorted(path.name for path in tmp_path.iterdir()) == ["layer.tar", "root", "some.tar"]


def test_the_same_files_give_the_same_bytes_whenever_they_are_packed(root: Path, tmp_path: Path) -> None:
    pack("some:1", root, tmp_path / "one.tar", RUNS)
    os.utime(root / "opt" / "file", (1, 1))
    pack("some:1", root, tmp_path / "two.tar", RUNS)
    assert parts(tmp_path / "one.tar") == parts(tmp_path / "two.tar")
