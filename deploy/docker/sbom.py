"""Complete a bill of materials: name the jars beside the distributions, each with the hash of its file.

`python sbom.py SBOM FOLDER` reads CycloneDX JSON and prints it with a component for every jar below the folder; there may be none.
"""

from __future__ import annotations

import hashlib
import json
import re
import sys
import zipfile
from pathlib import Path
from typing import Any
from urllib.parse import quote

_COORDINATES = ("groupId", "artifactId", "version")
_FILE = re.compile(r"^(?P<name>.+?)-(?P<version>\d.*)$")


def jar_component(jar: Path) -> dict[str, Any]:
    """Return the component of one jar: by the coordinates that it states itself, else by its file name."""
    stated = _stated(jar)
    match = _FILE.match(jar.stem)
    name, version = (match["name"], match["version"]) if match else (jar.stem, "")
    component: dict[str, Any] = {
        "type": "library",
        "bom-ref": f"jar:{jar.name}",
        "name": stated.get("artifactId", name),
        "version": stated.get("version", version),
        "hashes": [{"alg": "SHA-256", "content": hashlib.sha256(jar.read_bytes()).hexdigest()}],
    }
    if "groupId" in stated:
        component["group"] = stated["groupId"]
        parts = [quote(stated[key], safe=".-_") for key in _COORDINATES]
        component["purl"] = f"pkg:maven/{parts[0]}/{parts[1]}@{parts[2]}"
    return component


def completed(sbom: dict[str, Any], folder: Path) -> dict[str, Any]:
    """Return the bill with the folder's jars behind its own components."""
    jars = [jar_component(jar) for jar in sorted(folder.rglob("*.jar"), key=lambda path: path.name)]
    return {**sbom, "components": [*sbom.get("components", []), *jars]}


def _stated(jar: Path) -> dict[str, str]:
    """The jar's own coordinates, where it holds exactly one set of them: a jar that holds others' too states several."""
    with zipfile.ZipFile(jar) as archive:
        files = [name for name in archive.namelist() if name.endswith("/pom.properties")]
        if len(files) != 1:
            return {}
        lines = archive.read(files[0]).decode("utf-8").splitlines()
    pairs = (line.partition("=") for line in lines if "=" in line and not line.startswith("#"))
    found = {key.strip(): value.strip() for key, _, value in pairs}
    return {key: found[key] for key in _COORDINATES} if found.keys() >= set(_COORDINATES) else {}


def main(arguments: list[str]) -> int:
    """Print the completed bill of materials."""
    sbom, folder = map(Path, arguments)
    print(json.dumps(completed(json.loads(sbom.read_text(encoding="utf-8")), folder), indent=1))
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
