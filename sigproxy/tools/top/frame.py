"""One frame of `sigproxy top`: lines of text, what is wrong first."""

import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

import click

from sigproxy.telemetry.status.document import Problem, Quantiles, Row, Status, VendorRow
from sigproxy.tools.top.cleaning import cleaned
from sigproxy.tools.top.numbers import age, chart, duration, rate, size

COLOURS = {"fault": "red", "warning": "yellow", "notice": "blue", "well": "green"}
MARKS = {"fault": "✕", "warning": "!", "notice": "✓", "well": "✓"}
INDENT = " " * 9
MOST_ROWS = 12  # of a table
SLOWEST = 5
NOW, MORE = 26, 18  # columns of what is now
STEP = 14  # columns of two durations
TOKEN = 27  # columns of the longest error token
LEAST = 8  # blocks: fewer show nothing


@dataclass(frozen=True, slots=True)
class Widths:
    """Of the whole line, of a name in a table, and of a chart with *before* in front of it."""

    line: int

    @property
    def name(self) -> int:
        return 34 if self.line >= 120 else 20

    def chart(self, before: int) -> int:
        """Return how many blocks there is room for, at most one for each of sixty values."""
        room = min(60, self.line - before - 2)
        return room if room >= LEAST else 0


def frame(status: Status, width: int, height: int | None = None) -> list[str]:
    """Return the lines, with colours; at most *height*, None: all of them."""
    status, widths = cleaned(status), Widths(width)
    lines = [
        *_head(status),
        *_problems(status, width),
        "",
        *_now(status, widths),
        *_errors(status, widths),
        *_table("VENDORS", [each.traffic for each in status.vendors], widths),
        *_slowest(status, widths),
        *_table("ROUTES", status.routes, widths),
        *_clients(status, widths),
        *_gateway(status),
    ]
    cut = [_cut(line, width) for line in lines]
    if height is None or len(cut) <= height:
        return cut
    left = len(cut) - height + 1
    return [*cut[: height - 1], click.style(f"... {left} more lines: --once prints all", dim=True)]


def _head(status: Status) -> Iterator[str]:
    certificate, about = status.certificate, status.about
    name = certificate.names[0] if certificate and certificate.names else ""
    up = "" if about.started_at is None else f"up {age(_between(about.started_at, status.at))}"
    parts = (name, f"{status.at[:10]} {status.at[11:19]} UTC", about.version, up)
    yield click.style("sigproxy", bold=True) + "  " + "  ".join(each for each in parts if each)
    colour = COLOURS[status.verdict]
    yield click.style(f"{MARKS[status.verdict]} {status.headline}", fg=colour, bold=True)


def _problems(status: Status, width: int) -> Iterator[str]:
    for each in status.problems:
        word = click.style(f"{each.gravity.upper():<8} ", fg=COLOURS.get(each.gravity), bold=True)
        first, *more = _wrapped(each.what, width) or [""]
        yield word + click.style(first, bold=True)
        yield from (INDENT + click.style(line, bold=True) for line in more)
        yield from (INDENT + line for line in _wrapped(each.how, width))
        for line in _wrapped(_facts(each), width):
            yield INDENT + click.style(line, dim=True)


def _facts(problem: Problem) -> str:
    hour = f"{problem.last_hour} in the last hour" if problem.last_hour else ""
    return "; ".join(each for each in (problem.token, hour, problem.detail) if each)


def _now(status: Status, widths: Widths) -> Iterator[str]:
    now, history = status.now, status.history
    turn = size(now.turn_received_bytes_per_s + now.turn_sent_bytes_per_s)
    blocks = widths.chart(NOW + MORE)
    for name, number, more, values in (
        ("requests", f"{rate(now.requests_per_s)}/s", f"{now.in_flight} open", history.requests),
        ("WebSockets", str(now.websockets), f"{now.connections} connections", history.websockets),
        ("to clients", f"{size(now.sent_bytes_per_s)}/s", "", history.sent_bytes),
        ("from clients", f"{size(now.received_bytes_per_s)}/s", "", history.received_bytes),
        ("TURN", f"{now.turn_clients} clients", f"{turn}/s", history.turn_bytes),
    ):
        yield f"{f'{name:<13}{number:>12}':<{NOW}} {chart(values, blocks)} {more}".rstrip()


def _errors(status: Status, widths: Widths) -> Iterator[str]:
    if not status.errors:
        return
    name = max(TOKEN, widths.name)
    blocks = min(30, widths.chart(name + 40))
    head = f"{'ERRORS':<{name}} {'minute':>7} {'hour':>7}"
    yield from _title(f"{head}  {'by minute' if blocks else '':<{blocks}}  where")
    for row in status.errors[:MOST_ROWS]:
        places = ", ".join(each.place or "the gateway" for each in row.places)
        numbers = f"{row.last_minute:>7} {row.last_hour:>7}"
        numbers = _red(numbers, row.last_minute and row.gravity == "fault")
        bars = chart(row.by_minute, blocks)
        yield f"{row.token:<{name}} {numbers}  {bars}  {places}"


