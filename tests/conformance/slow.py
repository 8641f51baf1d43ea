"""slowhttptest: two hundred clients that are slow on purpose, and a probe that is not."""

import csv
import os
import socket
import struct
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks import places
from tests.conformance.network import Gateway

CLIENTS = 200
CLIENTS_PER_S = 50
PROBE_S = 3  # within which an honest request has to be answered
PROBES = 3  # connections of the probe that may be open at any moment
MARGIN_S = 30.0
_ALL_CLOSED = "No open connections left"
_LISTENING, _WAITING = "0A", "06"  # states in /proc/net/tcp


@dataclass(frozen=True, slots=True)
class Attack:
    """*seconds* are what the gateway has to be rid of it, by its own limits, and a little more."""

    name: str
    options: tuple[str, ...]
    seconds: int
    path: str = "/x"


# A field line now and then, and the head never ends (slowloris): limits.header_timeout_s, 10.
HEADS = Attack("slow heads", ("-H", "-i", "5", "-x", "24"), 25)
# 10 bytes of a body every 5 s: limits.body_rate_bytes_s, after 5 s of grace.
BODIES = Attack("slow bodies", ("-B", "-i", "5", "-s", "8192", "-x", "10"), 25)
# 32 bytes of an answer every 5 s: a client that takes nothing is given 60 s.
READERS = Attack(
    "slow readers",
    ("-X", "-w", "10", "-y", "20", "-n", "5", "-z", "32", "-k", "1"),
    85,
    "/big",
)
ATTACKS = (HEADS, BODIES, READERS)


@dataclass(frozen=True, slots=True)
class Outcome:
    """Of one attack: how many clients were still there, and how long nobody else was served."""

    left: int
    seconds: int
    unavailable: int


def play(gateway: Gateway, directory: Path) -> dict[str, Outcome]:
    """Make all attacks, the longest beside the others."""
    reports = {attack: directory / attack.name.replace(" ", "-") for attack in ATTACKS}
    with _running(gateway, READERS, reports[READERS]) as readers:
        end = time.monotonic() + READERS.seconds
        for attack in (HEADS, BODIES):
            with _running(gateway, attack, reports[attack]) as process:
                process.wait(attack.seconds + MARGIN_S)
        time.sleep(max(0.0, end - time.monotonic() - 2))
        held = connections(gateway.address)
        readers.wait(READERS.seconds + MARGIN_S)
    outcomes = {attack.name: _outcome(report) for attack, report in reports.items()}
    # Who reads slowly has enough to read for minutes, and notices no end before.
    of_readers = outcomes[READERS.name]
    left = max(0, held - PROBES)
    outcomes[READERS.name] = Outcome(left, of_readers.seconds, of_readers.unavailable)
    return outcomes


@contextmanager
def _running(gateway: Gateway, attack: Attack, report: Path) -> Iterator["subprocess.Popen[bytes]"]:
    url = gateway.url(places.FAST_PORT, attack.path)
    with report.with_suffix(".log").open("wb") as log:
        process = subprocess.Popen(
            [
                *("slowhttptest", *attack.options, "-c", str(CLIENTS), "-r", str(CLIENTS_PER_S)),
                *("-l", str(attack.seconds), "-p", str(PROBE_S), "-g", "-o", str(report)),
                *("-u", url),
            ],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            # It polls: on one core with the gateway it would starve it.
            preexec_fn=lambda: os.sched_setaffinity(0, places.load_cores()),
        )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def _outcome(report: Path) -> Outcome:
    """Read a line for each second: time, clients that are closed, pending, connected, service."""
    said = report.with_suffix(".log").read_text(errors="replace")
    with report.with_suffix(".csv").open(newline="") as lines:
        rows = [row for row in csv.reader(lines) if row and row[0].isdigit()]
    if not rows:
        raise RuntimeError(f"slowhttptest failed:\n{said[-2000:]}")
    # It ends when it has lost its last client, and then counts no more.
    left = 0 if _ALL_CLOSED in said else int(rows[-1][3])
    return Outcome(left, len(rows), sum(not int(row[4]) for row in rows))


def connections(address: tuple[str, int]) -> int:
    """Return how many connections the kernel holds there, whether a process has them or none."""
    host, port = address
    (packed,) = struct.unpack("=I", socket.inet_aton(host))
    local = f"{packed:08X}:{port:04X}"
    rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    return sum(row[1] == local and row[3] not in (_LISTENING, _WAITING) for row in rows)
