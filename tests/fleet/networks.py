"""The machines of a fleet, as network namespaces at one switch, with the addresses of contrib/."""

import itertools
import os
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from tests import isolation
from tests.media.live.networks import MADE, Namespace, run

# Those that stand in contrib/haproxy, contrib/keepalived and conf/examples/fleet.toml.
SHARED = "203.0.113.10"  # what clients dial
BALANCERS = ("203.0.113.11", "203.0.113.12")
GATEWAYS = ("203.0.113.21", "203.0.113.22", "203.0.113.23")
STORE = "203.0.113.30"
# coturn relays to nobody at an address that is for documentation.
VENDOR, CLIENTS = "192.0.32.4", ("192.0.33.2", "192.0.33.3", "192.0.33.4")
INTERFACE = "eth0"
PREFIX = "sigproxy-fleet-"
_numbers = itertools.count()  # of the fleets of this process


@dataclass(frozen=True, slots=True)
class Networks:
    switch: Namespace
    balancers: tuple[Namespace, ...]
    gateways: tuple[Namespace, ...]
    store: Namespace
    vendor: Namespace
    clients: Namespace


def obstacle() -> str | None:
    """Return why there can be no such networks here; None if they can."""
    if os.geteuid() != 0:
        return "network namespaces need root"
    if shutil.which("ip") is None:
        return "ip is not installed: apt-get install iproute2"
    if reason := isolation.obstacle():
        return reason
    try:
        with made():
            return None
    except (AssertionError, OSError) as error:
        return f"network namespaces cannot be made here: {error}"


@contextmanager
def made() -> Iterator[Networks]:
    """Make the machines; take them down again, and those of a run that was killed."""
    _remove_orphans()
    fleet = f"{PREFIX}{os.getpid()}-{next(_numbers)}-"
    with ExitStack() as stack:
        switch = stack.enter_context(_namespace(f"{fleet}switch", ""))
        ip(switch, "link", "add", "bridge0", "type", "bridge")
        ip(switch, "link", "set", "bridge0", "up")

        def machine(name: str, *addresses: str) -> Namespace:
            return stack.enter_context(_machine(switch, fleet, name, addresses))

        yield Networks(
            switch,
            tuple(machine(f"b{at}", each) for at, each in enumerate(BALANCERS, 1)),
            tuple(machine(f"g{at}", each) for at, each in enumerate(GATEWAYS, 1)),
            machine("store", STORE),
            machine("vendor", VENDOR),
            machine("clients", *CLIENTS),
        )


def ip(within: Namespace, *words: str) -> str:
    return run("ip", "-n", within.name, *words)


def unplug(machine: Namespace) -> None:
    """Cut its cable: no packet leaves it any more, and nobody is told."""
    ip(machine, "link", "set", INTERFACE, "down")


def plug(machine: Namespace) -> None:
    ip(machine, "link", "set", INTERFACE, "up")
    _lead_everywhere(machine)


def addresses(machine: Namespace) -> list[str]:
    """Return the IPv4 addresses that it has now."""
    words = ip(machine, "-4", "-o", "address", "show", "dev", INTERFACE).split()
    return [words[at + 1].partition("/")[0] for at, word in enumerate(words[:-1]) if word == "inet"]


@contextmanager
def _machine(switch: Namespace, fleet: str, name: str, own: tuple[str, ...]) -> Iterator[Namespace]:
    with _namespace(f"{fleet}{name}", own[0]) as made:
        peer = ("peer", "name", INTERFACE, "netns", made.name)
        ip(switch, "link", "add", name, "type", "veth", *peer)
        ip(switch, "link", "set", name, "master", "bridge0", "up")
        for each in own:
            ip(made, "address", "add", f"{each}/24", "dev", INTERFACE)
        plug(made)
        yield made


def _lead_everywhere(machine: Namespace) -> None:
    """All of them are at one switch: whatever the address, it is there."""
    ip(machine, "route", "replace", "default", "dev", INTERFACE)


@contextmanager
def _namespace(name: str, address: str) -> Iterator[Namespace]:
    made = Namespace(name, address)
    run("ip", "netns", "add", made.name)
    try:
        ip(made, "link", "set", "lo", "up")
        yield made
    finally:
        run("ip", "netns", "delete", made.name)


def _remove_orphans() -> None:
    for path in MADE.glob(f"{PREFIX}*"):
        pid = path.name.removeprefix(PREFIX).partition("-")[0]
        if not Path(f"/proc/{pid}").exists():
            with suppress(AssertionError):  # another run removes it too
                run("ip", "netns", "delete", path.name)
