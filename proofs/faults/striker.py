"""Dealing the faults of a schedule to a run, and waiting after each wave until every service is ready again."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from proofs.faults import midstep
from proofs.faults.schedule import BROKER, TAKEOVER, Blow, Wave
from proofs.faults.takeover import Takeover
from proofs.faults.traffic import await_call
from sextant.core.errors import Fatal
from sextant.demo.plan import SERVICES
from sextant.demo.platform_run import Run

#: A service that is not ready this long after it was started again has not recovered, s.
_RECOVERY_S: Final = 60.0
_STEP_S: Final = 0.02
#: How long a wave waits for an order on its way: until then the platform has not recovered from the wave before, s.
_AIM_S: Final = 30.0
#: In a wave these fall last: the stage that is caught mid-step, which may take a second, and then what feeds it.
_LAST: Final = {midstep.STAGE: 1, "ingest": 2}
#: How long a stage is watched for the moment between acknowledgement and commit, s.
_CATCH_S: Final = 5.0


class NotRecovered(Fatal):
    """A service did not become ready again in time."""


@dataclass(slots=True)
class Struck:
    """A fault that was dealt. Times are seconds since the schedule began; `ready_s` negative: not ready yet."""

    target: str
    at_s: float
    pause_s: float
    ready_s: float = -1.0

    @property
    def recovery_s(self) -> float:
        return self.ready_s - self.at_s


class Striker:
    """Works through the waves of a schedule on one run."""

    def __init__(self, run: Run, progress: Callable[[str], None]) -> None:
        self._run, self._progress = run, progress
        self._begin = time.monotonic()
        self._is_outage = False
        self.struck: list[Struck] = []
        self.takeovers: list[Takeover] = []
        #: Waves that began with an order on its way.
        self.aimed = 0
        #: Kills that fell between the acknowledgement of outputs and their commit.
        self.mid_step = 0
        #: Services that gave up while the broker was away and were started again.
        self.gave_up: list[str] = []

    def strike(self, schedule: Sequence[Wave]) -> None:
        """Deal every wave. Raises NotRecovered, ChildFailed, StackError."""
        self._begin = time.monotonic()
        for number, wave in enumerate(schedule, start=1):
            self._trade(wave.quiet_s)
            takeover = Takeover(self._run)
            takeover.prepare()
            is_aimed = await_call(self._run.addresses.bootstrap, seconds=_AIM_S)
            self.aimed += is_aimed
            names = ", ".join(blow.target for blow in wave.blows)
            self._progress(
                f"{self._now():5.1f} s  wave {number} of {len(schedule)}{'' if is_aimed else ', no order in sight'}: {names}"
            )
            self._wave(wave, takeover)
            self._await_ready(set(SERVICES))

    def _wave(self, wave: Wave, takeover: Takeover) -> None:
        for blow in wave.blows:
            if blow.target == BROKER:
                return self._broker(blow)
            if blow.target == TAKEOVER:
                return self._takeover(blow, takeover)
        return self._services(wave.blows)

    def _services(self, blows: Sequence[Blow]) -> None:
        """Kill and start again by the clock, and watch who is back."""
        begin = self._now()
        to_kill = sorted(blows, key=lambda blow: (_LAST.get(blow.target, 0), blow.after_s))
        to_start: list[tuple[float, Struck]] = []
        waiting: list[Struck] = []
        while to_kill or to_start or waiting:
            now = self._now()
            while to_kill and begin + to_kill[0].after_s <= now:
                struck = self._kill(to_kill.pop(0))
                to_start.append((now + struck.pause_s, struck))
            for item in [item for item in to_start if item[0] <= now]:
                to_start.remove(item)
                self._run.start_service(item[1].target)
                waiting.append(item[1])
            if not to_kill:  # asking takes time
                waiting = [struck for struck in waiting if not self._is_back(struck)]
            self._turn()

    def _kill(self, blow: Blow) -> Struck:
        self._run.children.sample()
        if blow.target == midstep.STAGE:
            self._catch_mid_step()
        struck = Struck(blow.target, self._now(), blow.pause_s)
        self._run.children.kill(blow.target)
        self.struck.append(struck)
        return struck

    def _catch_mid_step(self) -> None:
        """Leave the stage held between acknowledgement and commit, where a kill makes it say the same again."""
        children = self._run.children
        self.mid_step += midstep.hold_mid_step(
            self._run.addresses.bootstrap,
            lambda: children.pause(midstep.STAGE),
            lambda: children.resume(midstep.STAGE),
            seconds=_CATCH_S,
        )

    def _broker(self, blow: Blow) -> None:
        self._trade(blow.after_s)
        struck = Struck(BROKER, self._now(), blow.pause_s)
        self.struck.append(struck)
        self._is_outage = True
        self._run.stack.kill_broker(1)
        self._trade(blow.pause_s)
        self._run.stack.restart_broker(1)
        self._await_ready(set(SERVICES))
        self._is_outage = False
        struck.ready_s = self._now()

    def _revive(self) -> None:
        """Start again what gave up while the broker was away for longer than its outputs may wait, as a supervisor would."""
        gone = [name for name in SERVICES if not self._run.children.by_name[name].is_alive]
        for name in gone:
            self._progress(f"{self._now():5.1f} s  {name} had given up without a broker")
            self._run.start_service(name)
        self.gave_up += gone

    def _takeover(self, blow: Blow, takeover: Takeover) -> None:
        # At once, whatever the schedule says: the order that was just journalled has no reply yet, and will be written of on waking.
        takeover.hold()
        struck = Struck(TAKEOVER, self._now(), blow.pause_s)
        self.struck.append(struck)
        self._trade(blow.pause_s)
        takeover.replace()
        self._until("execution-1 to take over", takeover.has_taken_over, about=takeover.instances)
        struck.ready_s = self._now()
        takeover.release()
        self._until("the old execution to find out", takeover.has_noticed, about=takeover.instances)
        takeover.end()
        self._until(
            "the first instance to own its portfolios again",
            takeover.is_handed_back,
            about=takeover.instances,
        )
        self.takeovers.append(takeover)

    def _trade(self, seconds: float) -> None:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self._turn()

    def _await_ready(self, names: set[str]) -> None:
        waiting = set(names)

        def all_ready() -> bool:
            waiting.difference_update([name for name in waiting if self._is_ready(name)])
            return not waiting

        self._until("services to be ready again", all_ready, about=lambda: sorted(waiting))

    def _until(
        self, what: str, is_done: Callable[[], bool], *, about: Callable[[], Sequence[str]] = lambda: ()
    ) -> None:
        deadline = time.monotonic() + _RECOVERY_S
        while not is_done():
            if time.monotonic() > deadline:
                raise NotRecovered(f"waited {_RECOVERY_S:.0f} s for {what}\n{self._details(about())}")
            self._turn()

    def _is_back(self, struck: Struck) -> bool:
        if self._is_ready(struck.target):
            struck.ready_s = self._now()
        elif self._now() - struck.at_s - struck.pause_s > _RECOVERY_S:
            raise NotRecovered(
                f"{struck.target}: not ready {_RECOVERY_S:.0f} s after it was started again\n{self._details([struck.target])}"
            )
        return struck.ready_s >= 0

    def _is_ready(self, name: str) -> bool:
        return self._run.health(name)[0] == 200

    def _details(self, names: Sequence[str]) -> str:
        children = self._run.children.by_name
        return "\n".join(
            f"{name}: {json.dumps(self._run.health(name)[1])}\n{children[name].log}\n{children[name].tail(8)}"
            for name in names
        )

    def _turn(self) -> None:
        if self._is_outage:
            self._revive()
        else:
            self._run.children.check()
        time.sleep(_STEP_S)

    def _now(self) -> float:
        return time.monotonic() - self._begin
