"""Network namespaces of the suite's own: one with the servers, two with a browser each.

A client's only way out is its cable to the servers, which pass nothing on between clients. nftables
closes what a test closes and counts what got through.
"""

import asyncio
import json
import os
import shutil
import socket
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from tests import isolation

# Addresses that nobody keeps for private use: coturn has to relay to them.
GATEWAY, PROXY, BALANCED, VENDOR = (f"192.0.32.{number}" for number in range(1, 5))
RESOLVER = "127.0.0.53"  # of each client's own network, as a company has one
PREFIX = "sigproxy-media-"
MADE, OWN_FILES = Path("/run/netns"), Path("/etc/netns")  # ip-netns(8)
PROTOCOLS = {socket.SOCK_STREAM: socket.IPPROTO_TCP, socket.SOCK_DGRAM: socket.IPPROTO_UDP}
CABLE = "cable0"  # a client's only interface beside loopback

OPEN: tuple[str, ...] = ()
NO_UDP = ('oifname != "lo" meta l4proto udp counter name refused drop',)
ONLY_443 = (
    'oifname "lo" accept',
    f"ip daddr {GATEWAY} tcp dport 443 accept",
    "counter name refused drop",
)
# There is no name server either: whoever asks for a name waits.
ONLY_PROXY = (
    "udp dport 53 drop",
    'oifname "lo" accept',
    f"ip daddr {PROXY} tcp dport 3128 accept",
    "counter name refused drop",
)


@dataclass(frozen=True, slots=True)
class Sent:
    """Packets that left a client: to the gateway, to others, and what its firewall refused.

    *others* are the addresses of IPv4 that got any.
    """

    to_gateway: int
    to_others: int
    refused: int
    others: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Namespace:
    """*address* is where the others reach it."""

    name: str
    address: str

    @property
    def prefix(self) -> tuple[str, ...]:
        """What stands in front of a command that is to run inside."""
        return ("ip", "netns", "exec", self.name)

    @contextmanager
    def inside(self) -> Iterator[None]:
        """Have this thread inside: nothing may be awaited meanwhile."""
        network = os.open(MADE / self.name, os.O_RDONLY | os.O_CLOEXEC)
        try:
            with isolation.in_network(network):
                yield
        finally:
            os.close(network)

    def bound(self, kind: socket.SocketKind, address: str, port: int) -> socket.socket:
        """Return a socket at a place inside; one of TCP listens."""
        with self.inside():
            # Without its protocol asyncio takes it for one that needs no TCP_NODELAY.
            made = socket.socket(socket.AF_INET, kind, PROTOCOLS[kind])
        made.setblocking(False)
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.bind((address, port))
        if kind is socket.SOCK_STREAM:
            made.listen(512)
        return made

    async def connected(self, host: str, port: int, buffer: int = 0) -> socket.socket:
        """Return a connection; *buffer* bounds what the kernel takes if nothing is read."""
        with self.inside():
            made = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        made.setblocking(False)
        if buffer:
            made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
        await asyncio.get_running_loop().sock_connect(made, (host, port))
        return made

    def close_off(self, rules: Sequence[str]) -> None:
        """Have *rules* for what may leave, and count from nought.

        IGMP is the kernel's: it says that somebody, mDNS in Chromium, listens to a group.
        """
        text = f"""
            flush ruleset
            table inet case {{
                counter refused {{ }}
                counter to_gateway {{ }}
                counter to_others {{ }}
                set others {{ type ipv4_addr; flags dynamic; size 64; }}
                chain out {{
                    type filter hook output priority 0
                    meta l4proto igmp drop
                    {"; ".join(rules)}
                }}
                chain count {{
                    type filter hook postrouting priority 300
                    oifname "lo" accept
                    ip daddr {GATEWAY} counter name to_gateway accept
                    counter name to_others
                    add @others {{ ip daddr }}
                }}
            }}"""
        run(*self.prefix, "nft", "-f", "-", given=text)

    def sent(self) -> Sent:
        listed = json.loads(run(*self.prefix, "nft", "-j", "list", "table", "inet", "case"))
        counters, others = {}, ()
        for each in listed["nftables"]:
            if counter := each.get("counter"):
                counters[counter["name"]] = counter["packets"]
            elif "set" in each:
                others = tuple(each["set"].get("elem", ()))
        return Sent(**counters, others=others)


@dataclass(frozen=True, slots=True)
class Networks:
    server: Namespace
    clients: tuple[Namespace, Namespace]


def run(*command: str, given: str = "") -> str:
    done = subprocess.run(command, input=given, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, f"{' '.join(command)}: {done.stderr}"
    return done.stdout


def obstacle() -> str | None:
    """Return why there can be no such networks here; None if they can."""
    for program, package in (("ip", "iproute2"), ("nft", "nftables")):
        if shutil.which(program) is None:
            return f"{program} is not installed: apt-get install {package}"
    if reason := isolation.obstacle():
        return reason
    try:
        with made() as networks:
            networks.clients[0].close_off(ONLY_443)
    except (AssertionError, OSError) as error:
        return f"network namespaces cannot be joined here: {error}"
    return None


@contextmanager
def made() -> Iterator[Networks]:
    """Make the networks; take them down again, and those of a run that was killed."""
    _remove_orphans()
    with ExitStack() as stack:
        server = stack.enter_context(_namespace("server", GATEWAY))
        for address in (GATEWAY, PROXY, BALANCED, VENDOR):
            _ip(server, "address", "add", f"{address}/32", "dev", "lo")
        clients = [
            stack.enter_context(_client(server, number, f"192.0.{number}")) for number in (33, 34)
        ]
        yield Networks(server, (clients[0], clients[1]))


@contextmanager
def _client(server: Namespace, number: int, network: str) -> Iterator[Namespace]:
    with _namespace(f"client{number}", f"{network}.2") as client:
        there = f"to{number}"
        peer = ("peer", "name", CABLE, "netns", client.name)
        _ip(server, "link", "add", there, "type", "veth", *peer)
        ends = ((server, there, f"{network}.1/24"), (client, CABLE, f"{network}.2/24"))
        for end, cable, address in ends:
            _ip(end, "address", "add", address, "dev", cable)
            # No address of IPv6: it would be announced to all, and every packet counts here.
            _ip(end, "link", "set", cable, "addrgenmode", "none", "up")
        _ip(client, "route", "add", "default", "via", f"{network}.1")
        client.close_off(OPEN)
        yield client


@contextmanager
def _namespace(what: str, address: str) -> Iterator[Namespace]:
    made = Namespace(f"{PREFIX}{os.getpid()}-{what}", address)
    run("ip", "netns", "add", made.name)
    try:
        _ip(made, "link", "set", "lo", "up")
        files = OWN_FILES / made.name
        files.mkdir(parents=True)
        # WebRTC in Chromium asks a name server, and neither /etc/hosts nor its resolver rules.
        (files / "resolv.conf").write_text(f"nameserver {RESOLVER}\n")
        yield made
    finally:
        _remove(made.name)


def _ip(within: Namespace, *words: str) -> None:
    run("ip", "-n", within.name, *words)


def _remove(name: str) -> None:
    run("ip", "netns", "delete", name)
    shutil.rmtree(OWN_FILES / name, ignore_errors=True)
    with suppress(OSError):  # others have theirs there
        OWN_FILES.rmdir()


def _remove_orphans() -> None:
    for path in MADE.glob(f"{PREFIX}*"):
        pid = path.name.removeprefix(PREFIX).partition("-")[0]
        if not Path(f"/proc/{pid}").exists():
            with suppress(AssertionError):  # another run removes it too
                _remove(path.name)
