"""TCP connections to a host's addresses: several in parallel, and the first that is there."""

import asyncio
import socket
from itertools import zip_longest

import aiohappyeyeballs
from aiohappyeyeballs import AddrInfoType

# RFC 8305, 5: after this long without a connection, the next address is tried in parallel.
ATTEMPT_DELAY_S = 0.25
MOST_TRIED = 4


def tried(addresses: tuple[str, ...]) -> list[str]:
    """Return which of *addresses* to try, IPv4 and IPv6 in alternation (RFC 8305, 4).

    They are few: each may use a descriptor until the deadline, and each gets a SYN from us.
    """
    v6 = [each for each in addresses if ":" in each]
    v4 = [each for each in addresses if ":" not in each]
    by_turns = [each for pair in zip_longest(v4, v6) for each in pair if each is not None]
    return by_turns[:MOST_TRIED]


async def connect(
    addresses: tuple[str, ...], port: int, loop: asyncio.AbstractEventLoop
) -> socket.socket:
    """Return a connection to one of *addresses*, which does not block; raise OSError."""
    return await aiohappyeyeballs.start_connection(
        [_address_info(each, port) for each in tried(addresses)],
        happy_eyeballs_delay=ATTEMPT_DELAY_S,
        interleave=1,
        loop=loop,
    )


def _address_info(address: str, port: int) -> AddrInfoType:
    if ":" in address:
        return (socket.AF_INET6, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", (address, port, 0, 0))
    return (socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", (address, port))
