"""``traceparent``, as W3C Trace Context has it: what names a trace, and what does not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sigproxy.semantics.fields import Fields
from sigproxy.semantics.trace_context import Trace, TraceContext, parent, parse

# The example of the recommendation, 3.2.3.
TRACE, SPAN = 0x0AF7651916CD43DD8448EB211C80319C, 0x00F067AA0BA902B7
GIVEN = b"00-0af7651916cd43dd8448eb211c80319c-00f067aa0ba902b7-01"
LATER = b"cc" + GIVEN[2:]


@pytest.mark.parametrize(
    ("value", "is_sampled"),
    [(GIVEN, True), (GIVEN[:-2] + b"00", False), (GIVEN[:-2] + b"ff", True), (LATER, True)],
    ids=["sampled", "not sampled", "all flags", "a later version"],
)
def test_a_span_of_somebody_else(value: bytes, is_sampled: bool) -> None:
    assert parse(value) == TraceContext(TRACE, SPAN, is_sampled)


def test_a_later_version_may_go_on() -> None:
    assert parse(LATER + b"-what-may-come") == TraceContext(TRACE, SPAN, True)


@pytest.mark.parametrize(
    "value",
    [
        *(b"", b"00", GIVEN[:-1], GIVEN + b"0", GIVEN + b"-more", GIVEN + b"\n", b" " + GIVEN),
        *(b"ff" + GIVEN[2:], LATER + b".more", GIVEN.upper(), GIVEN.replace(b"-", b"_")),
        b"00-" + b"0" * 32 + GIVEN[35:],
        GIVEN[:36] + b"0" * 16 + GIVEN[52:],
    ],
)
def test_what_names_no_span(value: bytes) -> None:
    assert parse(value) is None


def fields(*lines: tuple[bytes, bytes]) -> Fields:
    return Fields(lines)


def test_the_parent_in_fields() -> None:
    assert parent(fields((b"TraceParent", b" " + GIVEN + b"\t"))) == TraceContext(TRACE, SPAN, True)
    assert parent(fields((b"Accept", b"*/*"))) is None


def test_two_parents_are_none() -> None:
    assert parent(fields((b"traceparent", GIVEN), (b"traceparent", GIVEN))) is None


def test_state_stays_with_the_trace_that_it_is_of() -> None:
    assert Trace(TRACE, 7, SPAN).replaces == {b"traceparent"}
    assert Trace(TRACE, 7).replaces == {b"traceparent", b"tracestate"}


@given(st.integers(1, 2**128 - 1), st.integers(1, 2**64 - 1))
def test_what_is_sent_is_read_again(trace_id: int, span_id: int) -> None:
    assert parse(Trace(trace_id, span_id).field) == TraceContext(trace_id, span_id, True)


@given(st.binary(max_size=80))
def test_any_bytes(value: bytes) -> None:
    found = parse(value)
    assert found is None or (found.trace_id and found.span_id)
