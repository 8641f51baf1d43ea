"""Fields: lookups in any case, hop-by-hop ones gone, everything else as it came."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sigproxy.semantics import fields as f
from sigproxy.semantics.fields import HOP_BY_HOP, Field, Fields
from tests.strategies import fields as any_fields
from tests.strategies import wire_bytes

MIXED: tuple[Field, ...] = (
    (b"X-A", b"1"),
    (b"x-b", b"2"),
    (b"x-a", b""),
    (b"X-A", b"1"),
)


def test_values_are_in_order_in_any_case_with_duplicates() -> None:
    assert list(f.values(MIXED, b"x-a")) == [b"1", b"", b"1"]
    assert not f.values(MIXED, b"x-c")


def test_first() -> None:
    assert f.first(MIXED, b"x-a") == b"1"
    assert f.first(((b"x-a", b""),), b"x-a") == b""
    assert f.first(MIXED, b"x-c") is None


@pytest.mark.parametrize(
    ("values", "elements"),
    [
        ([], []),
        ([b""], []),
        ([b"a"], [b"a"]),
        ([b"a,b", b"c"], [b"a", b"b", b"c"]),
        ([b" a ,\tb\t"], [b"a", b"b"]),
        ([b",a,,b,", b" , "], [b"a", b"b"]),
        ([b"A b,c"], [b"A b", b"c"]),
    ],
)
def test_elements_across_lines_without_empty_ones(
    values: list[bytes], elements: list[bytes]
) -> None:
    assert list(f.elements([(b"List", value) for value in values], b"list")) == elements


def test_has_element_compares_whole_elements_in_any_case() -> None:
    fields = [(b"Upgrade", b"h2c, WebSocket")]
    assert f.has_element(fields, b"upgrade", b"websocket")
    assert not f.has_element(fields, b"upgrade", b"web")
    assert not f.has_element(fields, b"connection", b"websocket")


@pytest.mark.parametrize(
    "name",
    [
        *("Connection", "Keep-Alive", "Proxy-Authenticate", "Proxy-Authorization"),
        *("Proxy-Connection", "TE", "Trailer", "Transfer-Encoding", "Upgrade", "HTTP2-Settings"),
    ],
)
def test_hop_by_hop_fields_end_here(name: str) -> None:
    fields = ((b"A", b"1"), (name.encode(), b"x"), (name.lower().encode(), b"x"), (b"B", b"2"))
    assert f.end_to_end(fields) == [(b"A", b"1"), (b"B", b"2")]


def test_nominated_fields_end_here_too() -> None:
    fields = (
        (b"Connection", b"close, X-One"),
        (b"x-one", b"1"),
        (b"X-Two", b"2"),
        (b"connection", b"x-two"),
        (b"X-ONE", b"1"),
        (b"X-Three", b"3"),
    )
    assert f.end_to_end(fields) == [(b"X-Three", b"3")]


@pytest.mark.parametrize(
    "name",
    [
        *("Authorization", "Content-Encoding", "Content-Length", "Content-Type", "Cookie"),
        *("Forwarded", "Host", "Origin", "Set-Cookie", "Via", "X-Forwarded-For", "X-Real-IP"),
    ],
)
def test_what_an_origin_decides_by_cannot_be_nominated(name: str) -> None:
    fields = ((b"Connection", name.lower().encode()), (name.encode(), b"kept"))
    assert f.end_to_end(fields) == [(name.encode(), b"kept")]


def test_end_to_end_leaves_out_what_the_caller_withholds() -> None:
    fields = ((b"Cookie", b"a=1"), (b"Accept", b"*/*"), (b"COOKIE", b"b=2"))
    assert f.end_to_end(fields, frozenset({b"cookie"})) == [(b"Accept", b"*/*")]


NAMES = st.sampled_from([b"X-A", b"x-a", b"x-SkypeToken", b"Content-Type", b"Set-Cookie"])


@given(st.lists(st.tuples(NAMES, st.binary(max_size=8))).map(tuple))
def test_law_fields_of_end_to_end_kinds_cross_unchanged(fields: tuple[Field, ...]) -> None:
    hop = (b"Connection", b"keep-alive")
    assert f.end_to_end((hop, *fields, hop)) == list(fields)


@given(any_fields)
def test_law_nothing_hop_by_hop_crosses(fields: Fields) -> None:
    sent = f.end_to_end(fields)
    assert not HOP_BY_HOP.intersection(name.lower() for name, _ in sent)
    assert not f.values(sent, b"x-a") or not f.has_element(fields, b"connection", b"x-a")
    rest = iter(fields)
    assert all(field in rest for field in sent)  # in order, none doubled


@given(st.lists(wire_bytes, max_size=4))
def test_law_any_value_has_elements(values: list[bytes]) -> None:
    elements = f.elements(tuple((b"X-A", value) for value in values), b"x-a")
    assert all(each and b"," not in each and each == each.strip(b" \t") for each in elements)
    assert f.elements(((b"X-A", b", ".join(elements)),), b"x-a") == elements


def test_missing_names_has_each_missing_field_once_as_it_was_spelled() -> None:
    received = ((b"Cookie", b"1"), (b"Accept", b"2"), (b"TE", b"3"), (b"Cookie", b"4"))
    assert f.missing_names(received, [(b"accept", b"2"), (b"Via", b"5")]) == [b"Cookie", b"TE"]
    assert f.missing_names(received, received) == []


@pytest.mark.parametrize("byte", [b"\r", b"\n", b"\0"])
def test_is_clean_finds_what_ends_a_line_early(byte: bytes) -> None:
    assert not f.is_clean([(b"A", b"fine"), (b"B", b"a" + byte + b"b")])


@pytest.mark.parametrize("name", [b"Content-Length ", b"A\t", b" A"])
def test_is_clean_finds_what_another_reader_calls_otherwise(name: bytes) -> None:
    assert not f.is_clean([(b"A", b"fine"), (name, b"b")])


def test_is_clean_lets_other_bytes_pass() -> None:
    assert f.is_clean([])
    assert f.is_clean([(b"A", b"a\tb\x01\x7f\xff")])


def test_size_and_serialize_agree() -> None:
    head = f.serialize(b"GET / HTTP/1.1", MIXED)
    assert head == b"GET / HTTP/1.1\r\nX-A: 1\r\nx-b: 2\r\nx-a: \r\nX-A: 1\r\n\r\n"
    assert f.size(MIXED) == len(head) - len(b"GET / HTTP/1.1\r\n\r\n")
    assert f.serialize(b"HTTP/1.1 204 No Content", ()) == b"HTTP/1.1 204 No Content\r\n\r\n"
