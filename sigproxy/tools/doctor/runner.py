"""Runs all checks beside one another, and ends those that do not end in time."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass

from sigproxy.tools.doctor.finding import Finding, OutputFault, Tell, failure

# Under the 15 s for which people wait, with the start of a slow machine. Every probe has a shorter
# limit, which says more.
IN_ALL_S = 12.5

Progress = Callable[[int, tuple[str, ...]], None]  # how many have ended; the names of the others


@dataclass(frozen=True, slots=True)
class Check:
    """*run* tells each finding when it comes up; *name* is shown while it runs."""

    name: str
    run: Callable[[Tell], Awaitable[None]]


async def run_all(
    checks: Iterable[Check], tell: Tell, progress: Progress, within_s: float = IN_ALL_S
) -> None:
    """Run *checks*; return when all have ended, after *within_s* at the latest.

    Raises OutputFault as soon as there is nobody to tell.
    """
    loop = asyncio.get_running_loop()
    running = {loop.create_task(_guarded(check, tell)): check for check in checks}
    count, deadline_s = len(running), loop.time() + within_s
    try:
        while running:
            progress(count - len(running), tuple(check.name for check in running.values()))
            done, _ = await asyncio.wait(
                running,
                timeout=max(0.0, deadline_s - loop.time()),
                return_when=asyncio.FIRST_COMPLETED,
            )
            if not done:
                break
            for task in done:
                del running[task]
                task.result()  # raises what nobody can be told: OutputFault
        for check in running.values():
            tell(_late(check, within_s))
    finally:
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
        progress(count, ())


def _late(check: Check, within_s: float) -> Finding:
    return failure(
        check.name,
        "check_timeout",
        f"it had not ended after {within_s:.1f} s",
        "mend what else is reported, then try again",
    )


async def _guarded(check: Check, tell: Tell) -> None:
    """Run one check; a fault of ours in it must not hide what the others find."""
    try:
        await check.run(tell)
    except OutputFault:
        raise
    except Exception as error:
        what = f"the check itself failed: {type(error).__name__}: {error}"
        tell(failure(check.name, "doctor_error", what, "please report it"))
