"""TURN on the gateway's port for minutes, with clients that come and go: does memory grow?

python -m soak.turn                 10 minutes, after some to warm up
python -m soak.turn --minutes 1     a short one

As root, with a real coturn, in network namespaces. Clients connect by TLS, allocate, send packets
to a peer that sends them back, and leave: in order, without a word, or in the middle of a header.
Exits with 1 if the worker holds more memory or descriptors in the end than when it was warm, or if
packets were lost.
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
from tests import isolation
from tests.media.live import coturn, round_trips
from tests.media.live import site as sites
from tests.media.live.site import Site
from tests.media.live.turn_client import BINDING, Place, TurnClient, message

CLIENTS = 20
LIFE_S = (0.5, 6.0)
PACKET_EVERY_S = 0.04
PACKET = bytes(200)
SAMPLE_EVERY_S = 0.5
WARM_UP_S = 150.0  # about 1,000 clients: by then pools, caches and malloc's arenas are full
PART = 0.2  # of the time, at its beginning and its end
MOST_GROWTH = 1.05  # under load, from the first part to the last; 1.01 has been seen
# Without a client; 0.8 MiB has been seen, and 6 where TLS was left to the garbage collector. A leak
# of 1 KiB a client would be more.
MOST_GROWN_KIB = 4 * 1024
REST_S = 65.0  # the worker gives free memory back once a minute
SPARE_FILES = 2
NOTHING = Usage()
# What comes beside TURN, of one client in five.
STRANGERS = (
    b"\x00" * 40,  # not STUN
    message(BINDING)[:7],  # half a header, and then nothing
)


@dataclass(slots=True)
class Account:
    """What was done and what was seen; *before* and *after* are without a client."""

    seconds: float
    connections: int = 0
    strangers: int = 0
    sent: int = 0
    returned: int = 0
    before: Usage = NOTHING
    after: Usage = NOTHING
    samples: list[int] = field(default_factory=list)  # KiB under load

    @property
    def levels(self) -> tuple[int, int]:
        """The median memory in the first and in the last part under load, in KiB."""
        part = max(1, round(len(self.samples) * PART))
        return round(median(self.samples[:part])), round(median(self.samples[-part:]))


def wrongs(account: Account) -> list[str]:
    """Return what must not be, a line each."""
    found = []
    before, after = account.before, account.after
    first, last = account.levels
    if last > first * MOST_GROWTH:
        found.append(f"under load, memory has grown from {first} to {last} KiB")
    if after.kib > before.kib + MOST_GROWN_KIB:
        found.append(f"without a client, memory has grown from {before.kib} to {after.kib} KiB")
    if after.files > before.files + SPARE_FILES:
        found.append(f"descriptors have grown from {before.files} to {after.files}")
    if not account.sent or account.returned < account.sent:
        found.append(f"of {account.sent} packets {account.returned} came back")
    return found


async def soaked(site: Site, seconds: float) -> Account:
    """Have clients come and go for so long; look at the gateway's one worker meanwhile."""
    warm, account = Account(WARM_UP_S), Account(seconds)
    [worker] = site.gateway.workers()
    async with round_trips.echoing(site.networks.clients[1]) as peer:
        await _load(site, warm, peer)
        account.before = await _rest(worker, NOTHING)
        await _load(site, account, peer)
        account.after = await _rest(worker, account.before)
    assert site.gateway.workers() == [worker]
    return account


async def _load(site: Site, account: Account, peer: Place) -> None:
    give_up = monotonic() + account.seconds
    [worker] = site.gateway.workers()

    async def crowd(number: int) -> None:
        choose = random.Random(number)
        while (left_s := give_up - monotonic()) > 0:
            await _visit(site, account, peer, choose, min(choose.uniform(*LIFE_S), left_s))

    async def watch() -> None:
        while monotonic() < give_up:
            account.samples.append(_usage(worker).kib)
            await asyncio.sleep(SAMPLE_EVERY_S)

    async with asyncio.TaskGroup() as group:
        group.create_task(watch())
        for number in range(CLIENTS):
            group.create_task(crowd(number))


async def _rest(worker: int, enough: Usage) -> Usage:
    """Return the least that *worker* holds once its clients have gone, or what is *enough*."""
    give_up = monotonic() + REST_S
    least = _usage(worker)
    while monotonic() < give_up and not _is_within(least, enough):
        await asyncio.sleep(SAMPLE_EVERY_S)
        now = _usage(worker)
        least = Usage(min(least.kib, now.kib), min(least.files, now.files))
    return least


def _is_within(one: Usage, other: Usage) -> bool:
    return one.kib <= other.kib and one.files <= other.files


def _usage(pid: int) -> Usage:
    [found] = sample(0.0, 0, pid, [pid]).workers
    return found


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
    first, last = account.levels
    rows = {
        "time": f"{account.seconds / 60:g} minutes, after {WARM_UP_S / 60:g} to warm up",
        "connections": f"{account.connections}, {CLIENTS} at a time",
        "of them not TURN": account.strangers,
        "packets relayed": f"{account.sent}, {account.returned} of them came back",
        "the worker's memory under load, at first": _mib(first),
        "in the end": f"{_mib(last)} ({last / first:.2f} of it)",
        "without a client, before": _mib(before.kib),
        "and afterwards": _mib(after.kib),
        "descriptors without a client": f"{before.files} before, {after.files} afterwards",
        "machine": f"{machine()}; {datetime.now(UTC).date()}",
        "versions": f"CPython {platform.python_version()}, "
        f"coturn {first_line(coturn.PROGRAM, '--version')}",
    }
    lines = (f"| {name} | {each} |" for name, each in rows.items())
    return "\n".join(["| | |", "|---|---|", *lines])


def _mib(kib: int) -> str:
    return f"{kib / 1024:.1f} MiB"


async def _run(directory: Path, seconds: float) -> Account:
    async with sites.running(directory) as site:
        return await soaked(site, seconds)


def main(given: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m soak.turn", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--minutes", type=positive, default=10.0, metavar="N")
    chosen = parser.parse_args(given)
    with tempfile.TemporaryDirectory(prefix="sigproxy-soak-") as directory:
        isolation.enter(Path(directory))
        if reason := sites.obstacle():
            print(reason, file=sys.stderr)
            return 2
        account = asyncio.run(_run(Path(directory), chosen.minutes * 60))
    print(report(account))
    found = wrongs(account)
    for line in found:
        print(line, file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
