"""TLS over sliced bytes: nothing stays behind, and messages without data end the connection."""

import ssl
import tracemalloc

import pytest

from sigproxy.gateway import tls_records
from sigproxy.gateway.tls_records import MeteredContext
from tests.lab.pki import Pki


class Pair:
    """A metered side and a plain one, each with the bytes that the other has sent."""

    def __init__(self, pki: Pki, *, metered_server: bool) -> None:
        server = (MeteredContext if metered_server else ssl.SSLContext)(ssl.PROTOCOL_TLS_SERVER)
        client = (ssl.SSLContext if metered_server else MeteredContext)(ssl.PROTOCOL_TLS_CLIENT)
        server.load_cert_chain(pki.write("localhost"))
        client.load_verify_locations(pki.ca_file)
        up, down = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.source = up if metered_server else down
        sides = (
            client.wrap_bio(down, up, server_hostname="localhost"),
            server.wrap_bio(up, down, server_side=True),
        )
        self.plain, self.metered = sides if metered_server else reversed(sides)
        for _ in range(3):
            for side in sides:
                try:
                    side.do_handshake()
                except ssl.SSLWantReadError:
                    continue

    def received(self) -> bytes:
        """Read as transports do: while there is something to read, they think."""
        taken = b""
        try:
            while self.source.pending or self.metered.pending():
                taken += self.metered.read(256 * 1024)
        except ssl.SSLWantReadError:
            pass
        return taken


@pytest.fixture(params=[True, False], ids=["server", "client"])
def pair(request: pytest.FixtureRequest, pki: Pki) -> Pair:
    return Pair(pki, metered_server=request.param)


@pytest.mark.parametrize("size", [1, 100, 16 * 1024, 100_000])
def test_what_was_sent_at_once_is_read_at_once(pair: Pair, size: int) -> None:
    parts = [bytes([number]) * size for number in range(20)]
    for part in parts:
        pair.plain.write(part)

    assert pair.received() == b"".join(parts)
    assert pair.received() == b""


def test_a_read_takes_no_more_memory_than_a_record(pair: Pair) -> None:
    """Transports ask for 256 KiB each time, which would be allocated, and mostly given back."""
    pair.plain.write(b"x")
    tracemalloc.start()
    try:
        assert pair.metered.read(256 * 1024) == b"x"
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most < 64 * 1024


def test_a_record_that_comes_in_pieces(pair: Pair) -> None:
    pair.plain.write(b"whole")
    wire = pair.source.read()
    for byte in wire[:-1]:
        pair.source.write(bytes([byte]))
        assert pair.received() == b""
    pair.source.write(wire[-1:])

    assert pair.received() == b"whole"


def test_many_small_records_are_data(pair: Pair) -> None:
    """Each has more header than content; a WebSocket's pings are such."""
    for _ in range(10_000):
        pair.plain.write(b"x")

    assert pair.received() == b"x" * 10_000


def test_the_end_is_told(pair: Pair) -> None:
    pair.plain.write(b"last")
    with pytest.raises(ssl.SSLWantReadError):
        pair.plain.unwrap()

    assert pair.metered.read(100) == b"last"
    assert pair.metered.read(100) == b""
    pair.metered.unwrap()


def test_records_that_are_mostly_overhead_end_the_connection(
    pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As those would that hold no data at all, which only OpenSSL's own interface can send."""
    monkeypatch.setattr(tls_records, "OVERHEAD_BYTES", 0)
    for _ in range(1000):
        pair.plain.write(b"x")
    assert pair.received() == b"x" * 1000

    for _ in range(10_000):
        pair.plain.write(b"x")
    with pytest.raises(ssl.SSLError, match="without data"):
        pair.received()
