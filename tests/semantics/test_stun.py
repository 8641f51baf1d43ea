"""STUN told from HTTP by its header."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sigproxy.semantics import stun

# A Binding request (RFC 5769, 2.1, its header).
REQUEST = bytes.fromhex("000100582112a442b7e7a701bc34d686fa87dfae")


def test_a_request_has_a_header() -> None:
    assert len(REQUEST) == stun.HEADER_BYTES
    assert stun.is_header(REQUEST)


@pytest.mark.parametrize(
    "broken",
    [
        b"\x04" + REQUEST[1:],
        REQUEST[:3] + b"\x59" + REQUEST[4:],  # no multiple of four
        REQUEST[:4] + b"\x21\x12\xa4\x43" + REQUEST[8:],
    ],
)
def test_what_is_not_as_it_must_be_is_none(broken: bytes) -> None:
    assert not stun.is_header(broken)


@given(st.binary(min_size=1))
def test_law_no_request_of_http_begins_so(data: bytes) -> None:
    if data[:1].isalpha() or data[:1] in (b"\r", b"\n"):
        assert not stun.may_begin(data)
