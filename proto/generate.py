"""Generate Python messages, the columnar mirror and the published descriptors from the protos; `--check` fails on any drift.

The protos keep their own package (`sextant.market.v1`); the generated code lives under `sextant.contracts`, so its imports are moved there.
"""

from __future__ import annotations

import argparse
import filecmp
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from google.protobuf import descriptor_pb2

HERE = Path(__file__).resolve().parent
TARGET = HERE.parent / "sextant" / "contracts"
COLUMNAR = "sextant/market/v1/events.proto"
MIRROR = "sextant/market/mirror/v1/events.proto"
_IMPORT = re.compile(r"^from sextant\.(\w+(?:\.\w+)*) import (\w+_pb2)", re.MULTILINE)
_PYI_IMPORT = re.compile(r"^import sextant\.(\w+(?:\.\w+)*)\.(\w+_pb2)", re.MULTILINE)
_FIELD = descriptor_pb2.FieldDescriptorProto


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--check", action="store_true", help="write nothing; fail when the committed code differs"
    )
    check = parser.parse_args().check
    with tempfile.TemporaryDirectory() as folder:
        built = Path(folder) / "contracts"
        build(built)
        drift = [path for path in sorted(built.rglob("*")) if path.is_file() and differs(path, built)]
        names = ", ".join(str(path.relative_to(built)) for path in drift)
        if check and drift:
            print(f"generated code differs from the protos ({names}): run `make proto`", file=sys.stderr)
            return 1
        if not check:
            shutil.copytree(built, TARGET, dirs_exist_ok=True)
            print(f"generated {len(list(built.rglob('*_pb2.py')))} modules, {len(drift)} files changed")
    return 0


def differs(path: Path, built: Path) -> bool:
    committed = TARGET / path.relative_to(built)
    return not committed.is_file() or not filecmp.cmp(path, committed, shallow=False)


def build(target: Path) -> None:
    """Write everything that is generated into `target`."""
    target.mkdir(parents=True)
    with tempfile.TemporaryDirectory() as folder:
        raw, sources = Path(folder) / "raw", Path(folder) / "proto"
        raw.mkdir()
        shutil.copytree(HERE, sources, ignore=shutil.ignore_patterns("*.py", "*.yaml", "*.binpb"))
        protoc(sources, raw, target / "descriptors.binpb")
        (sources / MIRROR).parent.mkdir(parents=True)
        (sources / MIRROR).write_text(mirror_source(target / "descriptors.binpb"))
        protoc(sources, raw, Path(folder) / "with-mirror.binpb")
        for path in sorted((raw / "sextant").rglob("*.py*")):
            place(path, target / path.relative_to(raw / "sextant"))
    for folder_path in {path.parent for path in target.rglob("*_pb2.py")}:
        for package in (folder_path, folder_path.parent):
            (package / "__init__.py").write_text('"""Generated messages: edit the protos, not this."""\n')


def protoc(sources: Path, raw: Path, descriptors: Path) -> None:
    files = sorted(str(path.relative_to(sources)) for path in sources.rglob("*.proto"))
    services = [name for name in files if re.search(r"^service ", (sources / name).read_text(), re.MULTILINE)]
    common = [sys.executable, "-m", "grpc_tools.protoc", f"--proto_path={sources}"]
    subprocess.run(
        [
            *common,
            f"--python_out={raw}",
            f"--pyi_out={raw}",
            f"--descriptor_set_out={descriptors}",
            "--include_imports",
            # Comments travel with the published descriptors: `sextant topics describe` shows them.
            "--include_source_info",
            *files,
        ],
        check=True,
    )
    if services:
        subprocess.run([*common, f"--grpc_python_out={raw}", *services], check=True)


def place(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    text = _IMPORT.sub(r"from sextant.contracts.\1 import \2", source.read_text())
    target.write_text(_PYI_IMPORT.sub(r"import sextant.contracts.\1.\2", text))


def mirror_source(descriptors: Path) -> str:
    """Return the proto text of the columnar file with every `repeated sfixed64` declared as the bytes that it is on the wire."""
    files = descriptor_pb2.FileDescriptorSet.FromString(descriptors.read_bytes()).file
    (columnar,) = (file for file in files if file.name == COLUMNAR)
    lines = ['syntax = "proto3";', "package sextant.market.mirror.v1;", ""]
    for message in columnar.message_type:
        lines.append(f"message {message.name} {{")
        lines.extend(f"  {mirror_type(field)} {field.name} = {field.number};" for field in message.field)
        lines.append("}")
    return "\n".join(lines) + "\n"


def mirror_type(field: descriptor_pb2.FieldDescriptorProto) -> str:
    repeated = field.label == _FIELD.LABEL_REPEATED
    if field.type == _FIELD.TYPE_SFIXED64 and repeated:
        return "bytes"
    scalar = {
        _FIELD.TYPE_STRING: "string",
        _FIELD.TYPE_UINT64: "uint64",
        _FIELD.TYPE_SINT32: "sint32",
        _FIELD.TYPE_SFIXED64: "sfixed64",
        _FIELD.TYPE_MESSAGE: field.type_name.rpartition(".")[2],
    }
    if repeated or field.type not in scalar:
        raise SystemExit(f"{COLUMNAR}: no mirror for field {field.name}")
    return scalar[field.type]


if __name__ == "__main__":
    raise SystemExit(main())
