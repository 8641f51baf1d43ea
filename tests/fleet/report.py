"""What was seen, as tables in Markdown."""

import platform
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from statistics import median

from benchmarks.machine import machine
from benchmarks.processes import first_line
from sigproxy import __version__
from soak.account import Kind
from tests.fleet.account import Happened, absences
from tests.fleet.balancers import HAPROXY, VRRP
from tests.fleet.growth import Cost, ratios
from tests.fleet.limits import Limits
from tests.fleet.story import Seen
from tests.fleet.verdict import mishaps, of_event
from tests.media.live import coturn

EVENT = "| {} | {} | {} | {} | {} |"


def versions() -> str:
    programs = (
        f"sigproxy {__version__}",
        f"CPython {platform.python_version()}",
        " ".join(first_line(HAPROXY or "haproxy", "-v").split()[:3:2]),
        first_line(VRRP or "keepalived", "--version").partition("(")[0].strip(),
        "Redis " + first_line("redis-server", "--version").split()[2].partition("=")[2],
        f"coturn {first_line(coturn.PROGRAM, '--version')}",
        f"{machine()}; {datetime.now(UTC).date()}",
    )
    return ", ".join(programs) + "."


def story(seen: Seen) -> str:
    pace = seen.pace
    acknowledged = sum(each["acknowledged"] for each in seen.load["sessions"].values())
    received = sum(count for _, count in seen.upstream["received"])
    flows = seen.load["flows"]
    head = (
        f"{pace.websockets} WebSockets, {pace.messages_per_s:g} messages and "
        f"{pace.requests_per_s:g} requests a second, {pace.flows} TURN flows over TLS, for "
        f"{seen.lasted_s:.0f} s:"
    )
    lines = [
        *(head, "", EVENT.format("", "WebSockets told 1012", "cut", "requests", "TURN flows cut")),
        "|---|---|---|---|---|",
        *(EVENT.format(*_event(seen, at)) for at in range(len(seen.happened))),
        "",
        f"Messages acknowledged: {acknowledged:,}; of these lost, doubled or out of order: "
        f"{len(mishaps(seen)):,}. "
        "Not acknowledged before their connection ended, and there all the same: "
        f"{received - acknowledged:,}. Round trip of a message, p50 / p99: "
        + " / ".join(f"{each:.1f} ms" for each in seen.load["round_trip_ms"].values())
        + f". TURN packets: {sum(each['sent'] for each in flows):,} sent, "
        f"{sum(each['returned'] for each in flows):,} came back. "
        f"The address was at the other balancer after {seen.taken_over_s:.1f} s.",
    ]
    if seen.let_go_s:
        lines[-1] += (
            " HAProxy had ended all connections to the machine without power after "
            f"{seen.let_go_s:.1f} s."
        )
    return "\n".join(lines)


def _event(seen: Seen, at: int) -> Iterator[str]:
    happened = seen.happened[at]
    following = [each.begun_s for each in seen.happened[at + 1 :]] or [float("inf")]
    end_s = following[0]
    gone = [
        each for each in absences(seen.load["sessions"]) if happened.begun_s <= each.gone_s < end_s
    ]
    cuts = [cut for flow in seen.load["flows"] for cut in flow["cuts"]]
    flows = [back - cut for cut, back in cuts if happened.begun_s <= cut < end_s]
    yield str(happened.event)
    yield _back([each.lasted_s for each in gone if each.kind == Kind.GOODBYE])
    yield _back([each.lasted_s for each in gone if each.kind != Kind.GOODBYE])
    yield _requests(seen, happened)
    yield _back(flows)


def _back(lasted_s: Sequence[float]) -> str:
    if not lasted_s:
        return "none"
    middle, most = median(lasted_s), max(lasted_s)
    return f"{len(lasted_s)}, back after {middle:.2f} s (median), {most:.2f} s (the last)"


def _requests(seen: Seen, happened: Happened) -> str:
    failed = [each for each in of_event(seen, happened) if not each.is_websocket]
    cut = sum(each.kind is not Kind.STALE for each in failed)
    stale = len(failed) - cut
    answered = f"{seen.answered[happened.event]:,} answered, {cut} lost"
    return answered + (f", {stale} to be sent again" if stale else "")


def limits(found: Limits) -> str:
    lines = [
        "| limit | set | seen |",
        "|---|--:|--:|",
        f"| requests a minute, Redis, three gateways | {found.rate:,} | {found.passed:,} |",
        f"| connections at a time, HAProxy | {found.connections:,} | {found.kept:,} |",
    ]
    return "\n".join(lines)


def growth(costs: Sequence[Cost]) -> str:
    lines = [
        "| gateways | units of work | gateways' CPU per unit | by that of one "
        "| HAProxy's CPU per unit | cores busy |",
        "|--:|--:|--:|--:|--:|--:|",
    ]
    for nodes in sorted({each.nodes for each in costs}):
        own = [each for each in costs if each.nodes == nodes]
        by = ratios(costs, nodes)
        lines.append(
            f"| {nodes} | {sum(each.units for each in own) // len(own):,} "
            f"| {median(each.gateways_us for each in own):.0f} µs "
            f"| {median(by):.2f} ({min(by):.2f}–{max(by):.2f}) "
            f"| {median(each.balancer_us for each in own):.0f} µs "
            f"| {median(each.busy for each in own):.0%} |"
        )
    return "\n".join(lines)


def memory(seen: Seen) -> str:
    per = seen.balancer_kib / seen.connections
    return (
        f"HAProxy's memory for {seen.connections:,} connections: "
        f"{seen.balancer_kib / 1024:.0f} MiB ({per:.0f} KiB each); the gateways' for the same: "
        f"{seen.gateways_kib / 1024:.0f} MiB."
    )
