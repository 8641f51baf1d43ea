"""What was written and not taken yet: transports count its bytes, and each write costs far more."""

import asyncio

# uvloop keeps some 700 bytes for each write that waits: a vendor that sends its bytes one by one
# had a gateway hold 25 MiB for a client that read nothing.
MOST_WRITES = 64


class WriteQueue:
    """Writes to *transport*, which pauses its protocol beyond *most_bytes* or MOST_WRITES."""

    __slots__ = ("_most_bytes", "_transport", "_waiting")

    def __init__(self, transport: asyncio.Transport, most_bytes: int) -> None:
        self._transport = transport
        self._most_bytes = most_bytes
        self._waiting = 0
        transport.set_write_buffer_limits(most_bytes)  # with TLS, it is 512 KiB by default

    def write(self, data: bytes) -> None:
        transport = self._transport
        transport.write(data)
        if not transport.get_write_buffer_size():
            self._waiting = 0
            return
        self._waiting += 1
        if self._waiting == MOST_WRITES:
            transport.set_write_buffer_limits(0)  # pauses until all of it has been taken

    def resumed(self) -> None:
        """Note that the transport lets its protocol write again."""
        if self._waiting >= MOST_WRITES:
            self._transport.set_write_buffer_limits(self._most_bytes)
        self._waiting = 0