def _table(title: str, rows: Sequence[Row], widths: Widths) -> Iterator[str]:
    if not rows:
        return
    head = (
        f"{title:<{widths.name}} {'req/s':>7} {'WS':>6} {'in/s':>8} {'out/s':>8} "
        f"{'errors m/h':>11} {'5xx m/h':>9}"
    )
    blocks = min(30, widths.chart(len(head)))
    yield from _title(f"{head}  {'last hour' if blocks else ''}")
    for row in rows[:MOST_ROWS]:
        errors = f"{row.errors_last_minute}/{row.errors_last_hour}"
        vendors = f"{row.vendor_errors_last_minute}/{row.vendor_errors_last_hour}"
        yield (
            f"{_name(row.name or '(no route)', widths)} {rate(row.requests_per_s):>7} "
            f"{row.open:>6} "
            f"{size(row.received_bytes_per_s):>8} {size(row.sent_bytes_per_s):>8} "
            f"{_red(f'{errors:>11}', row.errors_last_minute)} "
            f"{_red(f'{vendors:>9}', row.vendor_errors_last_minute)}  "
            f"{chart(row.requests_by_minute, blocks)}"
        ).rstrip()
    if len(rows) > MOST_ROWS:
        yield click.style(f"{len(rows) - MOST_ROWS} more: --json has all", dim=True)


def _slowest(status: Status, widths: Widths) -> Iterator[str]:
    timed = [each for each in status.vendors if each.first_byte.count or each.tcp.count]
    if not timed:
        return
    heads = " ".join(f"{each:>{STEP}}" for each in ("DNS", "TCP", "TLS", "first byte"))
    yield from _title(f"{'SLOWEST, 50/95 %':<{widths.name}} {heads}")
    for vendor in sorted(timed, key=_slowness, reverse=True)[:SLOWEST]:
        steps = (vendor.dns, vendor.tcp, vendor.tls, vendor.first_byte)
        times = " ".join(f"{_both(step):>{STEP}}" for step in steps)
        yield f"{_name(vendor.traffic.name, widths)} {times}"


def _slowness(vendor: VendorRow) -> float:
    return vendor.first_byte.p95_s or vendor.tcp.p95_s or 0.0


def _both(step: Quantiles) -> str:
    if not step.count or step.p50_s is None or step.p95_s is None:
        return "-"
    (half, unit), (most, other) = duration(step.p50_s).split(), duration(step.p95_s).split()
    return f"{half}/{most} {other}" if unit == other else f"{half} {unit}/{most} {other}"


def _clients(status: Status, widths: Widths) -> Iterator[str]:
    if not status.clients:
        return
    yield from _title(
        f"{'NEAR THEIR LIMITS':<{widths.name}} {'has':>13} {'refused m/h':>12}  limit"
    )
    for row in status.clients[:MOST_ROWS]:
        has = "-" if row.held is None else f"{row.held} of {row.limit}"
        refused = f"{row.refused_last_minute}/{row.refused_last_hour}"
        yield f"{_name(row.client, widths)} {has:>13} {refused:>12}  {row.setting}"


def _gateway(status: Status) -> Iterator[str]:
    yield from _title("GATEWAY")
    certificate, reload, drain = status.certificate, status.reload, status.drain
    if certificate is None:
        yield "certificate  none: a proxy in front has TLS"
    else:
        left = certificate.days_left
        ends = "is not valid now" if left is None else f"ends in {left:.0f} days"
        yield f"certificate  {ends}  {', '.join(certificate.names)}"
    if reload is not None:
        word = "taken" if reload.is_ok else click.style("refused", fg="yellow")
        yield f"last reload  {word} {age(_between(reload.at, status.at))} ago"
    if drain.is_stopping or drain.workers:
        yield f"drain        {drain.workers} workers, {drain.in_flight} exchanges are open there"
    for worker in status.workers:
        state = _red(f"{worker.state:<9}", worker.state == "silent")
        yield (
            f"worker {worker.pid:<7} {state} up {age(worker.age_s)}, "
            f"{worker.connections} connections, {worker.in_flight} open, "
            f"{worker.websockets} WebSockets, lag {duration(worker.lag_s)}"
        )


def _title(text: str) -> Iterator[str]:
    yield ""
    yield click.style(text, dim=True)


def _name(text: str, widths: Widths) -> str:
    most = widths.name
    return f"{text if len(text) <= most else f'{text[: most - 1]}…':<{most}}"


def _red(text: str, is_bad: object) -> str:
    return click.style(text, fg="red") if is_bad else text


def _wrapped(text: str, width: int) -> list[str]:
    return textwrap.wrap(text, max(20, width - len(INDENT))) if text else []


def _cut(line: str, width: int) -> str:
    """Return *line* without what would not fit; then it has no colours either."""
    plain = click.unstyle(line)
    return line if len(plain) <= width else plain[: width - 1] + "…"


def _between(earlier: str, later: str) -> float:
    return (datetime.fromisoformat(later) - datetime.fromisoformat(earlier)).total_seconds()
