"""What TURN on the gateway's own port adds to a round trip.

    python -m benchmarks.turn

The same client sends packets over a relay to a peer, which sends them back: over TLS through the
gateway's port, and over TLS to a coturn's own port, by turns in each 20 ms. They come in bursts of
three, as those of a video's frame; where nobody acknowledges the first, coturn holds back the
second.

As root, with coturn, in network namespaces. Exits with 1 if 95 % of the packets take more than 5 ms
longer.
"""

import argparse
import asyncio
import platform
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

from benchmarks.figures import Spread, percentile
from benchmarks.machine import machine
from benchmarks.processes import first_line
from tests import isolation
from tests.media.live import coturn, round_trips
from tests.media.live import site as sites
from tests.media.live.networks import BALANCED
from tests.media.live.round_trips import BURST, TICK_S, TLS_PORT, Millis

ROUNDS, SECONDS = 5, 10.0
SHARED, DIRECT = "the gateway's port 443", f"coturn's own port {TLS_PORT}"
MOST_ADDED_MS = 5.0

Round = Mapping[str, Millis]


async def measured(directory: Path, rounds: int, seconds: float) -> list[Round]:
    async with (
        sites.running(directory) as site,
        round_trips.direct(site, directory / "direct"),
        round_trips.echoing(site.networks.clients[1]) as peer,
    ):
        ways = {
            SHARED: await round_trips.allocated(await site.turn(), peer),
            DIRECT: await round_trips.allocated(
                await site.turn(address=BALANCED, port=TLS_PORT), peer
            ),
        }
        bursts = round(seconds / TICK_S)
        return [await round_trips.measured(ways, peer, bursts) for _ in range(rounds)]


def p95(took: Millis) -> float:
    return percentile(took, 95)


def added(rounds: Sequence[Round]) -> Spread:
    """Return by how much the p95 through the gateway is longer, in ms, over the rounds."""
    return Spread.of([p95(each[SHARED]) - p95(each[DIRECT]) for each in rounds])


def table(rounds: Sequence[Round], bursts: int) -> Iterator[str]:
    """Yield Markdown: a row for each way, with the medians of the rounds and their range."""
    yield "| way | round trip p50 | p95 | lost |"
    yield "|---|--:|--:|--:|"
    for way in (SHARED, DIRECT):
        cells = []
        for figure in (median, p95):
            spread = Spread.of([figure(each[way]) for each in rounds])
            cells.append(f"{spread.middle:.2f} ms ({spread.least:.2f}–{spread.most:.2f})")
        sent = len(rounds) * bursts * BURST
        lost = sent - sum(len(each[way]) for each in rounds)
        yield f"| {way} | {' | '.join(cells)} | {lost} of {sent} |"
    yield ""
    spread = added(rounds)
    yield f"added at p95: {spread.middle:.2f} ms ({spread.least:.2f}–{spread.most:.2f})"


def main(given: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.turn", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--seconds", type=float, default=SECONDS, help="of each round")
    chosen = parser.parse_args(given)
    with tempfile.TemporaryDirectory(prefix="sigproxy-bench-") as directory:
        isolation.enter(Path(directory))
        if reason := sites.obstacle():
            print(reason, file=sys.stderr)
            return 2
        (Path(directory) / "direct").mkdir()
        rounds = asyncio.run(measured(Path(directory), chosen.rounds, chosen.seconds))
    print("\n".join(table(rounds, round(chosen.seconds / TICK_S))))
    print(
        f"{machine()}; CPython {platform.python_version()}, coturn "
        f"{first_line(coturn.PROGRAM, '--version')}; {datetime.now(UTC).date()}"
    )
    return 1 if added(rounds).middle > MOST_ADDED_MS else 0


if __name__ == "__main__":
    sys.exit(main())
