"""One frame: problems first, no line too long, and nothing that the terminal would obey."""

from dataclasses import replace

import click
import pytest

from sigproxy.policies.limits import Near
from sigproxy.telemetry.status.document import Status
from sigproxy.telemetry.status.files import Found, Master, Reload
from sigproxy.telemetry.status.report import Certificate, Figures, Report
from sigproxy.telemetry.status.view import status
from sigproxy.tools.top.frame import frame
from tests.telemetry.status.made import NOW, NOW_S, VENDOR, counted, exchange, failed, report


def document(*reports: Report, master: Master | None = None) -> Status:
    return status(Found(reports, Figures(0), master), NOW_S, NOW, shows_clients=False)


def troubled() -> Status:
    figures = counted(
        *(failed("connection_refused", detail=f"{VENDOR} refuses connections") for _ in range(3)),
        *(exchange(f"a-rather-long-name-of-host{n}.example", dns_s=0.1) for n in range(30)),
        failed("key_refused", None, route="/vonage/"),
        exchange(first_byte_s=0.4),
    )
    near = Near("203.0.113.9", "limits.websockets_per_address", 400, 500)
    certificate = Certificate(("gateway.example",), NOW + 5 * 86400, None)
    worker = report(figures, near=(near,), certificate=certificate)
    master = Master(1, NOW - 60, Reload(NOW - 30, is_ok=False, why=("conf: it is wrong",)))
    return document(worker, master=master)


def plain(lines: list[str]) -> str:
    return click.unstyle("\n".join(lines))


def test_what_is_wrong_comes_first_with_token_and_remedy() -> None:
    lines = click.unstyle("\n".join(frame(troubled(), 150))).splitlines()
    assert lines[1] == "✕ 1 fault and 2 warnings"
    assert lines[2].startswith(f"FAULT    {VENDOR}: connections are refused: 3 of 4 requests")
    assert "allow TCP" in lines[3]
    assert lines[4].strip() == (
        f"connection_refused; 3 in the last hour; {VENDOR} refuses connections"
    )
    text = "\n".join(lines)
    assert text.index("FAULT") < text.index("WARNING") < text.index("NOTICE")
    for word in ("key_refused", "conf: it is wrong", "gateway.example", "400 of 500", "/vonage/"):
        assert word in text
    assert "203.0.113.0/24" in text
    assert "19 more: --json has all" in text


def test_all_well_is_one_line() -> None:
    lines = plain(frame(document(report(counted(exchange()))), 100)).splitlines()
    assert lines[1] == "✓ All is well: 1 worker, no WebSockets, 0.1 requests/s"
    assert lines[2] == ""
    assert "ERRORS" not in lines


@pytest.mark.parametrize("width", [40, 80, 119, 120, 200])
def test_no_line_is_longer_than_the_terminal(width: int) -> None:
    lines = frame(troubled(), width)
    assert max(len(click.unstyle(line)) for line in lines) <= width


def test_what_does_not_fit_is_said() -> None:
    whole = frame(troubled(), 80)
    lines = frame(troubled(), 80, 24)
    assert len(lines) == 24
    assert lines[:23] == whole[:23]
    assert click.unstyle(lines[23]) == f"... {len(whole) - 23} more lines: --once prints all"
    assert frame(troubled(), 80, len(whole)) == whole


def test_nothing_is_obeyed_that_came_from_elsewhere() -> None:
    """An admin port may be a stranger's: --admin names any."""
    seen = troubled()
    problem = replace(seen.problems[0], what="\x1b[2J", detail="\x1b]0;x\x07", token="\x9b1m")
    row = replace(seen.routes[0], name="\x1b[31m")
    about = replace(seen.about, version="\x1b]0;x\x07", started_at=None)
    shown = replace(seen, problems=[problem], routes=[row], headline="\x1b", about=about)
    text = "\n".join(frame(replace(shown, at="2026-\x1b]0;2\x07T\x1b", reload=None), 100))
    assert "\x1b]0" not in text
    assert "\x1b[2J" not in text
    assert plain([text]).replace("\n", "").isprintable()


def test_without_anything_there_is_a_frame() -> None:
    text = plain(frame(document(), 80))
    assert "GATEWAY" in text
    assert "none: a proxy in front has TLS" in text
