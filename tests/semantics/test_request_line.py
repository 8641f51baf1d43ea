"""The protocol at the end of a request line, however the line is cut."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sigproxy.errors import VersionUnsupported
from sigproxy.semantics.request_line import RequestLine
from tests.strategies import cut

BEHIND = b"\r\nHost: a RTSP/1.0\r\n\r\n"


def read(*parts: bytes) -> None:
    line = RequestLine()
    for part in parts:
        line.feed(part)


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
    read(line + BEHIND)


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
def test_another_protocol_is_refused_by_name(protocol: str) -> None:
    with pytest.raises(VersionUnsupported) as error:
        read(b"GET /x " + protocol.encode() + BEHIND)
    assert error.value.detail == f"{protocol} is not spoken here; use HTTP/1.1"


@given(st.sampled_from(OTHERS), st.integers(0, 60), st.data())
def test_law_however_it_is_cut(protocol: str, length: int, data: st.DataObject) -> None:
    raw = b"\r\nSOURCE /" + b"x" * length + b" " + protocol.encode() + BEHIND
    with pytest.raises(VersionUnsupported):
        read(*data.draw(cut(raw)))
    good = raw.replace(protocol.encode(), b"HTTP/1.1", 1)
    read(*data.draw(cut(good)))
