"""Hop processes: started, asked for their CPU time, ended by their own ids."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Self

from benchmarks.chain.bare import Template
from benchmarks.chain.topics import Hop

_ANSWER_S = 30.0
_END_S = 15.0
_ROOT = Path(__file__).resolve().parents[2]


class Chain:
    """The processes of one side. Use as an asynchronous context manager: they end with it."""

    def __init__(
        self,
        kind: str,
        bootstrap: str,
        hops: Sequence[Hop],
        folder: Path,
        templates: Mapping[str, Mapping[int, Template]] | None = None,
    ) -> None:
        self._kind, self._bootstrap, self._hops, self._folder = kind, bootstrap, hops, folder
        self._templates = templates or {}
        self._processes: list[Process] = []

    async def __aenter__(self) -> Self:
        for hop in self._hops:
            self._processes.append(await self._start(hop))
        # The first answer comes by itself: before it a signal would end the process.
        await asyncio.gather(*(self._answer(process) for process in self._processes))
        return self

    async def __aexit__(self, *_: object) -> None:
        running = [process for process in self._processes if process.returncode is None]
        for process in running:
            process.send_signal(signal.SIGTERM)
        await asyncio.gather(*(self._end(process) for process in running))

    async def cpu_s(self) -> float:
        """Return the CPU time that all processes have used so far. Raises RuntimeError where one has ended."""
        answers = await asyncio.gather(*(self._ask(process) for process in self._processes))
        return sum(answers) / 1e9

    async def _start(self, hop: Hop) -> Process:
        arguments = [self._kind, "--bootstrap", self._bootstrap, "--hop", hop.stage, hop.source, hop.target]
        held = self._templates.get(hop.target)
        if held is not None:
            path = self._folder / f"{hop.target}.json"
            path.write_text(json.dumps([template.encode(size) for size, template in held.items()]))
            arguments += ["--templates", str(path)]
        log = self._folder / f"{self._kind}-{hop.stage}.log"
        with log.open("wb") as errors:
            return await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "benchmarks.chain.process",
                *arguments,
                stdout=PIPE,
                stderr=errors,
                cwd=_ROOT,
            )

    async def _ask(self, process: Process) -> int:
        if process.returncode is None:
            process.send_signal(signal.SIGUSR1)
        return await self._answer(process)

    async def _answer(self, process: Process) -> int:
        assert process.stdout is not None, "it is a pipe"
        line = await asyncio.wait_for(process.stdout.readline(), _ANSWER_S)
        if not line:
            raise RuntimeError(f"a {self._kind} hop ended: {self._errors()}")
        return int(line)

    def _errors(self) -> str:
        logs = sorted(self._folder.glob(f"{self._kind}-*.log"))
        return "; ".join(log.read_text(errors="replace")[-2_000:] for log in logs)

    @staticmethod
    async def _end(process: Process) -> None:
        try:
            await asyncio.wait_for(process.wait(), _END_S)
        except TimeoutError:
            process.kill()
            await process.wait()
