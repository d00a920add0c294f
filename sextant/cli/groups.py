"""`sextant lag` and `sextant workers`: how far consumer groups are, and who holds what."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby
from typing import Annotated, Any

import typer

from sextant.bus.kafka.log import KafkaLog
from sextant.bus.port import TopicPartition
from sextant.cli.broker import Kafka, bootstrap, security
from sextant.cli.group_reading import Group, Lag, Member, read_groups, read_lag
from sextant.cli.printing import Json, print_json, print_table
from sextant.cli.running import run
from sextant.core.errors import InvalidValue

_Group = Annotated[str | None, typer.Option("--group", help="Only this consumer group (a service's name).")]


def lag(
    kafka: Kafka = "",
    group: _Group = None,
    every: Annotated[
        bool, typer.Option("--all", help="Also partitions in which nothing was ever written.")
    ] = False,
    json: Json = False,
) -> None:
    """Show how far behind each consumer group is, partition by partition, and in all.

    Example: sextant lag --group risk
    """
    _, rows = run(_read(bootstrap(kafka), group))
    shown = [row for row in rows if every or row.end or row.committed]
    total = sum(row.lag for row in rows)
    if json:
        print_json({"partitions": [_lag_data(row) for row in shown], "lag": total})
        return
    columns = ("group", "topic", "partition", "committed", "end", "lag")
    cells = [
        [
            *(row.group, row.at.topic, str(row.at.partition)),
            *("never" if row.committed is None else str(row.committed), str(row.end), str(row.lag)),
        ]
        for row in shown
    ]
    print_table(columns, cells, numbers=columns[2:])
    typer.echo("")
    for name, members in groupby(rows, key=lambda row: row.group):
        typer.echo(f"{name}: {sum(row.lag for row in members)} behind")
    typer.echo(f"total lag: {total}")


def workers(kafka: Kafka = "", group: _Group = None, json: Json = False) -> None:
    """Show every consumer group with its members and the partitions that each holds.

    Example: sextant workers --json
    """
    groups = run(_groups(bootstrap(kafka), group))
    if json:
        print_json([_group_data(each) for each in groups])
        return
    rows = [
        [
            each.name,
            each.state,
            member.name,
            member.host,
            str(len(member.partitions)),
            held_text(member.partitions),
        ]
        for each in groups
        for member in each.members or (Member(each.name, "nobody", "", ()),)
    ]
    print_table(("group", "state", "member", "host", "held", "partitions"), rows, numbers=("held",))


def held_text(partitions: Iterable[TopicPartition]) -> str:
    """Return "topic 0-3,7; other 1": partitions by topic, runs drawn together."""
    texts = []
    for topic, ats in groupby(sorted(partitions), key=lambda at: at.topic):
        runs: list[list[int]] = []
        for at in ats:
            if runs and runs[-1][-1] == at.partition - 1:
                runs[-1].append(at.partition)
            else:
                runs.append([at.partition])
        texts.append(f"{topic} {','.join(_run(numbers) for numbers in runs)}")
    return "; ".join(texts)


def _run(numbers: list[int]) -> str:
    return str(numbers[0]) if len(numbers) == 1 else f"{numbers[0]}-{numbers[-1]}"


async def _groups(address: str, wanted: str | None) -> list[Group]:
    async with KafkaLog(address, security=security()) as log:
        return _chosen(await read_groups(log), wanted)


async def _read(address: str, wanted: str | None) -> tuple[list[Group], list[Lag]]:
    async with KafkaLog(address, security=security()) as log:
        groups = _chosen(await read_groups(log), wanted)
        return groups, await read_lag(log, groups)


def _chosen(groups: list[Group], wanted: str | None) -> list[Group]:
    found = [group for group in groups if wanted is None or group.name == wanted]
    if wanted is not None and not found:
        known = ", ".join(group.name for group in groups) or "none: no consumer has joined yet"
        raise InvalidValue("--group", wanted, f"a group that the broker knows ({known})")
    return found


def _lag_data(row: Lag) -> dict[str, Any]:
    return {
        "group": row.group,
        "topic": row.at.topic,
        "partition": row.at.partition,
        "committed": row.committed,
        "end": row.end,
        "lag": row.lag,
    }


def _group_data(group: Group) -> dict[str, Any]:
    return {
        "group": group.name,
        "state": group.state,
        "members": [
            {
                "member": member.name,
                "host": member.host,
                "partitions": [{"topic": at.topic, "partition": at.partition} for at in member.partitions],
            }
            for member in group.members
        ],
    }
