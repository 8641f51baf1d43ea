"""Ports that are told to other processes, and so have to stay free until those listen."""

import random
import socket
from collections.abc import Iterator
from contextlib import suppress
from itertools import chain

# Below those that the kernel gives to clients; a block is held by its first port.
FIRST, LAST, BLOCK = 10_000, 30_000, 100


def _blocks() -> Iterator[Iterator[int]]:
    """Yield blocks of ports that no other process of ours gives away."""
    starts = range(FIRST, LAST, BLOCK)
    for start in random.sample(starts, len(starts)):
        with suppress(OSError):
            _held.append(socket.create_server(("127.0.0.1", start)))
            yield iter(range(start + 1, start + BLOCK))


_held: list[socket.socket] = []
_ports = chain.from_iterable(_blocks())


def free_port() -> int:
    """Return a port that nobody listens on, and that nobody else is given."""
    for port in _ports:
        with suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port
    raise AssertionError("no port is free")
