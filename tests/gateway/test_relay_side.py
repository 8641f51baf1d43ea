"""What comes from coturn is acknowledged at once, so that it holds nothing back."""

import asyncio
import socket

from sigproxy.gateway.relay_side import RelaySide
from tests.lab.socketless import Written


class Kernel:
    """A socket that only notes which options are set."""

    family = socket.AF_UNIX

    def __init__(self) -> None:
        self.options: list[int] = []

    def setsockopt(self, level: int, option: int, value: int) -> None:
        assert value
        self.options.append(option)


class Silent:
    """A relay that takes everything."""

    def take(self, side: RelaySide, data: bytes) -> None: ...


def test_what_the_turn_server_sends_is_acknowledged_at_once() -> None:
    """coturn keeps a small message back until its last one is acknowledged: 40 ms by default.

    The kernel goes back to its delay with each read.
    """
    kernel = Kernel()
    loop = asyncio.new_event_loop()
    for acknowledges, expected in ((False, 0), (True, 3)):
        side = RelaySide(Silent(), loop, 240, acknowledges=acknowledges)
        side.connection_made(Written(kernel))
        for _ in range(2):
            side.buffer_updated(1)
        assert kernel.options.count(socket.TCP_QUICKACK) == expected
    loop.close()
