"""TURN on the gateway's port for minutes, with clients that come and go: does memory grow?

python -m soak.turn                 10 minutes
python -m soak.turn --minutes 1     a short one

As root, with a real coturn, in network namespaces. Clients connect by TLS, allocate, send packets
to a peer that sends them back, and leave: in order, without a word, or in the middle of a header.
Exits with 1 if the worker holds more memory or descriptors in the end than after a quarter of the
time, or if packets were lost.
"""

import argparse
import asyncio
import platform
import random
import struct
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from time import monotonic

from benchmarks.machine import machine
from benchmarks.processes import first_line
from soak.__main__ import positive
from soak.samples import Usage, sample
from tests.media.live import coturn, round_trips
from tests.media.live import site as sites
from tests.media.live.site import Site
from tests.media.live.turn_client import BINDING, Place, TurnClient, message

CLIENTS = 20
LIFE_S = (0.5, 6.0)
PACKET_EVERY_S = 0.04
PACKET = bytes(200)
SAMPLE_EVERY_S = 0.5
WARM_UP, LAST = 0.25, 0.2  # shares of the time
MOST_GROWTH = 1.05
SPARE_FILES = 4
# What comes beside TURN that is as it should be, of ten clients.
STRANGERS = (
    b"\x00" * 40,  # not STUN
    message(BINDING)[:7],  # half a header, and then nothing
)


@dataclass(slots=True)
class Account:
    """What was done and what was seen; times are seconds since the beginning."""

    seconds: float
    connections: int = 0
    strangers: int = 0
    sent: int = 0
    returned: int = 0
    samples: list[tuple[float, Usage]] = field(default_factory=list)

    def level(self, since_s: float, until_s: float) -> Usage:
        """Return the median of what the worker held between two times."""
        found = [usage for at_s, usage in self.samples if since_s <= at_s < until_s]
        return Usage(
            round(median(each.kib for each in found)), round(median(each.files for each in found))
        )

    @property
    def before(self) -> Usage:
        warm_s = self.seconds * WARM_UP
        return self.level(warm_s, warm_s + self.seconds * LAST)

    @property
    def after(self) -> Usage:
        return self.level(self.seconds * (1 - LAST), self.seconds)


def wrongs(account: Account) -> list[str]:
    """Return what must not be, a line each."""
    found = []
    before, after = account.before, account.after
    if after.kib > before.kib * MOST_GROWTH:
        found.append(f"memory has grown from {before.kib} to {after.kib} KiB")
    if after.files > before.files + SPARE_FILES + CLIENTS:
        found.append(f"descriptors have grown from {before.files} to {after.files}")
    if not account.sent or account.returned < account.sent:
        found.append(f"of {account.sent} packets {account.returned} came back")
    return found


async def soaked(site: Site, seconds: float, life_s: tuple[float, float] = LIFE_S) -> Account:
    """Have clients come and go for so long; look at the gateway's one worker meanwhile."""
    account = Account(seconds)
    [worker] = site.gateway.workers()
    begun = monotonic()
    async with round_trips.echoing(site.networks.clients[1]) as peer:

        async def crowd(number: int) -> None:
            choose = random.Random(number)
            while (left_s := begun + seconds - monotonic()) > 0:
                await _visit(site, account, peer, choose, min(choose.uniform(*life_s), left_s))

        async def watch() -> None:
            while (at_s := monotonic() - begun) < seconds:
                seen = sample(at_s, 0, site.gateway.pid, [worker])
                account.samples.append((at_s, seen.workers[0]))
                await asyncio.sleep(SAMPLE_EVERY_S)

        async with asyncio.TaskGroup() as group:
            group.create_task(watch())
            for number in range(CLIENTS):
                group.create_task(crowd(number))
    assert site.gateway.workers() == [worker]
    return account


async def _visit(
    site: Site, account: Account, peer: Place, choose: random.Random, life_s: float
) -> None:
    client = await site.turn()
    account.connections += 1
    try:
        if choose.random() < 0.2:
            account.strangers += 1
            await client.send(choose.choice(STRANGERS))
            await asyncio.sleep(choose.uniform(0.0, 0.2))
            return
        await round_trips.allocated(client, peer)
        await _talk(account, client, peer, life_s)
        if choose.random() < 0.5:
            await client.leave()
    finally:
        client.close()
        site.forget(client)


async def _talk(account: Account, client: TurnClient, peer: Place, life_s: float) -> None:
    """Send a packet now and then, and take it back; all are back before this returns."""
    packets = max(1, round(life_s / PACKET_EVERY_S))

    async def hear() -> None:
        for _ in range(packets):
            place, data = await client.relayed_to_us()
            assert (place, len(data)) == (peer, len(PACKET))
            account.returned += 1

    async with asyncio.TaskGroup() as group:
        group.create_task(hear())
        for number in range(packets):
            await client.relay(peer, struct.pack("!I", number) + PACKET[4:])
            account.sent += 1
            await asyncio.sleep(PACKET_EVERY_S)


def report(account: Account) -> str:
    before, after = account.before, account.after
    rows = {
        "minutes": f"{account.seconds / 60:g}",
        "connections": f"{account.connections}, {CLIENTS} at a time",
        "of them no TURN clients": account.strangers,
        "packets relayed, and back": f"{account.sent}, {account.returned} of them came back",
        "the worker's memory after a quarter of the time": f"{before.kib / 1024:.1f} MiB",
        "in the end": f"{after.kib / 1024:.1f} MiB ({after.kib / before.kib:.3f} of it)",
        "its descriptors": f"{before.files}, and {after.files} in the end",
        "machine": f"{machine()}; {datetime.now(UTC).date()}",
        "versions": f"CPython {platform.python_version()}, "
        f"coturn {first_line(coturn.PROGRAM, '--version')}",
    }
    return "\n".join(
        ["| | |", "|---|---|", *(f"| {name} | {each} |" for name, each in rows.items())]
    )


def main(given: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m soak.turn", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--minutes", type=positive, default=10.0, metavar="N")
    chosen = parser.parse_args(given)
    if reason := sites.obstacle():
        print(reason, file=sys.stderr)
        return 2

    async def run(directory: Path) -> Account:
        async with sites.running(directory) as site:
            return await soaked(site, chosen.minutes * 60)

    with tempfile.TemporaryDirectory(prefix="sigproxy-soak-") as directory:
        account = asyncio.run(run(Path(directory)))
    print(report(account))
    found = wrongs(account)
    for line in found:
        print(line, file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
