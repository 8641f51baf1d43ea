"""5 MB in one request, with 40 ms on one side of the gateway or on the other.

    python -m benchmarks.transfer                   this checkout
    python -m benchmarks.transfer --beside FOLDER   and another one, turn by turn

Each time a client connects, asks for something small, and moves 5 MB twice on that connection: what
TCP has learned of the way by the first time serves the second. Upstream connections are the
client's own, or with reuse = "shared" those of the clients before.

As root: the distance is a link between two networks (benchmarks/link.py). FOLDER is a checkout of
sigproxy (git worktree add FOLDER COMMIT), run by the same interpreter with the same packages.
"""

import argparse
import http.client
import os
import socket
import ssl
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from benchmarks import link, pki, places, upstream
from benchmarks.figures import Spread
from benchmarks.link import Network
from benchmarks.pki import Pki
from benchmarks.places import ECHO_PORT, FAST_PORT, ORIGIN, PROXY_NAME, target
from benchmarks.processes import ROOT, Address, running
from benchmarks.proxies import PROXIES, SHARED, SIGPROXY, TUNED, Setting
from tests.isolation import in_network

TURNS = 7
BYTES = upstream.FIVE_MB
ANSWER_S = 60.0
FIRST_PORT = 9441


@dataclass(frozen=True, slots=True)
class Work:
    """One kind: whether the gateway stands beside the upstream (40 ms from the client) or not."""

    title: str
    is_upload: bool
    is_client_far: bool


KINDS = (
    Work("down, upstream 40 ms away", is_upload=False, is_client_far=False),
    Work("down, client 40 ms away", is_upload=False, is_client_far=True),
    Work("up, upstream 40 ms away", is_upload=True, is_client_far=False),
    Work("up, client 40 ms away", is_upload=True, is_client_far=True),
)
TIMES = ("", ", again")  # on one client connection


@dataclass(frozen=True, slots=True)
class Side:
    """What is compared: a checkout, with its defaults or with shared upstream connections."""

    title: str
    checkout: Path
    proxy: str = SIGPROXY


Gateways = dict[tuple[Side, bool], Address]  # by side, and whether the client is far
Seconds = dict[tuple[str, Side], list[float]]  # by row, and side


def sides(others: Sequence[Path]) -> list[Side]:
    """Return this checkout twice, and *others*, which may not know the setting."""
    own = _version(ROOT)
    first = [Side(own, ROOT), Side(f"{own}, shared", ROOT, SHARED)]
    return first + [Side(_version(checkout), checkout) for checkout in others]


@contextmanager
def gateways(
    compared: Sequence[Side], directory: Path, keys: Pki, ends: tuple[Network, Network]
) -> Iterator[Gateways]:
    """Run each side's gateway at both ends, with the upstream at the first."""
    with ExitStack() as stack:
        with in_network(ends[0].descriptor):
            names = stack.enter_context(upstream.started(directory, keys, ends[0].host))
        found: Gateways = {}
        for number, side in enumerate(compared):
            for end, is_client_far in zip(ends, (True, False), strict=True):
                own = directory / f"{number}-{end.host}"
                own.mkdir()
                address = (end.host, FIRST_PORT + number)
                command = PROXIES[side.proxy].command(Setting(own, keys, names, address, workers=1))
                cores = places.proxy_cores(1)
                with in_network(end.descriptor):
                    stack.enter_context(
                        running("sigproxy", command, own, cores, [address], side.checkout)
                    )
                found[side, is_client_far] = address
        yield found


def seconds(address: Address, ca: Path, is_upload: bool) -> list[float]:
    """Return how long 5 MB take each time, on a connection that has been used."""
    took = []
    context = ssl.create_default_context(cafile=ca)
    connection = http.client.HTTPSConnection(PROXY_NAME, timeout=ANSWER_S)
    with socket.create_connection(address, ANSWER_S) as raw:
        raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.sock = context.wrap_socket(raw, server_hostname=PROXY_NAME)
        _ask(connection, is_upload, b"x", "/json", 0)
        for _ in TIMES:
            begun = time.perf_counter()
            _ask(connection, is_upload, bytes(BYTES), "/five", BYTES)
            took.append(time.perf_counter() - begun)
        connection.close()
    return took


def _ask(
    connection: http.client.HTTPSConnection, is_upload: bool, body: bytes, path: str, least: int
) -> None:
    fields = {"Origin": ORIGIN}
    if is_upload:
        connection.request("POST", target(ECHO_PORT, "/upload"), body, fields)
    else:
        connection.request("GET", target(FAST_PORT, path), headers=fields)
    answer = connection.getresponse()
    size = len(answer.read())
    if answer.status != http.client.OK or (size < least and not is_upload):
        raise RuntimeError(f"answers {answer.status} with {size} bytes")


def measured(compared: Sequence[Side], turns: int) -> Seconds:
    """Measure every kind of work through every side, in turn, each turn the other way round."""
    found: Seconds = {}
    with (
        tempfile.TemporaryDirectory(prefix="sigproxy-bench-") as name,
        link.made() as ends,
    ):
        keys = pki.create(Path(name))
        with gateways(compared, Path(name), keys, ends) as running_at:
            os.sched_setaffinity(0, places.load_cores())
            for number in range(turns):
                for work in KINDS:
                    for side in compared if number % 2 else compared[::-1]:
                        address = running_at[side, work.is_client_far]
                        with in_network(ends[1].descriptor):
                            took = seconds(address, keys.ca, work.is_upload)
                        for time_, value in zip(TIMES, took, strict=True):
                            found.setdefault((work.title + time_, side), []).append(value)
    return found


def table(found: Seconds, compared: Sequence[Side]) -> Iterator[str]:
    """Yield Markdown: medians in MB/s and, behind the last side's, the others' in that one's."""
    *ours, last = compared
    titles = [side.title for side in compared] + [f"{side.title} / {last.title}" for side in ours]
    yield f"| 5 MB | {' | '.join(titles)} |"
    yield f"|---|{'--:|' * len(titles)}"
    for row in dict.fromkeys(row for row, _ in found):
        cells = [f"{BYTES / 1e6 / median(found[row, side]):.1f} MB/s" for side in compared]
        for side in ours:
            turns = zip(found[row, last], found[row, side], strict=True)
            spread = Spread.of([its / mine for its, mine in turns])
            cells.append(f"{spread.middle:.2f} ({spread.least:.2f}–{spread.most:.2f})")
        yield f"| {row} | {' | '.join(cells)} |"


def _version(checkout: Path) -> str:
    command = ["git", "-C", str(checkout), "describe", "--always", "--dirty"]
    done = subprocess.run(command, capture_output=True, text=True)
    return done.stdout.strip() or checkout.name


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.transfer", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--beside", type=Path, nargs="+", default=[], metavar="FOLDER")
    parser.add_argument("--turns", type=int, default=TURNS)
    chosen = parser.parse_args()
    compared = sides([folder.resolve() for folder in chosen.beside])
    if reason := link.obstacle() or PROXIES[TUNED].missing():  # NGINX is the upstream
        print(reason, file=sys.stderr)
        return 2
    print("\n".join(table(measured(compared, chosen.turns), compared)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
