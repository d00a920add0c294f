"""The bill of materials names jars as well as distributions."""

from __future__ import annotations

import hashlib
import zipfile
from pathlib import Path

from tests.support.scripts import loaded

ROOT = Path(__file__).resolve().parents[3]
sbom = loaded(ROOT / "deploy" / "docker" / "sbom.py")


def jar(path: Path, *stated: str) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for number, text in enumerate(stated):
            archive.writestr(f"META-INF/maven/g{number}/a{number}/pom.properties", text)
    return path


def test_a_jar_is_named_by_what_it_states_itself(tmp_path: Path) -> None:
    file = jar(tmp_path / "some-1.2.jar", "#made\ngroupId=org.some\nartifactId=some-core\nversion=1.2\n")
    found = sbom.jar_component(file)
    assert (found["group"], found["name"], found["version"]) == ("org.some", "some-core", "1.2")
    assert found["purl"] == "pkg:maven/org.some/some-core@1.2"
    assert found["hashes"] == [{"alg": "SHA-256", "content": hashlib.sha256(file.read_bytes()).hexdigest()}]


def test_a_jar_that_states_nothing_or_others_too_is_named_by_its_file(tmp_path: Path) -> None:
    several = jar(
        tmp_path / "zstd-jni-1.5.6-6.jar",
        "groupId=a\nartifactId=b\nversion=1",
        "groupId=c\nartifactId=d\nversion=2",
    )
    silent = jar(tmp_path / "kafka_2.13-4.1.0.jar")
    found = [
        (each["name"], each["version"]) for each in (sbom.jar_component(several), sbom.jar_component(silent))
    ]
    assert found == [("zstd-jni", "1.5.6-6"), ("kafka_2.13", "4.1.0")]
    assert "purl" not in sbom.jar_component(several)


def test_jars_stand_behind_the_distributions(tmp_path: Path) -> None:
    jar(tmp_path / "b-1.jar")
    jar(tmp_path / "a-1.jar")
    whole = sbom.completed({"bomFormat": "CycloneDX", "components": [{"name": "numpy"}]}, tmp_path)
    assert [component["name"] for component in whole["components"]] == ["numpy", "a", "b"]
    assert sbom.completed({"components": []}, tmp_path / "absent") == {"components": []}
