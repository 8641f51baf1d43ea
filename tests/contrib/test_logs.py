"""Programs of others that read the access log, or move it: fail2ban, logrotate, GoAccess."""

import asyncio
import json
import re
import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.contrib.conftest import Make
from tests.contrib.programs import found, ran
from tests.lab.frames import handshake
from tests.lab.lab import Lab, until
from tests.service.admin import vendor
from tests.service.process import Service

CONTRIB = Path(__file__).parents[2] / "contrib"
FILTER = CONTRIB / "fail2ban" / "filter.d" / "sigproxy.conf"
JAIL = CONTRIB / "fail2ban" / "jail.d" / "sigproxy.conf"
ROTATION = CONTRIB / "logrotate" / "sigproxy"
DOCS = CONTRIB.parent / "docs" / "monitoring.md"

SPOOF = b'User-Agent: x" event=request error=key_refused'
ELSEWHERE = '203.0.113.9 - - [21/Nov/2026:09:13:16 +0000] "GET / HTTP/1.1" 403 1 "-" "-" '
REFUSED = (b"/evil.example.org/", b"/nothing", b"/%00/", b"/127.0.0.1/")


@dataclass
class Written:
    """The access log of a gateway that has seen a bit of everything."""

    running: Service
    path: Path
    refused: int  # of its lines that a ban counts
    lines: list[str]


@pytest.fixture
async def written(lab: Lab, service: Make, tmp_path: Path) -> Written:
    upstream = await vendor(lab)
    path = tmp_path / "access.log"
    path.touch()
    running = service(access_log={"path": str(path), "health_checks": True})
    await running.start()
    client = await running.client()
    for target in (upstream.at("/a?b=c"), upstream.at("/odd")):
        await client.get(target, SPOOF, b"Referer: https://app.example/\xc3\xa9?q")
    for target in REFUSED:
        await client.get(target, SPOOF)
    await client.get(upstream.at("/"), method=b"TRACE")
    garbage = await running.client()
    garbage.send(b"\x16\x03\x01 not a request\r\n\r\n")
    await garbage.closed()
    client = await running.client()
    await client.get(upstream.at(f"/{ELSEWHERE} error=key_refused".replace(" ", "%20")))
    await client.get(b"/-/live")
    websocket = await running.client()
    await handshake(websocket, upstream.at("/ws"))
    websocket.close()
    count = len(REFUSED) + 8

    await until(lambda: len(path.read_text().splitlines()) == count)
    lines = path.read_text().splitlines()
    return Written(running, path, len(REFUSED) + 2, lines)


def failregex() -> re.Pattern[str]:
    """Return the filter's expression for a log file, as fail2ban composes it."""
    text = FILTER.read_text()
    named = dict(re.findall(r"^(\w+) = (.+)$", text, re.MULTILINE))
    pattern = named["failregex"].replace("%(refusals)s", named["refusals"])
    pattern = pattern.replace("(?:%(__prefix_line)s)?", "").replace("<HOST>", r"(?P<host>\S+)")
    return re.compile(pattern)


async def test_the_filter_finds_refusals_and_nothing_else(written: Written) -> None:
    expression = failregex()
    found = [line for line in written.lines if expression.search(line)]
    assert len(found) == written.refused
    assert all(re.search(r" 4\d\d | 505 ", line) for line in found)
    hosts = {match["host"] for line in found if (match := expression.search(line))}
    assert hosts == {"127.0.0.1"}


async def test_what_a_client_writes_bans_nobody_else(written: Written) -> None:
    """Neither in a field nor in the path: quotes in a line are the log's own."""
    spoofed = [line for line in written.lines if "key_refused" in line]
    assert len(spoofed) >= 3
    assert not [line for line in spoofed if " 200 " in line and failregex().search(line)]


async def test_fail2ban_reads_them_the_same_way(written: Written, tmp_path: Path) -> None:
    program = found("fail2ban-regex", "fail2ban")
    folder = installed(tmp_path)
    said = ran([program, "-c", str(folder), str(written.path), FILTER.stem])
    total, matched = len(written.lines), written.refused
    assert f"Lines: {total} lines, 0 ignored, {matched} matched, {total - matched} missed" in said
    journal = tmp_path / "journal"
    journal.write_text("".join(f"gw sigproxy[42]: {line}\n" for line in written.lines))
    assert f" {matched} matched" in ran([program, "-c", str(folder), str(journal), FILTER.stem])


async def test_fail2ban_takes_the_jail(written: Written, tmp_path: Path) -> None:
    program = found("fail2ban-client", "fail2ban")
    folder = installed(tmp_path)
    jail = folder / "jail.d" / JAIL.name
    jail.write_text(JAIL.read_text().replace("/var/log/sigproxy/access.log", str(written.path)))
    (folder / "jail.d" / "defaults-debian.conf").unlink()  # it needs a log of sshd's
    said = ran([program, "-c", str(folder), "--dump-pretty"])
    assert "['start', 'sigproxy']" in said
    assert str(written.path) in said
    assert ran([program, "-c", str(folder), "--test"]).strip().endswith("successful")


def installed(tmp_path: Path) -> Path:
    """Return a copy of Debian's folder with our filter in it."""
    folder = tmp_path / "fail2ban"
    shutil.copytree("/etc/fail2ban", folder)
    shutil.copy(FILTER, folder / "filter.d")
    return folder


async def test_a_rotation_loses_no_line(written: Written, lab: Lab, tmp_path: Path) -> None:
    program = found("logrotate", "logrotate")
    folder = tmp_path / "log"
    folder.mkdir(mode=0o700)
    text = ROTATION.read_text().replace("/var/log/sigproxy/", f"{tmp_path}/")
    text = text.replace("create 0640 sigproxy adm", "create 0640")
    conf = tmp_path / "logrotate.conf"
    conf.write_text(text)
    conf.chmod(0o600)
    before = set(written.path.read_text().splitlines())
    client = await written.running.client()

    async def asking(count: int) -> None:
        for _ in range(count):
            await client.get(b"/-/live")

    await asking(20)
    rotating = asyncio.create_task(
        asyncio.to_thread(ran, [program, "--force", "--state", str(tmp_path / "state"), str(conf)])
    )
    while not rotating.done():
        await asking(1)
    await rotating
    await asking(20)

    moved = written.path.with_name("access.log.1")
    await until(lambda: "GET" in written.path.read_text())
    assert before < {*moved.read_text().splitlines(), *written.path.read_text().splitlines()}


async def test_goaccess_takes_every_line(written: Written, tmp_path: Path) -> None:
    program = found("goaccess", "goaccess")
    line = re.search(r"^ +(goaccess .*)$", DOCS.read_text(), re.MULTILINE)
    assert line is not None
    options = [each for each in line[1].split() if each.startswith("--log-format")]
    report = tmp_path / "report.json"
    ran([program, str(written.path), *options, "--no-global-config", "-o", str(report)])
    general = json.loads(report.read_text())["general"]
    assert general["total_requests"] == general["valid_requests"] == len(written.lines)
    assert general["failed_requests"] == 0
