"""Whether a soak went well: one line for everything that must not be."""

from collections.abc import Iterator

from soak.account import Sent, reconcile
from soak.outcome import Outcome
from soak.plan import Action
from soak.samples import ALL, plateaus
from soak.stage import WORKERS

SPARE_FILES = 2  # of a worker; the connection to the name server comes and goes
# Between two plateaus. On one, 2,000 WebSockets took two workers 1,180 to 1,270 MiB: more while
# resets leave holes in the heap, less after a trim (`sigproxy.service`), which comes once a minute.
MOST_GROWTH = 1.25
# When all clients have gone, by what it was before the first: 1.47 after 2,000 WebSockets. What
# is loaded with the first exchange stays, and so do buffers that Python keeps.
MOST_LEFT = 2.0


def wrongs(outcome: Outcome) -> list[str]:
    return [*_of_clients(outcome), *_of_service(outcome)]


def _of_clients(outcome: Outcome) -> Iterator[str]:
    yield from outcome.unexplained
    if outcome.late:
        yield f"{outcome.late} clients could not be closed in the end"
    if not outcome.figures["acknowledged"] or not outcome.figures["requests"]:
        yield "no messages or no requests went through"
    most, wanted = outcome.most_open, outcome.plan.websockets
    if most < ALL * wanted:
        yield f"no more than {most} of {wanted} WebSockets were open at a time"
    yield from outcome.upstream["faults"]
    yield from disagreements(outcome)


def disagreements(outcome: Outcome) -> list[str]:
    """Return what does not agree between what was sent and what the upstream received."""
    sessions = {
        name: Sent(values["sent"], values["acknowledged"])
        for name, values in outcome.load["sessions"].items()
    }
    return reconcile(sessions, outcome.upstream["received"])


def _of_service(outcome: Outcome) -> Iterator[str]:
    before, after = outcome.before, outcome.after
    if not has_files_of_before(outcome):
        files = [worker.files for worker in after.workers]
        yield f"workers have {files} descriptors open in the end, {before.most_files} at first"
    if after.master.files > before.master.files + SPARE_FILES:
        files_then = f"{before.master.files} at first"
        yield f"the master has {after.master.files} descriptors open in the end, {files_then}"
    if outcome.upstream["open"]:
        yield f"{outcome.upstream['open']} connections to the upstream are still open in the end"
    if (found := growth(outcome)) is not None and found > MOST_GROWTH:
        yield f"memory under full load has grown to {found:.2f} of what it was at first"
    if left(outcome) > MOST_LEFT:
        yield f"when all clients had gone, memory was {left(outcome):.2f} of what it was at first"
    if outcome.exit_code != 0:
        yield f"the service's exit code is {outcome.exit_code}, not 0"
    if "Traceback" in outcome.said:
        yield "the service's error log has a traceback:\n" + outcome.said[-4000:]
    if outcome.logged_faults:
        yield f"{outcome.logged_faults} exchanges failed by a fault of the gateway (internal_error)"


def is_settled(outcome: Outcome) -> bool:
    """Return whether the workers hold no more than when no client had come yet."""
    return has_files_of_before(outcome) and left(outcome) <= MOST_LEFT


def has_files_of_before(outcome: Outcome) -> bool:
    before, after = outcome.before, outcome.after
    is_whole = len(after.workers) == WORKERS
    return is_whole and after.most_files <= before.most_files + SPARE_FILES


def left(outcome: Outcome) -> float:
    """Return the workers' memory in the end by that at first."""
    return outcome.after.kib / outcome.before.kib


def levels(outcome: Outcome) -> list[int]:
    """Return the workers' memory on each plateau, in KiB."""
    begun_s = outcome.begun_s
    shocks = [
        fault.begun_s - begun_s
        for fault in outcome.faults
        if fault.action in (Action.KILL, Action.RELOAD)
    ]
    return plateaus(outcome.samples, shocks, outcome.plan.websockets, WORKERS)


def growth(outcome: Outcome) -> float | None:
    """Return memory on the last plateau by that on the first; None if there are no two."""
    found = levels(outcome)
    return found[-1] / found[0] if len(found) > 1 else None
