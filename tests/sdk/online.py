"""Whether Chromium takes itself for online here: SDKs wait for a network instead of connecting."""

import fcntl
import socket
import struct
from pathlib import Path

from tests.isolation import IFF_UP, IFREQ, SIOCGIFFLAGS

SIOCGIFADDR, IFF_LOOPBACK = 0x8915, 0x8  # netdevice(7)
IPV6_ADDRESSES = Path("/proc/thread-self/net/if_inet6")
GLOBAL = "00"  # the scope in its fourth column
MISSING = (
    "no interface but loopback is up and has an address, so that Chromium takes itself for "
    "offline, and the SDKs wait for a network: ip link add sdk0 type bridge; "
    "ip addr add 192.0.2.1/24 dev sdk0; ip link set sdk0 up"
)


def obstacle() -> str | None:
    """Return what is missing in this thread's network; None if nothing is."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        is_online = any(_serves(control, name) for _, name in socket.if_nameindex())
    return None if is_online else MISSING


def _serves(control: socket.socket, name: str) -> bool:
    request = struct.pack("256s", name.encode())
    _, flags = IFREQ.unpack(fcntl.ioctl(control, SIOCGIFFLAGS, request)[: IFREQ.size])
    return not flags & IFF_LOOPBACK and bool(flags & IFF_UP) and _has_address(control, name)


def _has_address(control: socket.socket, name: str) -> bool:
    try:
        fcntl.ioctl(control, SIOCGIFADDR, struct.pack("256s", name.encode()))
    except OSError:  # it has none of IPv4
        lines = IPV6_ADDRESSES.read_text().splitlines() if IPV6_ADDRESSES.exists() else []
        rows = [line.split() for line in lines]
        return any(row[5] == name and row[3] == GLOBAL for row in rows)
    return True
