"""TLS messages that bring no data, held against those that do."""

import builtins
import ssl
from typing import Any

from sigproxy.gateway.meter import Meter

# OpenSSL gets so much at a time, and has as much again at the most: a whole record (RFC 8446, 5.2)
# and more. In one go it would follow 10,000 KeyUpdates for a quarter of a second, and nobody else
# would be served.
SLICE_BYTES = 16 * 1024 + 512
# Of each record of data: header, tag, a little padding.
OVERHEAD_BYTES = 64


class MeteredTls(ssl.SSLObject):
    """A TLS connection that ends when its peer sends messages without data on and on.

    KeyUpdates (RFC 8446, 4.6.3), tickets, empty records and padding cost us far more than who
    sends them, and no protocol above TLS hears of them.
    """

    _source: ssl.MemoryBIO  # what has come, of the transport
    _sink: ssl.MemoryBIO  # what OpenSSL may follow
    _meter: Meter

    def read(self, len: int = 1024, buffer: Any = None) -> Any:
        """As of ``ssl.SSLObject``; raises SSLError once the peer has sent too little data."""
        if self._sink.pending < SLICE_BYTES:
            self._refill()  # or OpenSSL would say, at a cost, that it wants more
        while True:
            try:
                got = super().read(min(len, SLICE_BYTES), buffer)  # transports ask for 256 KiB
            except ssl.SSLWantReadError:
                if not self._refill():
                    raise
                continue
            data_bytes: int = builtins.len(got) if buffer is None else got  # type: ignore[assignment]
            self._meter.spend(0, OVERHEAD_BYTES + data_bytes)
            return got

    def _refill(self) -> bool:
        """Let OpenSSL have a slice of what has come; return False if nothing has."""
        came = self._source.read(SLICE_BYTES)
        if came and not self._meter.spend(self._sink.write(came), 0):
            raise ssl.SSLError("the peer sends TLS messages without data, on and on")
        return bool(came)

    def pending(self) -> int:
        """Return what may be read without waiting; transports ask, and would leave it."""
        return super().pending() + self._sink.pending

    def do_handshake(self) -> None:
        self._sink.write(self._source.read())
        super().do_handshake()

    def unwrap(self) -> None:
        """Close; what comes until the peer closes as well is followed in slices too."""
        while True:
            more = self._refill()
            try:
                return super().unwrap()
            except ssl.SSLWantReadError:
                if not more:
                    raise


class MeteredContext(ssl.SSLContext):
    """Makes connections that are metered.

    A subclass, since asyncio and uvloop have no other way to hand out an object of ours.
    """

    sslobject_class = MeteredTls

    def wrap_bio(
        self,
        incoming: ssl.MemoryBIO,
        outgoing: ssl.MemoryBIO,
        server_side: bool = False,
        server_hostname: str | bytes | None = None,
        session: ssl.SSLSession | None = None,
    ) -> ssl.SSLObject:
        sink = ssl.MemoryBIO()
        tls = super().wrap_bio(sink, outgoing, server_side, server_hostname, session)
        assert isinstance(tls, MeteredTls)
        tls._source, tls._sink, tls._meter = incoming, sink, Meter()
        return tls
