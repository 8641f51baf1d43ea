"""Limit TLS messages that carry no data."""

import builtins
import ssl
from typing import Any

from sigproxy.gateway.meter import Meter

# OpenSSL gets this many bytes at a time, and has at most twice as many: more than a whole record
# (RFC 8446, 5.2). Otherwise it would process 10,000 KeyUpdates at once, for a quarter of a second
# in which no other client is served.
SLICE_BYTES = 16 * 1024 + 512
# The useful overhead of each record with data: header, tag, a little padding.
OVERHEAD_BYTES = 64


class MeteredTls(ssl.SSLObject):
    """A TLS connection that fails if its peer sends too many messages without data.

    KeyUpdates (RFC 8446, 4.6.3), tickets, empty records and padding cost us far more than the
    sender, and the protocol above TLS does not see them.
    """

    _source: ssl.MemoryBIO  # bytes received by the transport
    _sink: ssl.MemoryBIO  # bytes that OpenSSL may process
    _meter: Meter

    def read(self, len: int = 1024, buffer: Any = None) -> Any:
        """As in ``ssl.SSLObject``; raises SSLError if the peer has sent too little data."""
        if self._sink.pending < SLICE_BYTES:
            self._refill()  # saves a call that would only raise SSLWantReadError
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
        """Give OpenSSL the next slice of the received bytes; return False if there are none."""
        came = self._source.read(SLICE_BYTES)
        if came and not self._meter.spend(self._sink.write(came), 0):
            raise ssl.SSLError("the peer sends TLS messages without data, on and on")
        return bool(came)

    def pending(self) -> int:
        """Return how many bytes can be read now; transports read no more if this is 0."""
        return super().pending() + self._sink.pending

    def do_handshake(self) -> None:
        self._sink.write(self._source.read())
        super().do_handshake()

    def unwrap(self) -> None:
        """Close; bytes that come before the peer's close are processed in slices too."""
        while True:
            more = self._refill()
            try:
                return super().unwrap()
            except ssl.SSLWantReadError:
                if not more:
                    raise


class MeteredContext(ssl.SSLContext):
    """Makes metered TLS connections.

    It is a subclass because asyncio and uvloop offer no other way to use our own SSLObject.
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
