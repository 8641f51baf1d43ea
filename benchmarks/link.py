"""Two networks that are 40 ms apart: a link between them that holds every packet back.

The relay in front of the distant upstream takes bytes as fast as they come, so that no window of
TCP's is ever full. Here packets travel, with their acknowledgements, and how much may be on its way
is what the two ends allow. Where the kernel has tc's netem, it does the same.

    python -m benchmarks.link DESCRIPTOR DESCRIPTOR

carries what comes out of one TUN device into the other.
"""

import fcntl
import os
import select
import struct
import subprocess
import sys
import time
from collections import deque
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from benchmarks.places import ROUND_TRIP_S, load_cores
from benchmarks.processes import ROOT
from tests.isolation import CLONE_NEWNET, OWN_NETWORK, call, in_network, raise_loopback
from tests.orphans import end_with_parent
from tests.parity.gateways import stop

TUN = Path("/dev/net/tun")
TUNSETIFF, IFF_TUN, IFF_NO_PI = 0x400454CA, 0x1, 0x1000  # linux/if_tun.h
IFREQ = struct.Struct("16sH22x")  # a name and flags
MTU = 1500
QUEUE = 20_000  # packets; more than a sender's 4 MiB, so that nothing is lost
HOSTS = ("10.47.0.1", "10.47.0.2")
ONE_WAY_S = ROUND_TRIP_S / 2
AT_ONCE = 64  # packets taken before those that are due are looked at


@dataclass(frozen=True, slots=True)
class Network:
    """One end: a network's descriptor, its TUN device, its address, and the other end's."""

    descriptor: int
    device: int
    host: str
    peer: str


def obstacle() -> str | None:
    """Return why no link can be made here; None if it can."""
    if sys.platform != "linux" or not os.access(TUN, os.R_OK | os.W_OK) or os.geteuid():
        return f"a link needs Linux, root and {TUN}"
    return None


@contextmanager
def made() -> Iterator[tuple[Network, Network]]:
    """Yield two networks with a link between them."""
    with ExitStack() as stack:
        one, other = (stack.enter_context(_network(*pair)) for pair in (HOSTS, HOSTS[::-1]))
        devices = (one.device, other.device)
        cores = load_cores()

        def prepared() -> None:
            os.sched_setaffinity(0, cores)
            end_with_parent()

        carrier = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.link", *map(str, devices)],
            cwd=ROOT,
            pass_fds=devices,
            preexec_fn=prepared,
        )
        stack.callback(stop, carrier)
        yield one, other


@contextmanager
def _network(host: str, peer: str) -> Iterator[Network]:
    here = os.open(OWN_NETWORK, os.O_RDONLY | os.O_CLOEXEC)
    with in_network(here):  # and back here afterwards
        call("unshare", CLONE_NEWNET)
        own = os.open(OWN_NETWORK, os.O_RDONLY | os.O_CLOEXEC)
        raise_loopback()
        device = _device(host, peer)
    os.close(here)
    try:
        yield Network(own, device, host, peer)
    finally:
        os.close(device)
        os.close(own)


def _device(host: str, peer: str) -> int:
    """Make this network's way to *peer*."""
    device = os.open(TUN, os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(device, TUNSETIFF, IFREQ.pack(b"far", IFF_TUN | IFF_NO_PI))
    for command in (
        f"address add {host} peer {peer} dev far",
        f"link set far mtu {MTU} txqueuelen {QUEUE} up",
    ):
        subprocess.run(["ip", *command.split()], check=True)
    # A connection knows nothing of how fast those before it were.
    Path("/proc/sys/net/ipv4/tcp_no_metrics_save").write_text("1")
    return device


def carry(one: int, other: int) -> None:
    """Write each packet of one to the other, in order, *ONE_WAY_S* after it came."""
    across = {one: other, other: one}
    waiting: deque[tuple[float, int, bytes]] = deque()
    while True:
        wait_s = max(0.0, waiting[0][0] - time.monotonic()) if waiting else None
        ready, _, _ = select.select([one, other], [], [], wait_s)
        for device in ready:
            with suppress(BlockingIOError):
                for _ in range(AT_ONCE):
                    packet = os.read(device, MTU)
                    waiting.append((time.monotonic() + ONE_WAY_S, across[device], packet))
        while waiting and waiting[0][0] <= time.monotonic():
            _, device, packet = waiting.popleft()
            os.write(device, packet)


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        carry(*map(int, sys.argv[1:]))
