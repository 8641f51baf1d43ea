"""One soak: clients come, faults strike, clients go, and the accounts are compared."""

import asyncio
import os
import random
import signal
import sys
import tempfile
import time
from contextlib import AsyncExitStack
from pathlib import Path
from time import monotonic
from typing import Any

from soak import samples, verdict
from soak.account import Failure, Fault, Kind, explanation
from soak.child import Ended
from soak.outcome import Outcome
from soak.plan import Action, Plan, schedule
from soak.samples import Cores, Sample
from soak.stage import DRAIN_S, Stage, built

TICK_S = 0.5
SAMPLE_S = 5.0
SAY_S = 10.0
RESET_SHARE = 0.02
# For pooled connections to expire, and for the memory that a worker gives back once a minute.
SETTLE_S = 75.0
STOP_S = 20.0
MOST_SHOWN = 50


async def soaked(plan: Plan, directory: Path | None = None) -> Outcome:
    """Run a whole soak; whatever happens, its processes end, and its files go.

    A *directory* that is given keeps them: configuration, logs, and keys that nobody trusts.
    """
    async with AsyncExitStack() as stack:
        if directory is None:
            temporary = tempfile.TemporaryDirectory(prefix="sigproxy-soak-")
            directory = Path(stack.enter_context(temporary))
        stage = await stack.enter_async_context(built(plan, directory))
        return await Conductor(plan, stage).run()


class Conductor:
    def __init__(self, plan: Plan, stage: Stage) -> None:
        self._plan = plan
        self._stage = stage
        self._service = stage.service
        self._outcome = Outcome(plan, monotonic())
        self._figures: dict[str, Any] = {}

    async def run(self) -> Outcome:
        outcome = self._outcome
        outcome.before, cores = self._sample(), Cores.now()
        say("clients come")
        await self._stage.load.ask("begin")
        await self._play()
        outcome.busy = Cores.now().busy_since(cores)
        say("clients go")
        outcome.late = await self._stage.load.ask("leave")
        await self._check()
        outcome.load = await self._stage.load.ask("report")
        outcome.figures = self._figures
        await self._settle()
        outcome.upstream = await self._stage.upstream.ask("report")
        outcome.exit_code = await self._stop()
        outcome.said = self._service.said
        outcome.logged_faults = faults_in(self._stage.access_log)
        return outcome

    async def _play(self) -> None:
        """Strike when it is time, and look at what happens."""
        due = schedule(self._plan)
        next_sample_s = next_word_s = 0.0
        while (now_s := self._now_s) < self._plan.seconds:
            self._check_service()
            while due and due[0][0] <= now_s:
                await self._strike(due.pop(0)[1])
            await self._check()
            if now_s >= next_sample_s:
                next_sample_s += SAMPLE_S
                self._outcome.samples.append(self._sample())
            if now_s >= next_word_s:
                next_word_s += SAY_S
                self._say_figures()
            await asyncio.sleep(TICK_S)

    @property
    def _now_s(self) -> float:
        return monotonic() - self._outcome.begun_s

    def _check_service(self) -> None:
        if not Path(f"/proc/{self._service.pid}").exists():
            raise Ended(f"the service has ended:\n{self._service.said[-4000:]}")

    async def _strike(self, action: Action) -> None:
        begun_s, detail, names = monotonic(), "", frozenset[str]()
        match action:
            case Action.KILL:
                pid = random.choice(self._service.workers())
                os.kill(pid, signal.SIGKILL)
                detail = f"worker {pid}"
            case Action.RELOAD:
                self._service.signal(signal.SIGHUP)
            case Action.RESET:
                names = frozenset(await self._stage.upstream.ask("reset", RESET_SHARE))
                detail = f"{len(names)} connections"
        self._outcome.faults.append(Fault(action, begun_s, monotonic(), detail, names))
        say(f"{self._now_s:4.0f} s: {action} {detail}".rstrip())

    async def _check(self) -> None:
        """Take the clients' figures, and tell apart their failures."""
        self._figures = await self._stage.load.ask("figures")
        self._outcome.most_open = max(self._outcome.most_open, self._figures["open"])
        for values in self._figures.pop("failures"):
            failure = Failure(**{**values, "kind": Kind(values["kind"])})
            fault = explanation(failure, self._outcome.faults, DRAIN_S)
            if fault is not None:
                self._outcome.explained[fault.action, failure.is_websocket] += 1
                continue
            line = self._describe(failure)
            self._outcome.unexplained.append(line)
            if len(self._outcome.unexplained) <= MOST_SHOWN:
                say(f"UNEXPLAINED {line}")

    def _describe(self, failure: Failure) -> str:
        at, begun, connected = (
            f"{when - self._outcome.begun_s:.2f} s"
            for when in (failure.at_s, failure.begun_s, failure.connected_s)
        )
        return (
            f"{failure.what} {failure.name}: {failure.kind} at {at} (begun at {begun}, connected "
            f"at {connected}): {failure.detail}"
        )

    def _sample(self) -> Sample:
        service = self._service
        is_open = self._figures.get("open", 0)
        return samples.sample(self._now_s, is_open, service.pid, service.workers())

    def _say_figures(self) -> None:
        figures, outcome = self._figures, self._outcome
        latest, requests = outcome.samples[-1], sum(figures["requests"].values())
        say(
            f"{self._now_s:4.0f} s: {figures['open']:,} WebSockets open, "
            f"{figures['acknowledged']:,} messages, {requests:,} requests, "
            f"{sum(outcome.explained.values()):,} explained failures, "
            f"{len(outcome.unexplained):,} unexplained; {len(latest.workers)} workers, "
            f"{latest.kib / 1024:,.0f} MiB, {latest.files:,} descriptors"
        )

    async def _settle(self) -> None:
        """Wait until the workers hold no more than before, or for as long as that may take."""
        give_up_s = self._now_s + SETTLE_S
        while True:
            self._outcome.after = self._sample()
            is_left = await self._stage.upstream.ask("open")
            is_settled = not is_left and verdict.is_settled(self._outcome)
            if is_settled or self._now_s > give_up_s:
                return
            await asyncio.sleep(1.0)

    async def _stop(self) -> int | None:
        self._service.signal(signal.SIGTERM)
        try:
            return await self._service.ended(STOP_S)
        except AssertionError:
            return None


def faults_in(log: Path) -> int:
    """Return how many lines of the access log tell of a fault of the gateway's own."""
    with log.open(errors="replace") as lines:
        return sum(" error=internal_error" in line for line in lines)


def say(text: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} {text}", file=sys.stderr, flush=True)
