"""Parse the system's files about host names: hosts(5) and resolv.conf(5)."""

from ipaddress import ip_address

DNS_PORT = 53
MOST_SERVERS = 8  # the C library uses three
_NO_FAMILY = ""


def hosts(text: str) -> dict[str, tuple[str, ...]]:
    """Return the addresses of each name in *text*, in the order of its lines.

    A line is an address and its names; ``#`` begins a comment. Names are returned in lower case
    and without a final dot, as in an Authority. Lines that do not begin with an address are
    skipped, as in the C library.
    """
    spelled: dict[str, str] = {}  # a cache: ad-blocking lists repeat one address 100,000 times
    found: dict[str, dict[str, None]] = {}
    for line in text.splitlines():
        words = line.partition("#")[0].split()
        if len(words) < 2:
            continue
        address = spelled.get(words[0])
        if address is None:
            address = spelled[words[0]] = _address(words[0])
        if address == _NO_FAMILY:
            continue
        for name in words[1:]:
            found.setdefault(name.lower().removesuffix("."), {})[address] = None
    return {name: tuple(addresses) for name, addresses in found.items()}


def name_servers(text: str) -> tuple[str, ...]:
    """Return the name servers in *text*, each with its port; empty if there are none.

    ``192.0.2.53:5353`` and ``[2001:db8::53]:5353`` are accepted too, as in c-ares.
    """
    found: dict[str, None] = {}
    for line in text.splitlines():
        words = line.partition("#")[0].partition(";")[0].split()
        if len(words) >= 2 and words[0] == "nameserver" and (server := with_port(words[1])):
            found[server] = None
    return tuple(found)[:MOST_SERVERS]


def with_port(server: str) -> str:
    """Return *server*, an address with or without a port, as ``address:port``; "" if invalid."""
    if address := _address(server):
        return f"[{address}]:{DNS_PORT}" if ":" in address else f"{address}:{DNS_PORT}"
    host, colon, port = server.rpartition(":")
    bracketed = host.startswith("[") and host.endswith("]")
    address = _address(host[1:-1] if bracketed else host)
    is_port = port.isascii() and port.isdigit() and 0 < int(port[:6]) <= 65535
    if not (colon and address and is_port and bracketed == (":" in address)):
        return _bare(server)
    return f"[{address}]:{int(port)}" if bracketed else f"{address}:{int(port)}"


def zone_last(address: str) -> str:
    """Return *address* as c-ares reads it: with the zone of an IPv6 address behind the port.

    >>> zone_last("[fe80::1%eth0]:53")
    '[fe80::1]:53%eth0'
    """
    literal, percent, rest = address.partition("%")
    zone, bracket, port = rest.partition("]")
    return literal + bracket + port + percent + zone


def _bare(server: str) -> str:
    """Return *server*, if it is ``[address]`` without a port, with the DNS port; else ""."""
    address = _address(server[1:-1]) if server[:1] == "[" and server[-1:] == "]" else ""
    return f"[{address}]:{DNS_PORT}" if ":" in address else ""


def _address(text: str) -> str:
    try:
        return str(ip_address(text))
    except ValueError:
        return _NO_FAMILY
