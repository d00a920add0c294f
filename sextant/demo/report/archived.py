"""Whether the archive holds the log whole: its files and manifests against the ends of the topics and what the log still has."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

from sextant.bus.port import Bus, TopicPartition
from sextant.contracts.topics import TOPICS, Topic
from sextant.core.errors import InvalidValue
from sextant.demo.report.archived_files import Run, file_problems

_MANIFEST = "manifest.jsonl"


async def archive_problems(bus: Bus, folder: Path) -> list[str]:
    """Return what the archive lacks: holes, overlaps, missing beginnings and ends, files that are not what the manifest says."""
    found: list[str] = []
    archived = 0
    for topic in TOPICS.values():
        runs = read_manifest(folder / topic.name / _MANIFEST)
        archived += sum(len(each) for each in runs.values())
        for partition, end in sorted((await bus.end_offsets(topic.name)).items()):
            own = runs.get(partition.partition, [])
            found += [f"{topic.name}/{partition.partition}: {what}" for what in _inside(topic, own)]
            for run in own:
                found += file_problems(folder, run, may_skip=_forgets(topic))
            found += await _missing(bus, topic, partition, own, end)
    return found if archived else [*found, f"{folder}: nothing is archived"]


def read_manifest(path: Path) -> dict[int, list[Run]]:
    """Return the runs of each partition in the order of the manifest; a last line that a kill cut short is left out.

    Raises InvalidValue for any other line that is not a part.
    """
    runs: dict[int, list[Run]] = {}
    if not path.exists():
        return runs
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(keepends=True), start=1):
        if not line.endswith("\n"):
            break
        try:
            raw = json.loads(line)
            first, last, rows = int(raw["first"]), int(raw["last"]), int(raw["rows"])
            run = Run(int(raw["partition"]), first, last, rows, str(raw["file"]), str(raw.get("sha256", "")))
            runs.setdefault(run.partition, []).append(run)
        except (ValueError, KeyError, TypeError) as error:
            raise InvalidValue(f"{path}:{number}", line[:80], "a part of a manifest") from error
    return runs


def _inside(topic: Topic, runs: list[Run]) -> Iterator[str]:
    """Yield what is wrong between and inside runs; compaction may take rows, nothing else may."""
    for before, after in pairwise(runs):
        if after.first <= before.last:
            yield f"{after.file} begins at {after.first}, archived up to {before.last} before"
        elif after.first > before.last + 1 and not _forgets(topic):
            yield f"offsets {before.last + 1} to {after.first - 1} are in no file"
    for run in runs:
        if run.rows != run.last - run.first + 1 and not _forgets(topic):
            yield f"{run.file} holds {run.rows} rows for offsets {run.first} to {run.last}"


async def _missing(bus: Bus, topic: Topic, at: TopicPartition, runs: list[Run], end: int) -> list[str]:
    """Return records that the log still has and no run holds: before, between and after the runs."""
    if end == 0:
        return []
    holes = [(0, runs[0].first)] if runs else [(0, end)]
    if _forgets(topic):
        holes += [(one.last + 1, two.first) for one, two in pairwise(runs)]
    if runs:
        holes.append((runs[-1].last + 1, end))
    found = []
    for start, stop in holes:
        if start < stop and (left := await bus.read(at, start, stop)):
            found.append(
                f"{topic.name}/{at.partition}: offsets {left[0].offset} to {left[-1].offset} are in no file"
            )
    return found


def _forgets(topic: Topic) -> bool:
    """Whether the log itself lets records go in a run: by compaction, or because a stage drops its old snapshots."""
    return topic.is_compacted or topic.name.endswith(".state.v1")
