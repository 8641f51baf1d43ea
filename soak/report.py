"""The outcome as a table in Markdown, and its place in docs/reliability.md."""

from collections.abc import Iterator, Mapping

from soak import verdict
from soak.outcome import Outcome
from soak.plan import Action
from soak.stage import WORKERS

MARKS = ("<!-- soak -->", "<!-- /soak -->")
PAGE = f"""# How reliable

`make soak` runs `sigproxy serve` with {WORKERS} workers on loopback, a vendor's server behind it
and clients in front, all with TLS and in processes of their own. WebSockets send numbered messages
of 10 bytes to 64 KiB, which the vendor checks, writes down and sends back; beside them go requests
of all kinds, each answer checked against what was asked. Meanwhile workers are killed, the service
reloads, and the vendor resets connections. A failure that none of these explains, a message that
was acknowledged and did not arrive exactly once and in order, a descriptor that stays, or memory
that grows fails the run.

{MARKS[0]}
{MARKS[1]}
"""
MIB = 1024


def document(outcome: Outcome, facts: Mapping[str, str]) -> str:
    lines = [f"{', '.join(facts.values())}.", "", "| | |", "|---|--:|"]
    lines += [f"| {name} | {value} |" for name, value in _rows(outcome)]
    if wrongs := verdict.wrongs(outcome):
        lines += ["", f"**Failed**, for {len(wrongs)} reason(s)."]
    return "\n".join(lines)


def between_marks(page: str, text: str, marks: tuple[str, str] = MARKS) -> str:
    """Return *page* with *text* between its two marks; raise ValueError if they are not there."""
    before, mark, rest = page.partition(marks[0])
    _, end, after = rest.partition(marks[1])
    if not mark or not end:
        raise ValueError(f"no {marks[0]} and {marks[1]}")
    return f"{before}{marks[0]}\n{text}\n{marks[1]}{after}"


def _rows(outcome: Outcome) -> Iterator[tuple[str, str]]:
    plan, figures = outcome.plan, outcome.figures
    yield "duration", f"{plan.seconds / 60:g} min"
    yield "the machine's cores were busy for", f"{outcome.busy:.0%} of the time"
    yield "WebSockets held open", f"{plan.websockets:,}"
    yield "WebSockets opened, reconnections included", f"{figures['opened']:,}"
    yield from _messages(outcome)
    yield "requests answered as they must be", f"{sum(figures['requests'].values()):,}"
    yield from _faults(outcome)
    yield "failures that none of these explains", f"{len(outcome.unexplained):,}"
    yield from _holdings(outcome)


def _messages(outcome: Outcome) -> Iterator[tuple[str, str]]:
    sessions = outcome.load["sessions"].values()
    acknowledged = sum(each["acknowledged"] for each in sessions)
    received = sum(count for _, count in outcome.upstream["received"])
    sent = sum(each["sent"] for each in sessions)
    yield "messages acknowledged", f"{acknowledged:,}"
    yield "of these arrived not at all, twice, changed or out of order", f"{_mishaps(outcome):,}"
    yield "sent and not acknowledged before the connection ended", f"{sent - acknowledged:,}"
    yield "of these arrived all the same", f"{received - acknowledged:,}"
    figures = outcome.load["round_trip_ms"]
    shown = " / ".join(f"{value:.1f} ms" for value in figures.values())
    yield f"round trip of a message, p{' / p'.join(figures)}", shown


def _mishaps(outcome: Outcome) -> int:
    return len(outcome.upstream["faults"]) + len(verdict.disagreements(outcome))


def _faults(outcome: Outcome) -> Iterator[tuple[str, str]]:
    names = {
        Action.KILL: "workers killed",
        Action.RELOAD: "reloads (HUP)",
        Action.RESET: "upstream connections reset",
    }
    for action, name in names.items():
        faults = outcome.faults_of(action)
        count = sum(len(fault.names) for fault in faults) if action is Action.RESET else len(faults)
        websockets, requests = (outcome.explained[action, which] for which in (True, False))
        cost = f"{count:,}, which ended {websockets:,} WebSockets and {requests:,} requests"
        yield name, cost


def _holdings(outcome: Outcome) -> Iterator[tuple[str, str]]:
    before, after = outcome.before, outcome.after
    most = max((each.most_files for each in outcome.samples), default=0)
    yield (
        "a worker's descriptors: at first / at most / in the end",
        f"{before.most_files:,} / {most:,} / {after.most_files:,}",
    )
    levels = [f"{kib / MIB:,.0f} MiB" for kib in verdict.levels(outcome)]
    yield "the workers' memory on each plateau", ", ".join(levels) or "not measured"
    if (growth := verdict.growth(outcome)) is not None:
        name = f"the last plateau divided by the first (at most {verdict.MOST_GROWTH:g})"
        yield name, f"{growth:.2f}"
    yield (
        f"the workers' memory: at first / in the end (at most {verdict.MOST_LEFT:g} times as much)",
        f"{before.kib / MIB:,.0f} / {after.kib / MIB:,.0f} MiB",
    )
    yield (
        "the master's memory: at first / in the end",
        f"{before.master.kib / MIB:,.0f} / {after.master.kib / MIB:,.0f} MiB",
    )
