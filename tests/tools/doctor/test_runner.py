"""Checks run beside one another, end in time, and do not take one another down."""

import asyncio
from collections.abc import Awaitable, Callable

from sigproxy.tools.doctor.finding import Finding, Tell, well
from sigproxy.tools.doctor.runner import Check, run_all
from tests.lab.lab import tasks
from tests.tools.doctor.told import only

Run = Callable[[Tell], Awaitable[None]]


def telling(name: str) -> Check:
    async def run(tell: Tell) -> None:
        tell(well(name, "it is well"))

    return Check(name, run)


async def forever(tell: Tell) -> None:
    await asyncio.Event().wait()


async def broken(tell: Tell) -> None:
    raise LookupError("no such thing")


async def test_findings_come_as_they_are_found() -> None:
    met = asyncio.Event()
    found: list[Finding] = []

    async def first(tell: Tell) -> None:
        await met.wait()  # for the other, so both are under way
        tell(well("first", "second to come"))

    async def second(tell: Tell) -> None:
        tell(well("second", "first to come"))
        met.set()

    seen: list[tuple[int, tuple[str, ...]]] = []
    checks = [Check("first", first), Check("second", second)]
    await run_all(checks, found.append, lambda *each: seen.append(each))
    assert [each.name for each in found] == ["second", "first"]
    assert seen[0] == (0, ("first", "second"))
    assert seen[-1] == (2, ())


async def test_who_does_not_end_in_time_is_named_and_ended() -> None:
    found: list[Finding] = []
    checks = [telling("quick"), Check("slow", forever)]
    await run_all(checks, found.append, lambda *_: None, within_s=0.05)
    said = [(each.name, each.token) for each in found]
    assert said == [("quick", "ok"), ("slow", "check_timeout")]
    assert tasks() == set()


async def test_a_fault_of_ours_hides_nothing_else() -> None:
    found: list[Finding] = []
    await run_all([Check("broken", broken), telling("well")], found.append, lambda *_: None)
    assert {each.name: each.token for each in found} == {"broken": "doctor_error", "well": "ok"}
    assert "LookupError: no such thing" in only(found, "broken").what


async def test_who_is_interrupted_leaves_nothing_behind() -> None:
    run = asyncio.create_task(run_all([Check("slow", forever)], print, lambda *_: None))
    await asyncio.sleep(0)
    run.cancel()
    await asyncio.wait([run])
    assert run.cancelled()
    assert tasks() == set()
