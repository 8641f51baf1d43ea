"""What an existing turnserver.conf lacks, and what in it is dangerous, with what follows."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address

from sigproxy.media.coturn.conf import lines
from sigproxy.media.coturn.denied import IPV4, IPV6
from sigproxy.media.coturn.denied import span as as_span
from sigproxy.media.coturn.options import CoturnOptions, Line
from sigproxy.semantics.ice_servers import Finding

Address = IPv4Address | IPv6Address
Span = tuple[Address, Address]

_MANY = frozenset({"denied-peer-ip", "allowed-peer-ip", "listening-ip", "static-auth-secret"})
_OUT = "take the line out"
_DANGEROUS = {
    "no-auth": "everybody relays, without a credential",
    "oauth": "it is what CVE-2026-43994 overflows before 4.10, and no browser uses it",
    "user": "its password never expires, and never changes",
    "lt-cred-mech": "it is for passwords that never expire; use-auth-secret does without",
    "allow-loopback-peers": "clients reach every service on 127.0.0.1, databases and consoles too",
    "server-relay": "whoever finds a relay's port sends to its client without permission",
    "cli": "it starts a telnet console",
    "cli-password": "it is for the telnet console, which is best left off",
    "web-admin": "it starts a web console",
    "no-udp": "no client comes in over UDP, the fastest way",
    "no-udp-relay": "media is UDP, so nothing is relayed",
    "no-stun": "STUN's Binding is what clients find their own address by",
    "secure-stun": "clients send STUN's Binding without a credential, and get no answer",
    "alternate-server": "clients are sent to another server",
    "mobility": "a relay can be taken over from another address",
}


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of somebody's file."""

    number: int
    key: str
    value: str

    @property
    def name(self) -> str:
        secret = self.key in ("static-auth-secret", "user", "cli-password")
        shown = self.key if secret or not self.value else f"{self.key}={self.value}"
        return f"line {self.number}, {shown}"


def entries(text: str) -> Iterator[Entry]:
    """Yield the lines of *text* as coturn reads them: a comment has a line of its own."""
    for number, raw in enumerate(text.splitlines(), 1):
        line = raw.strip()
        if line and not line.startswith("#"):
            key, *value = re.split(r"\s*=\s*|\s+", line, maxsplit=1)
            yield Entry(number, key.lstrip("-"), value[0].strip() if value else "")


def check(text: str, options: CoturnOptions) -> Iterator[Finding]:
    """Yield what is wrong with a turnserver.conf that holds *text*, for *options*."""
    found = list(entries(text))
    wanted = lines(options)
    for line in wanted:
        yield from _lacking(line, found)
    for entry in found:
        yield from _dangerous(entry, options)
        yield from _beyond(entry, wanted)


def _lacking(line: Line, found: Sequence[Entry]) -> Iterator[Finding]:
    same = [entry for entry in found if entry.key == line.key]
    if line.key == "log-file" and any(entry.key in ("log-file", "syslog") for entry in found):
        return
    if any(_does(line, entry) for entry in same):
        return
    remedy = f"add {line.name}"
    if same and line.key not in _MANY and line.key != "relay-ip":
        yield Finding(same[-1].name, f"as it stands, {line.without}", f"write {line.name}")
    else:
        yield Finding(line.name, f"it is missing: {line.without}", remedy)


def _number(text: str) -> int:
    """Return the number that *text* is, -1 if it is none that coturn could mean."""
    is_one = text.isascii() and text.isdigit() and len(text) <= 19
    return int(text) if is_one else -1


def _does(line: Line, entry: Entry) -> bool:
    """Whether *entry* does what *line* is for."""
    if line.least is not None:
        return _number(entry.value) >= line.least
    if line.key in ("cert", "pkey"):
        return bool(entry.value)
    if line.key == "denied-peer-ip":
        mine, theirs = _span(line.value), _span(entry.value)
        return mine is not None and theirs is not None and _covers(theirs, mine)
    if line.key == "allowed-peer-ip":
        return _span(line.value) == _span(entry.value)
    return line.value == entry.value


def _dangerous(entry: Entry, options: CoturnOptions) -> Iterator[Finding]:
    if what := _DANGEROUS.get(entry.key):
        yield Finding(entry.name, what, _OUT)
    if entry.key == "no-tcp" and options.relay is not None:
        yield Finding(entry.name, "it closes the PROXY protocol port as well", _OUT)
    if entry.key == "relay-ip" and ":" in entry.value and not options.relay_ip6:
        what = "an IPv6 relay reaches ::ffff:127.0.0.1 and its like past the denied IPv4 ranges"
        yield Finding(entry.name, what, _OUT)
    if entry.key in ("denied-peer-ip", "allowed-peer-ip"):
        yield from _bad_span(entry)
    if entry.key == "allowed-peer-ip":
        yield from _too_open(entry, options)


def _bad_span(entry: Entry) -> Iterator[Finding]:
    span = _span(entry.value)
    if span is None:
        what = "coturn reads no range in it"
        yield Finding(entry.name, what, "write FIRST-LAST, two addresses")
        return
    low, high = span
    if low.version == 6 and int(low) == 0 and entry.key == "denied-peer-ip":
        what = "coturn 4.6 takes it for every IPv4 address, and relays to nobody"
        yield Finding(entry.name, what, "leave IPv6 relays off, or begin with another address")
    elif low.version == 6 and not _is_prefix(low, high):
        what = "coturn 4.6 compares it byte by byte, so it has holes"
        yield Finding(entry.name, what, "write a prefix: its last bytes 00 to ff")


def _too_open(entry: Entry, options: CoturnOptions) -> Iterator[Finding]:
    span = _span(entry.value)
    own = {options.public_ip, options.own_ip}
    if span is None or (span[0] == span[1] and str(span[0]) in own):
        return
    for network, name in (*IPV4, *IPV6):
        denied = _span(as_span(network))
        if denied is not None and _overlap(span, denied):
            what = f"what is allowed beats what is denied: clients reach {name}, {network}"
            yield Finding(entry.name, what, _OUT)


def _beyond(entry: Entry, wanted: Sequence[Line]) -> Iterator[Finding]:
    """Say what the file has more of than it should."""
    known = {line.value for line in wanted if line.key == entry.key}
    if entry.key == "static-auth-secret" and entry.value not in known:
        what = "secret_file in [turn] has no such line: whoever knows this secret still comes in"
        yield Finding(entry.name, what, _OUT)
    if entry.key == "listening-ip" and entry.value not in known:
        what = "coturn's ports, with PROXY protocol too, are open on this address as well"
        yield Finding(entry.name, what, _OUT)


def _span(text: str) -> Span | None:
    first, _, last = text.partition("-")
    try:
        low, high = ip_address(first.strip()), ip_address((last or first).strip())
    except ValueError:
        return None
    return (low, high) if low.version == high.version and int(low) <= int(high) else None


def _covers(outer: Span, inner: Span) -> bool:
    same = outer[0].version == inner[0].version
    return same and int(outer[0]) <= int(inner[0]) and int(inner[1]) <= int(outer[1])


def _overlap(one: Span, other: Span) -> bool:
    same = one[0].version == other[0].version
    return same and int(one[0]) <= int(other[1]) and int(other[0]) <= int(one[1])


def _is_prefix(low: Address, high: Address) -> bool:
    """Whether a range is the same compared as a number and byte by byte."""
    pairs = list(zip(low.packed, high.packed, strict=True))
    differing = next((index for index, (a, b) in enumerate(pairs) if a != b), len(pairs))
    return all(pair == (0, 255) for pair in pairs[differing + 1 :])
