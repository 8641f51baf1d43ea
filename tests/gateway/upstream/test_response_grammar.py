"""Which fields of a response are clean: told quickly where nearly all are, and never wrongly."""

from contextlib import suppress

from hypothesis import example, given
from hypothesis import strategies as st

from sigproxy.errors import GatewayError
from sigproxy.gateway.reader import MessageReader
from sigproxy.gateway.transport import Flow
from sigproxy.gateway.upstream.response_grammar import ResponseHead, response_grammar
from sigproxy.policies.limits import Limits
from sigproxy.semantics import fields as f
from tests.lab.clock import Clock

LIMITS = Limits()
NAMES = st.sampled_from([b"A", b"A ", b"A\t", b"a_b", b"X\0"])
GAPS = st.sampled_from([b":", b": ", b":\t", b" : "])
VALUES = st.lists(st.sampled_from([b"x", b" ", b":", b" :", b"\0", b"\r", b"\t"]), max_size=3)
ENDS = st.sampled_from([b"\r\n", b"\n", b"\r\n ", b"\r\r\n"])
LINES = st.builds(
    lambda name, gap, value, end: name + gap + b"".join(value) + end, NAMES, GAPS, VALUES, ENDS
)


def parsed(head: bytes) -> ResponseHead | None:
    loop = Clock()
    reader = MessageReader(response_grammar(LIMITS), Flow(loop), loop)
    with suppress(GatewayError):
        return reader.feed(head)[0]
    return None


@given(st.lists(LINES, max_size=4))
@example([b"A: b\r\n", b"C: d : e\r\n"])
@example([b"A: b\n", b"C: d\re\r\n"])  # as many CRs as lines
def test_law_what_is_told_of_the_head_holds_for_its_fields(lines: list[bytes]) -> None:
    head = parsed(b"HTTP/1.1 200 OK\r\n" + b"".join(lines) + b"\r\n")
    if head is not None:
        assert head.is_clean == f.is_clean(head.fields)
        assert head.size >= head.fields.size


def test_plain_fields_are_clean() -> None:
    head = parsed(b"HTTP/1.1 200 OK\r\nDate: Mon, 01 Jan 2026 00:00:00 GMT\r\nA:b\r\n\r\n")
    assert head is not None
    assert head.is_clean


def test_no_field_is_lost_behind_a_line_of_white_space() -> None:
    """llhttp takes it for the end of the head: what it hides would be the body's."""
    for blank in (b" \r\n", b"\t\r\n", b" A: b\r\n"):
        assert parsed(b"HTTP/1.1 200 OK\r\n" + blank + b"Content-Length: 3\r\n\r\n") is None
