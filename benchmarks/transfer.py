"""5 MB in one request, with 40 ms on one side of the gateway or on the other.

    python -m benchmarks.transfer                   this checkout
    python -m benchmarks.transfer --beside FOLDER   and another one, pair by pair

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
from benchmarks.proxies import PROXIES, SIGPROXY, Setting
from tests.isolation import in_network

PAIRS = 7
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
Gateways = dict[tuple[Path, bool], Address]  # by checkout, and whether the client is far
Seconds = dict[tuple[Work, Path], list[float]]


@contextmanager
def gateways(
    checkouts: Sequence[Path], directory: Path, keys: Pki, ends: tuple[Network, Network]
) -> Iterator[Gateways]:
    """Run each checkout's gateway at both ends, with the upstream at the first."""
    with ExitStack() as stack:
        with in_network(ends[0].descriptor):
            names = stack.enter_context(upstream.started(directory, keys, ends[0].host))
        found: Gateways = {}
        for number, checkout in enumerate(checkouts):
            for end, is_client_far in zip(ends, (True, False), strict=True):
                own = directory / f"{number}-{end.host}"
                own.mkdir()
                address = (end.host, FIRST_PORT + number)
                command = PROXIES[SIGPROXY].command(Setting(own, keys, names, address, workers=1))
                cores = places.proxy_cores(1)
                with in_network(end.descriptor):
                    stack.enter_context(
                        running("sigproxy", command, own, cores, [address], checkout)
                    )
                found[checkout, is_client_far] = address
        yield found


def seconds(address: Address, ca: Path, is_upload: bool) -> float:
    """Return how long 5 MB take on a connection that has been used, with the upstream as well."""
    context = ssl.create_default_context(cafile=ca)
    connection = http.client.HTTPSConnection(PROXY_NAME, timeout=ANSWER_S)
    with socket.create_connection(address, ANSWER_S) as raw:
        raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.sock = context.wrap_socket(raw, server_hostname=PROXY_NAME)
        _ask(connection, is_upload, b"x", "/json", 0)
        begun = time.perf_counter()
        _ask(connection, is_upload, bytes(BYTES), "/five", BYTES)
        took = time.perf_counter() - begun
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


def measured(checkouts: Sequence[Path], pairs: int) -> Seconds:
    """Measure every kind of work through every checkout, in turn, each turn the other way round."""
    found: Seconds = {(work, checkout): [] for work in KINDS for checkout in checkouts}
    with (
        tempfile.TemporaryDirectory(prefix="sigproxy-bench-") as directory,
        link.made() as ends,
    ):
        keys = pki.create(Path(directory))
        with gateways(checkouts, Path(directory), keys, ends) as running_at:
            os.sched_setaffinity(0, places.load_cores())
            for number in range(pairs):
                for work in KINDS:
                    for checkout in checkouts if number % 2 else checkouts[::-1]:
                        address = running_at[checkout, work.is_client_far]
                        with in_network(ends[1].descriptor):
                            took = seconds(address, keys.ca, work.is_upload)
                        found[work, checkout].append(took)
    return found


def table(found: Seconds, checkouts: Sequence[Path]) -> Iterator[str]:
    """Yield Markdown: medians in MB/s, and the first checkout's speed in each other's."""
    ours, *others = checkouts
    names = [_named(checkout) for checkout in checkouts]
    ratios = [f"{names[0]} / {name}" for name in names[1:]]
    yield f"| 5 MB | {' | '.join([*names, *ratios])} |"
    yield f"|---|{'--:|' * (len(names) + len(ratios))}"
    for work in KINDS:
        cells = [
            f"{BYTES / 1e6 / median(found[work, checkout]):.2f} MB/s" for checkout in checkouts
        ]
        for other in others:
            rounds = zip(found[work, other], found[work, ours], strict=True)
            spread = Spread.of([its / mine for its, mine in rounds])
            cells.append(f"{spread.middle:.2f} ({spread.least:.2f}–{spread.most:.2f})")
        yield f"| {work.title} | {' | '.join(cells)} |"


def _named(checkout: Path) -> str:
    command = ["git", "-C", str(checkout), "describe", "--always", "--dirty"]
    done = subprocess.run(command, capture_output=True, text=True)
    return done.stdout.strip() or checkout.name


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.transfer", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--beside", type=Path, nargs="+", default=[], metavar="FOLDER")
    parser.add_argument("--pairs", type=int, default=PAIRS)
    chosen = parser.parse_args()
    checkouts = [ROOT, *(folder.resolve() for folder in chosen.beside)]
    if reason := link.obstacle() or PROXIES["tuned"].missing():  # NGINX is the upstream
        print(reason, file=sys.stderr)
        return 2
    print("\n".join(table(measured(checkouts, chosen.pairs), checkouts)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
