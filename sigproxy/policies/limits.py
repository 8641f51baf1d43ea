"""How much a client or an upstream may send, how slowly, and how much it may keep open.

The comments name other servers' defaults.
"""

from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv6Address, ip_address
from typing import NamedTuple

from sigproxy.errors import BodyTooLarge

KIB = 1024
MIB = 1024 * KIB

# Descriptors for other things than clients and their upstreams: listeners, logs, DNS, idle pools.
RESERVED_FILES = 512


@dataclass(frozen=True, slots=True)
class Limits:
    request_head_bytes: int = 32 * KIB  # nginx 4 x 8, Envoy 60
    request_field_bytes: int = 16 * KIB  # nginx 8, Node 16; tokens of a few KiB are common
    request_target_bytes: int = 16 * KIB  # nginx 8; RFC 9112, 3 recommends 8000 bytes and more
    request_body_bytes: int = 16 * MIB  # nginx 1 MiB, which log uploads of SDKs exceed
    replay_body_bytes: int = 1 * MIB  # kept to send again after a redirect; nginx buffers 16 KiB
    fast_uploads: bool = False  # over TLS: a large receive window, which costs memory
    response_head_bytes: int = 64 * KIB  # nginx 4 or 8, Envoy 60
    header_timeout_s: float = 10.0  # haproxy's guides 10, Apache 20, nginx 60
    body_rate_bytes_s: float = 240.0  # IIS and Kestrel
    websocket_idle_s: float = 3600.0  # nginx 60, which cuts off ACS's quiet WebSockets

    # Of one worker; `assembly/rules.py` takes the first and the third from the limit of open files
    # where they are not set. A whole hospital may share one address behind a NAT, and an SDK opens
    # one or two WebSockets and up to six connections.
    connections: int = 10_000
    connections_per_address: int = 1000  # nginx none, Envoy none, Traefik none
    websockets: int = 10_000
    websockets_per_address: int = 500

    # Not settings.
    body_grace_s: float = 5.0  # as in Kestrel
    body_pause_s: float = 10.0  # the longest pause, however much came before; as for a head
    field_lines: int = 256  # nginx has none, aiohttp 128, Envoy 100
    response_field_lines: int = 1024


# From this share of a limit on, a client is near it.
NEAR = 0.5
MOST_NEAR = 10  # clients that are told of, for each limit


class Near(NamedTuple):
    """A client that has much of what *setting* allows it in one worker."""

    client: str
    setting: str
    held: int
    limit: int


def check_body(limits: Limits, size: int) -> None:
    """Raise BodyTooLarge if *size*, the request body's bytes, is over the limit."""
    if size > limits.request_body_bytes:
        raise BodyTooLarge(
            f"the request's body is over {limits.request_body_bytes} bytes; "
            "the gateway's operator can raise `limits.request_body_mib`"
        )


def body_patience_s(limits: Limits, left_s: float, received: int) -> float:
    """Return for how many seconds a client may pause now: *left_s*, and more for *received* bytes.

    Each byte adds 1 / body_rate_bytes_s seconds, up to body_pause_s in all. Without that maximum,
    a client could be silent for an hour after a fast mebibyte.
    """
    return min(left_s + received / limits.body_rate_bytes_s, limits.body_pause_s)


@lru_cache(maxsize=4096)
def address_key(address: str) -> str:
    """Return what counts as one client: an IPv4 address, or an IPv6 /64.

    Every subscriber gets at least a /64 (RFC 6177), and can use any of its 2**64 addresses.

    >>> address_key("2001:db8:1:2:3:4:5:6")
    '2001:db8:1:2::/64'
    """
    parsed = ip_address(address)
    if isinstance(parsed, IPv6Address):
        return f"{IPv6Address(int(parsed) >> 64 << 64)}/64"
    return address


def connections_for(open_files: int) -> int:
    """Return how many clients *open_files* descriptors serve: two each, one for the upstream."""
    return max(1, (open_files - RESERVED_FILES) // 2)


def files_for(connections: int) -> int:
    """Return how many descriptors this number of client connections may need."""
    return 2 * connections + RESERVED_FILES
