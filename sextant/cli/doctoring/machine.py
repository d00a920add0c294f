"""This machine: Python, the parts of Sextant, disk, ports."""

from __future__ import annotations

import platform
import shutil
import sys
from collections.abc import Iterator, Mapping
from importlib import metadata, util
from pathlib import Path
from typing import Final

from packaging.requirements import Requirement

from sextant.cli.doctoring.findings import Finding, fail, ok, warn
from sextant.stack import StackError
from sextant.stack.platforms import PYTHONS, check_platform
from sextant.stack.ports import free_ports, require_free

_DISTRIBUTION: Final = "sextant"
#: Below the first a run on this disk cannot begin, below the second it ends some day, MB.
_LEAST_MB, _ENOUGH_MB = 1_024, 5_120
#: Ports that a whole platform on one machine takes: health of each service, three servers, venues, operators.
_PORTS: Final = 24
#: Variables that fix a port of a service.
_FIXED: Final = ("SEXTANT_HEALTH_PORT", "SEXTANT_OPERATOR_PORT")


def python() -> Finding:
    """Return whether this Python can run Sextant."""
    own = sys.version_info[:2]
    if PYTHONS[0] <= own <= PYTHONS[1]:
        return ok("python", platform.python_version())
    return fail(
        "python", f"{platform.python_version()}, and Sextant needs 3.11 to 3.13", "make PYTHON=python3.12"
    )


def system() -> Finding:
    """Return whether the local servers can run here; services can run elsewhere too."""
    says = f"{platform.system()} {platform.machine()}"
    try:
        check_platform()
    except StackError as error:
        return warn("platform", str(error), "give services servers of your own (SEXTANT_KAFKA)")
    return ok("platform", says)


def parts() -> Iterator[Finding]:
    """Yield whether the distributions that each part of Sextant needs are installed in versions that it can use."""
    declared = [Requirement(text) for text in metadata.requires(_DISTRIBUTION) or ()]
    extras = sorted(metadata.metadata(_DISTRIBUTION).get_all("Provides-Extra") or ())
    base = [each for each in declared if each.marker is None or each.marker.evaluate({"extra": ""})]
    wrong = list(_unmet(base))
    version = metadata.version(_DISTRIBUTION)
    if wrong:
        yield fail("sextant", f"{version}; {'; '.join(wrong)}", "make build")
    else:
        yield ok("sextant", f"{version}, {len(base)} distributions as required")
    lacking = {}
    for extra in extras:
        own = [each for each in declared if each not in base and _is_of(each, extra)]
        found = list(_unmet(own))
        if found:
            lacking[extra] = found
    if lacking:
        says = "; ".join(f"{extra}: {', '.join(found)}" for extra, found in lacking.items())
        yield warn("parts", says, f"pip install 'sextant[{','.join(lacking)}]' for what this machine runs")
    else:
        yield ok("parts", f"complete: {', '.join(extras)}")
    if util.find_spec("sextant_native") is None:
        yield warn(
            "native", "market frames are read by pure Python, more slowly", "install cargo, make build"
        )
    else:
        yield ok("native", "market frames are read by the native module")


def disk(folder: Path) -> Finding:
    """Return whether there is room where data go, or where their folder would be made."""
    place = folder.absolute()
    while not place.exists():
        place = place.parent
    free_mb = shutil.disk_usage(place).free // 2**20
    says = f"{free_mb / 1024:.1f} GB free in {place}"
    if free_mb < _LEAST_MB:
        return fail(
            "disk", says, f"free at least {_LEAST_MB // 1024} GB, or set SEXTANT_STACK_ROOT elsewhere"
        )
    if free_mb < _ENOUGH_MB:
        return warn("disk", says, f"free {_ENOUGH_MB // 1024} GB: a local stack may take 4 GB")
    return ok("disk", says)


def ports(environment: Mapping[str, str]) -> Iterator[Finding]:
    """Yield whether ports can be had, and whether those that the environment fixes are free."""
    try:
        free_ports(_PORTS)
        yield ok("ports", f"{_PORTS} free ones can be had on 127.0.0.1")
    except OSError as error:
        yield fail("ports", f"no {_PORTS} free ports on 127.0.0.1: {error}", "end what holds them (ss -ltnp)")
    for variable in _FIXED:
        text = environment.get(variable, "")
        if not text.isdigit() or text == "0":
            continue
        try:
            require_free(int(text))
            yield ok(f"port {text}", f"free, for {variable}")
        except (StackError, OverflowError):
            yield warn(
                f"port {text}",
                f"{variable} asks for it, and it is taken",
                f"nothing, if it is the service's own; else find who has it: ss -ltnp 'sport = :{text}'",
            )


def _unmet(requirements: list[Requirement]) -> Iterator[str]:
    for requirement in requirements:
        try:
            version = metadata.version(requirement.name)
        except metadata.PackageNotFoundError:
            yield f"{requirement.name} is missing"
            continue
        if not requirement.specifier.contains(version, prereleases=True):
            yield f"{requirement.name} {version} is not {requirement.specifier}"


def _is_of(requirement: Requirement, extra: str) -> bool:
    return requirement.marker is not None and requirement.marker.evaluate({"extra": extra})
