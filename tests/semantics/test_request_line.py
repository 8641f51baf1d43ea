"""The protocol at the end of a request line."""

import pytest

from sigproxy.errors import VersionUnsupported
from sigproxy.semantics.request_line import check

BEHIND = b"\r\nHost: a RTSP/1.0\r\n\r\n"


@pytest.mark.parametrize(
    "line",
    [
        b"GET / HTTP/1.1",
        b"GET / HTTP/1.0",
        b"\r\n\r\nGET / HTTP/1.1",
        b"GET /RTSP/1.0 HTTP/1.1",
        # Malformed in other ways, of which the parser tells.
        *(b"GET /", b"GET / http/1.1", b"GET / HTTP/1.10", b"GET / HTTP/1.1 ", b"\x16\x03\x01"),
    ],
)
def test_what_is_left_to_the_parser(line: bytes) -> None:
    check(line + BEHIND)
    check(line + b"\nHost: a\n\n")


OTHERS = [
    "RTSP/1.0",
    "RTSP/1.1",
    "ICE/1.0",
    "HTTP/2.0",
    "HTTP/1.2",
    "HTTP/0.9",
    "HTTP/2",
    "SIP/2.0",
]


@pytest.mark.parametrize("protocol", OTHERS)
@pytest.mark.parametrize("before", [b"GET /x ", b"\r\n\nSOURCE / ", b"GET /" + b"x" * 500 + b" "])
@pytest.mark.parametrize("behind", [BEHIND, b"\r\n", b"\n"])
def test_another_protocol_is_refused_by_name(protocol: str, before: bytes, behind: bytes) -> None:
    with pytest.raises(VersionUnsupported) as error:
        check(before + protocol.encode() + behind)
    assert error.value.detail == f"{protocol} is not supported; use HTTP/1.1"


def test_a_line_that_goes_on_is_waited_for() -> None:
    check(b"GET / RTSP/1.0")
    check(b"\r\n")
    check(b"")
