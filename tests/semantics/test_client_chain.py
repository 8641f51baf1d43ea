"""Who asks: what proxies write, which of them is believed, and where that ends."""

from ipaddress import ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sigproxy.semantics.client_chain import address, listed, vouched
from tests.strategies import fields as any_fields

TRUSTED = ip_network("10.0.0.0/8")
PEER = "10.0.0.1"


def is_trusted(peer: str) -> bool:
    found = ip_address(peer)
    return found.version == 4 and found in TRUSTED


@pytest.mark.parametrize(
    ("element", "expected"),
    [
        (b"203.0.113.9", "203.0.113.9"),
        (b"203.0.113.9:51008", "203.0.113.9"),
        (b'"203.0.113.9:51008"', "203.0.113.9"),
        (b"2001:db8::7", "2001:db8::7"),
        (b"2001:DB8:0::7", "2001:db8::7"),
        (b"[2001:db8::7]", "2001:db8::7"),
        (b"[2001:db8::7]:51008", "2001:db8::7"),
        (b'"[2001:db8::7]:51008"', "2001:db8::7"),
        (b"fe80::1%eth0", "fe80::1"),
        (b"[fe80::1%25eth0]:80", "fe80::1"),
        (b"::ffff:203.0.113.9", "203.0.113.9"),
        (b"[::ffff:203.0.113.9]:80", "203.0.113.9"),
        (b"unknown", None),
        (b"_hidden", None),
        (b"_hidden:80", None),
        (b"", None),
        (b"203.0.113.256", None),
        (b"203.0.113.009", None),
        (b"203.0.113", None),
        (b"client.example", None),
        (b"[2001:db8::7", "2001:db8::7"),
        (b"\xff", None),
        (b"1" * 5000, None),
    ],
)
def test_an_address_without_what_proxies_add(element: bytes, expected: str | None) -> None:
    assert address(element) == expected


@pytest.mark.parametrize(
    ("fields", "elements"),
    [
        pytest.param([("X-Forwarded-For", "a, b")], [b"a", b"b"], id="a-list"),
        pytest.param(
            [("X-Forwarded-For", "a"), ("x-forwarded-for", "b,c")], [b"a", b"b", b"c"], id="lines"
        ),
        pytest.param([("X-Forwarded-For", " , a,,b ,")], [b"a", b"b"], id="empty-elements"),
        pytest.param([("Forwarded", "for=a;proto=http")], [b"a"], id="forwarded"),
        pytest.param(
            [("Forwarded", 'proto=http; For="[2001:db8::7]:4711" , for=b'), ("Forwarded", "for=c")],
            [b'"[2001:db8::7]:4711"', b"b", b"c"],
            id="forwarded-in-quotes-and-lines",
        ),
        pytest.param([("Forwarded", "host=x, for=b")], [b"", b"b"], id="forwarded-for-nobody"),
        # HAProxy quotes the Host that it received, in front of for=; RFC 3986 lets it have these.
        pytest.param(
            [("Forwarded", 'for=x, proto=http;host="h;for=x";for=a')],
            [b"x", b"a"],
            id="forwarded-host-with-a-semicolon",
        ),
        pytest.param(
            [("Forwarded", 'proto=http;host="h,for=x";for=a')],
            [b"a"],
            id="forwarded-host-with-a-comma",
        ),
        pytest.param(
            [("Forwarded", 'host="\\"h\\\\",for=b;by="\\",for=x"')],
            [b"", b"b"],
            id="forwarded-escaped-quotes",
        ),
        pytest.param(
            [("Forwarded", 'for="x, for="[::1]:2";by=b, for=a')],
            [b"", b'"[::1]:2"', b"a"],
            id="forwarded-left-open-by-the-client",
        ),
        pytest.param(
            [("Forwarded", "host=h\\\\, for=a;by=\\\\\\")], [b"", b"a"], id="forwarded-backslashes"
        ),
        pytest.param(
            [("Forwarded", ", for=a,, for=b")], [b"a", b"b"], id="forwarded-empty-elements"
        ),
        pytest.param([("Forwarded", "for=x, " * 999 + "for=a")], [b"x"] * 63 + [b"a"], id="many"),
        pytest.param([("Forwarded", "for=a"), ("X-Forwarded-For", "b")], [b"b"], id="both"),
        pytest.param([], [], id="neither"),
    ],
)
def test_whom_the_proxies_saw(fields: list[tuple[str, str]], elements: list[bytes]) -> None:
    assert listed(tuple((name.encode(), value.encode()) for name, value in fields)) == elements


@pytest.mark.parametrize(
    ("peer", "seen", "client", "chain"),
    [
        pytest.param(PEER, [], PEER, (), id="nobody-named"),
        pytest.param(PEER, [b"1.1.1.1"], "1.1.1.1", ("1.1.1.1",), id="one"),
        pytest.param("9.9.9.9", [b"1.1.1.1"], "9.9.9.9", (), id="a-stranger-names"),
        pytest.param(
            PEER, [b"6.6.6.6", b"1.1.1.1"], "1.1.1.1", ("1.1.1.1",), id="the-clients-own-word"
        ),
        pytest.param(
            PEER,
            [b"1.1.1.1:5", b"10.0.0.2:6"],
            "1.1.1.1",
            ("1.1.1.1", "10.0.0.2"),
            id="two-proxies",
        ),
        pytest.param(
            PEER, [b"10.0.0.3", b"10.0.0.2"], "10.0.0.3", ("10.0.0.3", "10.0.0.2"), id="all-trusted"
        ),
        pytest.param(PEER, [b"1.1.1.1", b"unknown"], PEER, (), id="unknown-ends-it"),
        pytest.param(
            PEER, [b"_x", b"10.0.0.2"], "10.0.0.2", ("10.0.0.2",), id="obfuscated-ends-it"
        ),
    ],
)
def test_who_asks(peer: str, seen: list[bytes], client: str, chain: tuple[str, ...]) -> None:
    assert vouched(peer, seen, is_trusted) == (client, chain)


@given(any_fields | st.lists(st.tuples(st.just(b"Forwarded"), st.binary(max_size=60))).map(tuple))
def test_law_the_client_is_an_address_and_the_left_most(
    fields: tuple[tuple[bytes, bytes], ...],
) -> None:
    client, chain = vouched(PEER, listed(fields), lambda peer: True)
    assert str(ip_address(client)) == client
    assert (chain or (PEER,))[0] == client
