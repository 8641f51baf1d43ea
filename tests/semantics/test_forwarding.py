"""Forwarding: what the upstream is told about the client, and about us."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sigproxy.semantics import fields as f
from sigproxy.semantics.authority import Authority
from sigproxy.semantics.fields import Field, Fields
from sigproxy.semantics.forwarding import (
    CONTENT,
    CREDENTIALS,
    Forwarding,
    upgrade_fields,
)
from tests.strategies import fields as any_fields

UPSTREAM = Authority("api.example.com")
PEER = "203.0.113.7"
OPEN = Forwarding(PEER, peer_is_trusted=True, pseudonym="sigproxy-1")
STRICT = Forwarding(PEER, peer_is_trusted=False, pseudonym="sigproxy-1")
SILENT = Forwarding(PEER, peer_is_trusted=True, pseudonym=None)

Sent = list[Field]


def test_order_of_the_whole_head() -> None:
    received = (
        (b"Accept", b"*/*"),
        (b"Host", b"proxy.example.org"),
        (b"x-skypetoken", b"t"),
        (b"Connection", b"keep-alive"),
        (b"X-Twice", b"1"),
        (b"X-Twice", b"2"),
    )
    assert OPEN.request_fields(received, Authority("api.example.com", 8443)) == [
        (b"Host", b"api.example.com:8443"),
        (b"Accept", b"*/*"),
        (b"x-skypetoken", b"t"),
        (b"X-Twice", b"1"),
        (b"X-Twice", b"2"),
        (b"X-Real-IP", b"203.0.113.7"),
        (b"X-Forwarded-For", b"203.0.113.7"),
        (b"Via", b"1.1 sigproxy-1"),
    ]


@pytest.mark.parametrize(
    ("authority", "host"),
    [
        (Authority("api.example.com"), b"api.example.com"),
        (Authority("2001:db8::1", 8443), b"[2001:db8::1]:8443"),
    ],
)
def test_host_is_first_once_and_the_targets(authority: Authority, host: bytes) -> None:
    sent = OPEN.request_fields(((b"host", b"proxy.example.org"), (b"HOST", b"b")), authority)
    assert sent[0] == (b"Host", host)
    assert len(f.values(sent, b"host")) == 1


@pytest.mark.parametrize(
    ("received", "sent"),
    [
        pytest.param([], b"203.0.113.7", id="none"),
        pytest.param([b"198.51.100.1"], b"198.51.100.1, 203.0.113.7", id="one"),
        pytest.param([b"a, b"], b"a, b, 203.0.113.7", id="a-list"),
        pytest.param([b"a", b"b, c"], b"a, b, c, 203.0.113.7", id="two-lines"),
        # RFC 9110, 5.6.1: no empty elements; watchRTC would take the first for the client.
        pytest.param([b""], b"203.0.113.7", id="an-empty-line"),
        pytest.param([b"", b"a"], b"a, 203.0.113.7", id="an-empty-line-first"),
    ],
)
def test_the_chain_of_a_trusted_peer_is_appended_to(received: list[bytes], sent: bytes) -> None:
    fields = tuple((b"X-Forwarded-For", value) for value in received)
    assert f.values(OPEN.request_fields(fields, UPSTREAM), b"x-forwarded-for") == [sent]


def test_nothing_that_an_untrusted_peer_says_about_clients_crosses() -> None:
    received = (
        (b"X-Forwarded-For", b"6.6.6.6"),
        (b"x-forwarded-for", b"7.7.7.7"),
        (b"X-Real-IP", b"6.6.6.6"),
        (b"Forwarded", b"for=6.6.6.6"),
        (b"X-Forwarded-Host", b"evil.example"),
        (b"X-Forwarded-Proto", b"http"),
    )
    assert STRICT.request_fields(received, UPSTREAM) == [
        (b"Host", b"api.example.com"),
        (b"X-Real-IP", b"203.0.113.7"),
        (b"X-Forwarded-For", b"203.0.113.7"),
        (b"Via", b"1.1 sigproxy-1"),
    ]


def test_what_a_trusted_peer_says_crosses_but_x_real_ip_is_the_peer() -> None:
    received = (
        (b"X-Real-IP", b"6.6.6.6"),
        (b"Forwarded", b"for=198.51.100.1"),
        (b"X-Forwarded-Host", b"proxy.example.org"),
        (b"X-Forwarded-Proto", b"https"),
    )
    sent = SILENT.request_fields(received, UPSTREAM)
    assert sent[1:4] == list(received[1:])
    assert f.values(sent, b"x-real-ip") == [b"203.0.113.7"]


def test_a_peer_on_a_unix_socket_has_no_address_to_tell() -> None:
    local = Forwarding("", peer_is_trusted=True, pseudonym=None)
    chain = ((b"X-Real-IP", b"6.6.6.6"), (b"X-Forwarded-For", b"198.51.100.1"))
    assert local.request_fields((), UPSTREAM) == [(b"Host", b"api.example.com")]
    assert local.request_fields(chain, UPSTREAM) == [
        (b"Host", b"api.example.com"),
        (b"X-Forwarded-For", b"198.51.100.1"),
    ]


@pytest.mark.parametrize(
    ("forwarding", "received", "sent"),
    [
        pytest.param(OPEN, [], [b"1.1 sigproxy-1"], id="added"),
        pytest.param(OPEN, [b"1.0 a", b"2 b, 1.1 c"], [b"1.0 a, 2 b, 1.1 c, 1.1 sigproxy-1"]),
        pytest.param(OPEN, [b""], [b"1.1 sigproxy-1"], id="an-empty-line"),
        pytest.param(STRICT, [b"1.1 a"], [b"1.1 a, 1.1 sigproxy-1"], id="an-untrusted-peers"),
        pytest.param(SILENT, [], [], id="switched-off"),
        pytest.param(SILENT, [b"1.1 a"], [b"1.1 a"], id="switched-off-keeps-others"),
    ],
)
def test_via(forwarding: Forwarding, received: list[bytes], sent: list[bytes]) -> None:
    fields = tuple((b"Via", value) for value in received)
    assert f.values(forwarding.request_fields(fields, UPSTREAM), b"via") == sent


@pytest.mark.parametrize(
    ("via", "is_loop"),
    [
        pytest.param([], False, id="none"),
        pytest.param([b"1.1 other"], False, id="another"),
        pytest.param([b"1.1 sigproxy-1"], True, id="ours"),
        pytest.param([b"HTTP/1.1 SIGPROXY-1"], True, id="upper-case-and-protocol"),
        pytest.param([b"1.0 a, 1.1 sigproxy-1 (x)"], True, id="in-a-list-with-comment"),
        pytest.param([b"1.0 a", b"1.1\tsigproxy-1"], True, id="second-line-after-a-tab"),
        pytest.param([b"1.1 sigproxy-12"], False, id="ours-is-a-prefix-of-it"),
        pytest.param([b"1.1 a.sigproxy-1"], False, id="ours-is-a-suffix-of-it"),
    ],
)
def test_a_request_with_our_own_via_is_a_loop(via: list[bytes], is_loop: bool) -> None:
    assert OPEN.is_loop(tuple((b"Via", value) for value in via)) is is_loop


def test_without_a_pseudonym_no_loop_is_seen() -> None:
    assert not SILENT.is_loop(((b"Via", b"1.1 sigproxy-1"),))


def test_what_we_send_we_recognise() -> None:
    sent = OPEN.request_fields(((b"Via", b"1.1 a"),), UPSTREAM)
    assert OPEN.is_loop(tuple(sent))


@pytest.mark.parametrize(
    "name", ["Proxy", "Expect", "Access-Control-Allow-Origin", "TE", "Upgrade", "HTTP2-Settings"]
)
def test_never_forwarded(name: str) -> None:
    sent = OPEN.request_fields(((name.encode(), b"secret"),), UPSTREAM)
    assert b"secret" not in dict(sent).values()


@pytest.mark.parametrize(
    "name",
    [
        *("Origin", "Referer", "User-Agent", "Accept-Encoding", "Authorization", "Cookie", "Range"),
        *("If-None-Match", "Content-Length", "Content-Type", "X-SkypeToken", "Sec-WebSocket-Key"),
        *("Sec-WebSocket-Protocol", "Sec-WebSocket-Extensions"),
    ],
)
def test_forwarded_byte_for_byte(name: str) -> None:
    field = (name.encode(), b"  \xff, x ")
    assert field in STRICT.request_fields((field,), UPSTREAM)


def test_nothing_is_invented() -> None:
    """An added Accept-Encoding or User-Agent would change what the upstream answers."""
    names = {name for name, _ in OPEN.request_fields((), UPSTREAM)}
    assert names == {b"Host", b"X-Real-IP", b"X-Forwarded-For", b"Via"}


def test_nominating_the_chain_does_not_cut_it() -> None:
    received = (
        (b"Connection", b"X-Forwarded-For, X-Real-IP, Via, Cookie"),
        (b"X-Forwarded-For", b"198.51.100.1"),
        (b"Cookie", b"a=1"),
        (b"Via", b"1.1 a"),
    )
    sent = OPEN.request_fields(received, UPSTREAM)
    assert f.values(sent, b"x-forwarded-for") == [b"198.51.100.1, 203.0.113.7"]
    assert f.values(sent, b"via") == [b"1.1 a, 1.1 sigproxy-1"]
    assert f.values(sent, b"cookie") == [b"a=1"]


def test_policy_withholds_credentials_and_content() -> None:
    received = (
        (b"Authorization", b"t"),
        (b"Cookie", b"a=1"),
        (b"Content-Type", b"text/plain"),
        (b"Content-Length", b"3"),
        (b"Content-Encoding", b"gzip"),
        (b"Content-Language", b"en"),
        (b"Digest", b"x"),
        (b"Accept", b"*/*"),
    )
    sent = OPEN.request_fields(received, UPSTREAM, CREDENTIALS | CONTENT)
    assert [name for name, _ in sent] == [
        *(b"Host", b"Accept", b"X-Real-IP", b"X-Forwarded-For", b"Via")
    ]


NAMES = st.sampled_from([b"X-A", b"Cookie", b"accept", b"X-Forwarded-For", b"Via", b"Proxy"])


@given(st.lists(st.tuples(NAMES, st.binary(max_size=6))).map(tuple))
def test_law_an_untrusted_chain_is_the_peer_alone(fields: tuple[Field, ...]) -> None:
    sent = STRICT.request_fields(fields, UPSTREAM)
    assert f.values(sent, b"x-forwarded-for") == [PEER.encode()]
    crossing = [each for each in fields if each[0] in (b"X-A", b"Cookie", b"accept")]
    assert sent[1 : 1 + len(crossing)] == crossing


@given(st.sampled_from([OPEN, STRICT]), any_fields)
def test_law_any_request_gets_one_host_and_nothing_hop_by_hop(
    forwarding: Forwarding, fields: Fields
) -> None:
    sent = forwarding.request_fields(fields, UPSTREAM)
    assert f.values(sent, b"host") == [str(UPSTREAM).encode()]
    assert not f.HOP_BY_HOP.intersection(name.lower() for name, _ in sent)
    assert not f.values(sent, b"proxy")
    for appended in (b"x-forwarded-for", b"via"):
        assert len(f.values(sent, appended)) == 1


def test_upgrade_fields_are_added_last() -> None:
    assert upgrade_fields([(b"Host", b"a"), (b"Sec-WebSocket-Key", b"k")]) == [
        (b"Host", b"a"),
        (b"Sec-WebSocket-Key", b"k"),
        (b"Connection", b"Upgrade"),
        (b"Upgrade", b"websocket"),
    ]
