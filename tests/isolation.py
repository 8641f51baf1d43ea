"""Each process that runs tests has a network and a trust store of its own.

A network namespace has every address of loopback with every port, and nothing else: tests that need
ports 53 and 443, or one that nobody else takes, disturb neither other workers nor another run, and
nothing that they do leaves the machine. Where none can be made, they run in the machine's network.
"""

import ctypes
import fcntl
import os
import socket
import struct
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import trustme

CLONE_NEWNET = 0x4000_0000  # unshare(2)
SIOCGIFFLAGS, SIOCSIFFLAGS, IFF_UP = 0x8913, 0x8914, 0x1  # netdevice(7)
IFREQ = struct.Struct("16sH14x")  # a name and flags
OWN_NETWORK = "/proc/thread-self/ns/net"

TURN_S = 90.0  # how long another run may hold the ports that both need
TRUST = ("SSL_CERT_FILE", "SSL_CERT_DIR")  # OpenSSL's names for where the trust store is


@dataclass(frozen=True, slots=True)
class Before:
    """What this process had before; *network* is a descriptor, None if it is there still."""

    network: int | None
    trust: dict[str, str]


_before: Before | None = None
_obstacle: str | None = "it was not asked for"


def enter(directory: Path) -> None:
    """Move this process into a network and a trust store of its own, if it may; once."""
    global _before, _obstacle
    if _before is None:
        trust = {name: os.environ[name] for name in TRUST if name in os.environ}
        network, _obstacle = _enter_network()
        _before = Before(network, trust)
        _trust_one(directory)


def obstacle() -> str | None:
    """Return why this process has no network of its own; None if it has one."""
    return _obstacle


@contextmanager
def outside() -> Iterator[None]:
    """Have the machine's network and trust store for what is inside: an installation, say."""
    if _before is None:
        yield
        return
    trust = {name: os.environ.pop(name) for name in TRUST}
    os.environ.update(_before.trust)
    try:
        with in_network(_before.network):
            yield
    finally:
        os.environ.update(trust)


@contextmanager
def in_network(network: int | None) -> Iterator[None]:
    """Have this thread in *network*, and the processes and sockets that it makes meanwhile."""
    if network is None:
        yield
        return
    own = os.open(OWN_NETWORK, os.O_RDONLY | os.O_CLOEXEC)
    try:
        call("setns", network, CLONE_NEWNET)
        yield
    finally:
        call("setns", own, CLONE_NEWNET)
        os.close(own)


@contextmanager
def turn(name: str, wait_s: float = TURN_S) -> Iterator[bool]:
    """Hold *name*, which one process in this network can; yield whether it came to be free."""
    # An abstract name belongs to a network and goes with the process that holds it (unix(7)).
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as holder:
        give_up = time.monotonic() + wait_s
        while not (held := _holds(holder, name)) and time.monotonic() < give_up:
            time.sleep(0.2)
        yield held


def _holds(holder: socket.socket, name: str) -> bool:
    try:
        holder.bind(f"\0sigproxy's tests: {name}")
    except OSError:
        return False
    return True


def _enter_network() -> tuple[int | None, str | None]:
    """Return a descriptor of the network that was left, or why it was not.

    Only the thread that asks moves, with the threads and processes that it starts from then on.
    """
    if sys.platform != "linux":
        return None, "only Linux has network namespaces"
    left = os.open(OWN_NETWORK, os.O_RDONLY | os.O_CLOEXEC)
    try:
        call("unshare", CLONE_NEWNET)
    except OSError as error:
        os.close(left)
        return None, f"a network namespace needs CAP_SYS_ADMIN: {error.strerror}"
    try:
        raise_loopback()
    except OSError as error:
        call("setns", left, CLONE_NEWNET)
        os.close(left)
        return None, f"loopback in a network namespace needs CAP_NET_ADMIN: {error.strerror}"
    return left, None


def call(name: str, *arguments: int) -> None:
    """Call a function of libc's (os.unshare and os.setns came with Python 3.12)."""
    libc = ctypes.CDLL(None, use_errno=True)
    if getattr(libc, name)(*arguments):
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


def raise_loopback() -> None:
    """Set loopback up, which gives it 127.0.0.0/8 and ::1."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        _, flags = IFREQ.unpack(fcntl.ioctl(control, SIOCGIFFLAGS, IFREQ.pack(b"lo", 0)))
        fcntl.ioctl(control, SIOCSIFFLAGS, IFREQ.pack(b"lo", flags | IFF_UP))


def _trust_one(directory: Path) -> None:
    """Have one authority, which signs nothing, in place of the system's hundreds.

    OpenSSL takes some 20 ms to read those, for each of the thousands of gateways that are started.
    """
    file, empty = directory / "trusted.pem", directory / "trusted"
    empty.mkdir()
    trustme.CA().cert_pem.write_to_path(str(file))
    os.environ.update(zip(TRUST, (str(file), str(empty)), strict=True))
