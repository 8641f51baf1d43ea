"""slowhttptest: two hundred clients that are slow on purpose, and a probe that is not."""

import csv
import subprocess
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from benchmarks import places
from tests.conformance.network import Gateway

CLIENTS = 200
PROBE_S = 3  # within which an honest request has to be answered
MARGIN_S = 30.0


@dataclass(frozen=True, slots=True)
class Attack:
    """*seconds* are what the gateway has to be rid of it, by its own limits, and a little more."""

    name: str
    options: tuple[str, ...]
    seconds: int
    path: str = "/x"


ATTACKS = (
    # A field line now and then, and the head never ends (slowloris): limits.header_timeout_s, 10.
    Attack("slow heads", ("-H", "-i", "5", "-x", "24"), 20),
    # 10 bytes of a body every 5 s: limits.body_rate_bytes_s, after 5 s of grace.
    Attack("slow bodies", ("-B", "-i", "5", "-s", "8192", "-x", "10"), 20),
    # 32 bytes of an answer every 5 s: a client that stalls the gateway is given 60 s.
    Attack(
        "slow readers",
        ("-X", "-w", "10", "-y", "20", "-n", "5", "-z", "32", "-k", "1"),
        80,
        "/big",
    ),
)


@dataclass(frozen=True, slots=True)
class Outcome:
    """Of one attack: how many clients it still had at the end, and when nobody was served."""

    connected: int
    closed: int
    samples: int
    unavailable: int


def play(gateway: Gateway, attacks: Sequence[Attack], directory: Path) -> dict[str, Outcome]:
    """Make all *attacks* at once."""
    with ExitStack() as stack:
        running = [
            stack.enter_context(_begun(gateway, attack, directory, number))
            for number, attack in enumerate(attacks)
        ]
        for attack, process in zip(attacks, running, strict=True):
            process.wait(attack.seconds + MARGIN_S)
    return {
        attack.name: _outcome(directory / f"slow-{number}.csv")
        for number, attack in enumerate(attacks)
    }


def _begun(
    gateway: Gateway, attack: Attack, directory: Path, number: int
) -> "subprocess.Popen[bytes]":
    report = directory / f"slow-{number}"
    with report.with_suffix(".log").open("wb") as log:
        return subprocess.Popen(
            [
                "slowhttptest",
                *attack.options,
                *("-c", str(CLIENTS), "-r", "100", "-l", str(attack.seconds), "-p", str(PROBE_S)),
                *("-g", "-o", str(report), "-u", gateway.url(places.FAST_PORT, attack.path)),
            ],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
        )


def _outcome(report: Path) -> Outcome:
    """Read a line for each second: time, clients that are closed, pending, connected, service."""
    with report.open(newline="") as lines:
        rows = [row for row in csv.reader(lines) if row and row[0].isdigit()]
    _, closed, _, connected, _ = rows[-1][:5]
    return Outcome(int(connected), int(closed), len(rows), sum(not int(row[4]) for row in rows))
