"""Limit the waiting writes: transports only count their bytes, but each write costs far more."""

import asyncio

# uvloop uses about 700 bytes for each waiting write: a vendor that sent single bytes made a gateway
# use 25 MiB for one client that read nothing.
MOST_WRITES = 64


class WriteQueue:
    """Writes to *transport*; beyond *most_bytes* or MOST_WRITES it pauses its protocol."""

    __slots__ = ("_most_bytes", "_transport", "_waiting")

    def __init__(self, transport: asyncio.Transport, most_bytes: int) -> None:
        self._transport = transport
        self._most_bytes = most_bytes
        self._waiting = 0
        transport.set_write_buffer_limits(most_bytes)  # the default with TLS is 512 KiB

    def write(self, data: bytes) -> None:
        transport = self._transport
        transport.write(data)
        if not transport.get_write_buffer_size():
            self._waiting = 0
            return
        self._waiting += 1
        if self._waiting == MOST_WRITES:
            transport.set_write_buffer_limits(0)  # pauses until everything has been sent

    def resumed(self) -> None:
        """Restore the limits: the transport lets its protocol write again."""
        if self._waiting >= MOST_WRITES:
            self._transport.set_write_buffer_limits(self._most_bytes)
        self._waiting = 0
