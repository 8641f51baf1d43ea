"""The suite's own judges: what they let pass, and what they do not."""

import pytest

from tests.conformance import reference, tls
from tests.conformance.cases import ROWS
from tests.conformance.cases.build import pipelined, refused, served
from tests.conformance.model import Arrived, Row, Seen, faults

OK = b"HTTP/1.1 200 OK\r\n\r\nok"
BAD = b"HTTP/1.1 400 Bad Request\r\n\r\n"
EARLY = b"HTTP/1.1 103 Early Hints\r\n\r\n"
X = Arrived(b"GET /x HTTP/1.1\r\nHost: up\r\n\r\n", b"")
AS_WRITTEN = Arrived(b"GET /up/smuggled HTTP/1.1\r\n\r\n", b"")

REFUSED = refused("a", "", "GET").filled("/up", "own")
SERVED = served("b", "", "GET", 400, never="X-A").filled("/up", "own")
TWO = pipelined("c", "", "GET", 200, never="@UP").filled("/up", "own")


def test_every_row_has_its_name() -> None:
    assert len({row.id for row in ROWS}) == len(ROWS)


def test_a_row_is_filled_in() -> None:
    assert TWO.raw == b"GETGET /up/smuggled HTTP/1.1\r\nHost: own\r\n\r\n"
    assert TWO.never == b"/up"


@pytest.mark.parametrize(
    ("row", "received", "arrived"),
    [
        (REFUSED, BAD, ()),
        (SERVED, OK, (X,)),
        (SERVED, EARLY + OK, (X,)),
        (SERVED, BAD, ()),
        (TWO, OK + OK, (X, X)),
        (TWO, OK, (X,)),
    ],
)
def test_what_is_right(row: Row, received: bytes, arrived: tuple[Arrived, ...]) -> None:
    assert list(faults(row, Seen(received, arrived))) == []


@pytest.mark.parametrize(
    ("row", "received", "arrived", "fault"),
    [
        (REFUSED, b"", (), "answered nothing instead of 400"),
        (REFUSED, OK, (), "answered 200 instead of 400"),
        (REFUSED, BAD + BAD, (), "answered 2 times"),
        (REFUSED, BAD, (X,), "the upstream got 1 requests: [b'GET /x HTTP/1.1']"),
        (SERVED, OK, (Arrived(b"GET /\r\nX-A: 1\r\n", b""),), "the upstream got b'X-A'"),
        (TWO, OK + OK, (X, AS_WRITTEN), "the upstream got b'/up'"),
    ],
)
def test_what_is_wrong(row: Row, received: bytes, arrived: tuple[Arrived, ...], fault: str) -> None:
    assert list(faults(row, Seen(received, arrived))) == [fault]


@pytest.mark.parametrize(
    ("verdict", "counted"),
    [
        ("  proxy.test:1: OK - Compliant.\n", set()),
        (
            "   * maximum_certificate_lifespan: too long\n   * certificate_path_validation: x\n",
            set(),
        ),
        ("   * tls_curves: TLS curves {'X448', 'secp521r1'} are supported\n", set()),
        ("   * tls_curves: TLS curves {'X448', 'secp192r1'} are supported\n", {"tls_curves"}),
        ("   * ciphers: Cipher suites {'X448'} are supported\n", {"ciphers"}),
        ("   * tls_curves: none\n", {"tls_curves"}),
    ],
)
def test_what_counts_of_sslyzes_complaints(verdict: str, counted: set[str]) -> None:
    assert tls.counted(verdict).keys() == counted


def test_sslyze_must_give_a_verdict() -> None:
    with pytest.raises(RuntimeError, match="no verdict"):
        tls.counted("  the connection was refused\n")


GET = b"GET /a HTTP/1.1\r\nHost: b\r\n\r\n"
POST = b"POST /a HTTP/1.1\r\nHost: b\r\n"


@pytest.mark.parametrize(
    ("data", "bodies"),
    [
        (b"", []),
        (GET, [b""]),
        (b"\r\n" + GET + GET, [b"", b""]),
        (POST + b"Content-Length: 2\r\n\r\nok" + GET, [b"ok", b""]),
        (
            POST + b"Transfer-Encoding: chunked\r\n\r\n2;x\r\nok\r\n0\r\nA: b\r\n\r\n" + GET,
            [b"ok", b""],
        ),
        (GET + b"GET /a\r\n\r\n" + GET, [b""]),
        (POST + b"Content-Length: 3\r\n\r\nok", []),
        (POST + b"Content-Length: +2\r\n\r\nok", []),
        (POST + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\nok!", []),
        (POST + b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", []),
        (POST + b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", []),
        (POST + b"Transfer-Encoding: chunked\r\n\r\n2\r\nok!\r\n0\r\n\r\n", []),
        (POST + b"Transfer-Encoding: chunked\r\n\r\n0\r\nA : b\r\n\r\n", []),
        (b"GET /a HTTP/1.1\r\nHost : b\r\n\r\n", []),
        (b"GET /a HTTP/1.1\r\n Host: b\r\n\r\n", []),
        (b"GET /a HTTP/1.1\r\nHost: b\nX: y\r\n\r\n", []),
        (b"GET /a HTTP/1.1 \r\nHost: b\r\n\r\n", []),
    ],
)
def test_the_second_reader(data: bytes, bodies: list[bytes]) -> None:
    assert [message.body for message in reference.messages(data)] == bodies
