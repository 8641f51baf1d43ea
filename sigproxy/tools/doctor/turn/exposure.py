"""The TURN server's PROXY protocol port: it believes any address it is told, so nobody else's."""

import asyncio
import socket
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from ipaddress import ip_address

from sigproxy.semantics.authority import Authority
from sigproxy.tools.doctor.finding import Finding, warning, well

NAME = "turn proxy port"
TRY_S = 2.0
# To these nothing is sent: the kernel says from which address it would (RFC 5737, RFC 3849).
_ELSEWHERE = ((socket.AF_INET, "192.0.2.1"), (socket.AF_INET6, "2001:db8::1"))


@dataclass(frozen=True, slots=True)
class ExposureSeen:
    """*tried*: addresses that others reach this machine at; *open*: those that take connections."""

    port: int
    tried: tuple[str, ...]
    open: tuple[str, ...]


async def probe(relay: Authority, public: Iterable[str]) -> ExposureSeen:
    """Dial *relay*'s port at this machine's other addresses, and at its *public* ones."""
    others = dict.fromkeys(each for each in (*public, *own_addresses()) if each != relay.host)
    tried = tuple(each for each in others if not ip_address(each).is_loopback)
    answers = await asyncio.gather(*(_is_open(each, relay.port) for each in tried))
    return ExposureSeen(
        relay.port,
        tried,
        tuple(each for each, is_open in zip(tried, answers, strict=True) if is_open),
    )


def own_addresses() -> Iterator[str]:
    """Yield the addresses from which this machine would send to others."""
    for family, elsewhere in _ELSEWHERE:
        with suppress(OSError), socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.connect((elsewhere, 9))
            yield probe.getsockname()[0]


async def _is_open(address: str, port: int) -> bool:
    with suppress(OSError):
        async with asyncio.timeout(TRY_S):
            _, writer = await asyncio.open_connection(address, port)
        writer.close()
        return True
    return False


def judge(seen: ExposureSeen) -> Finding:
    """Return what was found; whether a firewall elsewhere stands in front is not seen from here."""
    if seen.open:
        where = " and ".join(seen.open)
        return warning(
            NAME,
            "proxy_port_open",
            f"nothing on this machine closes port {seen.port} at {where}: who reaches it can pass "
            "for any client's address",
            f"nft add rule inet filter input ip daddr {seen.open[0]} tcp dport {seen.port} drop; "
            "or see that a firewall in front does it",
        )
    where = ", ".join(seen.tried) or "this machine has no other address"
    return well(NAME, f"port {seen.port} is closed to others, as far as can be seen here ({where})")
