"""Forwarding: what the upstream is told about the client, and about us."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sigproxy.errors import LoopDetected
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
DIRECT = Forwarding(PEER, (PEER.encode(),), cdn_id="sigproxy-1")
BEHIND = Forwarding("198.51.100.1", (b"198.51.100.1", PEER.encode()), "sigproxy-1", "sigproxy-1")
SILENT = Forwarding(PEER, (PEER.encode(),))

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
    assert BEHIND.request_fields(received, Authority("api.example.com", 8443)) == [
        (b"Host", b"api.example.com:8443"),
        (b"Accept", b"*/*"),
        (b"x-skypetoken", b"t"),
        (b"X-Twice", b"1"),
        (b"X-Twice", b"2"),
        (b"X-Real-IP", b"198.51.100.1"),
        (b"X-Forwarded-For", b"198.51.100.1, 203.0.113.7"),
        (b"CDN-Loop", b"sigproxy-1"),
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
    sent = DIRECT.request_fields(((b"host", b"proxy.example.org"), (b"HOST", b"b")), authority)
    assert sent[0] == (b"Host", host)
    assert len(f.values(sent, b"host")) == 1


def test_what_others_say_about_the_client_is_replaced() -> None:
    received = (
        (b"X-Forwarded-For", b"6.6.6.6"),
        (b"x-forwarded-for", b"7.7.7.7"),
        (b"X-Real-IP", b"6.6.6.6"),
    )
    assert DIRECT.request_fields(received, UPSTREAM) == [
        (b"Host", b"api.example.com"),
        (b"X-Real-IP", b"203.0.113.7"),
        (b"X-Forwarded-For", b"203.0.113.7"),
        (b"CDN-Loop", b"sigproxy-1"),
    ]


def test_a_peer_on_a_unix_socket_has_no_address_to_tell() -> None:
    assert Forwarding("", ()).request_fields(((b"X-Real-IP", b"6.6.6.6"),), UPSTREAM) == [
        (b"Host", b"api.example.com")
    ]


def test_a_vendors_own_field_for_the_client() -> None:
    agora = BEHIND._replace(client_field=b"X-User-Address")
    forged = ((b"x-user-address", b"6.6.6.6"), (b"X_User_Address", b"6.6.6.6"))
    sent = agora.request_fields(forged, UPSTREAM)
    assert [value for name, value in sent if b"ddress" in name] == [b"198.51.100.1"]
    unknown = agora._replace(client="").request_fields(forged, UPSTREAM)
    assert [value for name, value in unknown if b"ddress" in name] == []


@pytest.mark.parametrize(
    ("forwarding", "received", "sent"),
    [
        pytest.param(DIRECT, [], [b"sigproxy-1"], id="added"),
        pytest.param(
            DIRECT,
            [b'a.example; x="b, c"', b"d"],
            [b'a.example; x="b, c", d, sigproxy-1'],
            id="appended",
        ),
        pytest.param(DIRECT, [b""], [b"sigproxy-1"], id="an-empty-line"),
        pytest.param(SILENT, [], [], id="switched-off"),
        # RFC 8586, 2: nobody may take an element away.
        pytest.param(SILENT, [b"a", b"b"], [b"a, b"], id="switched-off-keeps-others"),
    ],
)
def test_cdn_loop(forwarding: Forwarding, received: list[bytes], sent: list[bytes]) -> None:
    fields = tuple((b"cdn-loop", value) for value in received)
    assert f.values(forwarding.request_fields(fields, UPSTREAM), b"cdn-loop") == sent


@pytest.mark.parametrize(
    ("forwarding", "received", "sent"),
    [
        pytest.param(BEHIND, [], [b"1.1 sigproxy-1"], id="added"),
        pytest.param(BEHIND, [b"1.0 a", b"2 b, 1.1 c"], [b"1.0 a, 2 b, 1.1 c, 1.1 sigproxy-1"]),
        pytest.param(BEHIND, [b""], [b"1.1 sigproxy-1"], id="an-empty-line"),
        pytest.param(DIRECT, [], [], id="switched-off"),
        # NGINX and IIS compress nothing for a request with a Via, whoever put it there.
        pytest.param(DIRECT, [b"1.1 a"], [], id="switched-off-withholds-others"),
    ],
)
def test_via(forwarding: Forwarding, received: list[bytes], sent: list[bytes]) -> None:
    fields = tuple((b"Via", value) for value in received)
    assert f.values(forwarding.request_fields(fields, UPSTREAM), b"via") == sent


def is_loop(forwarding: Forwarding, name: bytes, values: list[bytes]) -> bool:
    try:
        forwarding.check_loop(tuple((name, value) for value in values))
    except LoopDetected:
        return True
    return False


def test_a_loop_says_by_what_it_was_seen_and_what_may_mend_it() -> None:
    with pytest.raises(LoopDetected, match=r"\(CDN-Loop\).* add that to `public_names`"):
        BEHIND.check_loop(((b"CDN-Loop", b"sigproxy-1"),))
    with pytest.raises(LoopDetected, match=r"\(Via\).* add that to `public_names`"):
        BEHIND.check_loop(((b"Via", b"1.1 sigproxy-1"),))


@pytest.mark.parametrize(
    ("received", "loops"),
    [
        pytest.param([], False, id="none"),
        pytest.param([b"other"], False, id="another"),
        pytest.param([b"sigproxy-1"], True, id="ours"),
        pytest.param([b"SIGPROXY-1"], True, id="upper-case"),
        pytest.param([b'a.example; x="y" ,\tsigproxy-1 ; loops=1'], True, id="with-parameters"),
        pytest.param([b"a", b"sigproxy-1"], True, id="second-line"),
        pytest.param([b'a; x="b, sigproxy-1, c"'], False, id="within-quotes"),
        pytest.param([b'a; x="\\", sigproxy-1, \\""'], False, id="within-quotes-and-escapes"),
        pytest.param([b'a; x="b", sigproxy-1; y="c"'], True, id="between-quotes"),
        pytest.param([b"a; sigproxy-1"], False, id="a-parameter"),
        pytest.param([b"sigproxy-12"], False, id="ours-is-a-prefix-of-it"),
        pytest.param([b"a.sigproxy-1"], False, id="ours-is-a-suffix-of-it"),
    ],
)
def test_a_request_with_our_own_cdn_loop_is_a_loop(received: list[bytes], loops: bool) -> None:
    assert is_loop(DIRECT, b"CDN-Loop", received) is loops


@pytest.mark.parametrize(
    ("via", "loops"),
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
def test_a_request_with_our_own_via_is_a_loop(via: list[bytes], loops: bool) -> None:
    assert is_loop(BEHIND, b"Via", via) is loops
    assert not is_loop(DIRECT, b"Via", via)  # it sends none


def test_without_a_name_no_loop_is_seen() -> None:
    assert not is_loop(SILENT, b"Via", [b"1.1 sigproxy-1"])
    assert not is_loop(SILENT, b"CDN-Loop", [b"sigproxy-1"])


@pytest.mark.parametrize("forwarding", [DIRECT, DIRECT._replace(cdn_id=None, pseudonym="me")])
def test_what_we_send_we_recognise(forwarding: Forwarding) -> None:
    sent = forwarding.request_fields(((b"Via", b"1.1 a"), (b"CDN-Loop", b"a")), UPSTREAM)
    with pytest.raises(LoopDetected):
        forwarding.check_loop(tuple(sent))


@pytest.mark.parametrize(
    ("received", "sent"),
    [(b"12", b"12"), (b"0", b"0"), (b"00", b"0"), (b"0000000000000000012", b"12")],
)
def test_a_content_length_has_one_spelling(received: bytes, sent: bytes) -> None:
    fields = ((b"X-A", b"007"), (b"content-length", received))
    kept = DIRECT.request_fields(fields, UPSTREAM)[1:3]
    assert kept == [(b"X-A", b"007"), (b"content-length", sent)]


@pytest.mark.parametrize(
    "name", ["Proxy", "Expect", "Access-Control-Allow-Origin", "TE", "Upgrade", "HTTP2-Settings"]
)
def test_never_forwarded(name: str) -> None:
    sent = DIRECT.request_fields(((name.encode(), b"secret"),), UPSTREAM)
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
    assert field in DIRECT.request_fields((field,), UPSTREAM)


def test_nothing_is_invented() -> None:
    """An added Accept-Encoding or User-Agent would change what the upstream answers."""
    names = {name for name, _ in DIRECT.request_fields((), UPSTREAM)}
    assert names == {b"Host", b"X-Real-IP", b"X-Forwarded-For", b"CDN-Loop"}


def test_nominating_the_chain_does_not_cut_it() -> None:
    received = (
        (b"Connection", b"X-Forwarded-For, X-Real-IP, Via, CDN-Loop, Cookie"),
        (b"X-Forwarded-For", b"198.51.100.1"),
        (b"Cookie", b"a=1"),
        (b"Via", b"1.1 a"),
        (b"CDN-Loop", b"a"),
    )
    sent = BEHIND.request_fields(received, UPSTREAM)
    assert f.values(sent, b"x-forwarded-for") == [b"198.51.100.1, 203.0.113.7"]
    assert f.values(sent, b"via") == [b"1.1 a, 1.1 sigproxy-1"]
    assert f.values(sent, b"cdn-loop") == [b"a, sigproxy-1"]
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
    sent = DIRECT.request_fields(received, UPSTREAM, CREDENTIALS | CONTENT)
    assert [name for name, _ in sent] == [
        *(b"Host", b"Accept", b"X-Real-IP", b"X-Forwarded-For", b"CDN-Loop")
    ]


NAMES = st.sampled_from([b"X-A", b"Cookie", b"accept", b"X-Forwarded-For", b"Via", b"Proxy"])


@given(st.lists(st.tuples(NAMES, st.binary(max_size=6))).map(tuple))
def test_law_an_untrusted_chain_is_the_peer_alone(fields: tuple[Field, ...]) -> None:
    sent = DIRECT.request_fields(fields, UPSTREAM)
    assert f.values(sent, b"x-forwarded-for") == [PEER.encode()]
    crossing = [each for each in fields if each[0] in (b"X-A", b"Cookie", b"accept")]
    assert sent[1 : 1 + len(crossing)] == crossing


@given(st.sampled_from([DIRECT, BEHIND]), any_fields)
def test_law_any_request_gets_one_host_and_nothing_hop_by_hop(
    forwarding: Forwarding, fields: Fields
) -> None:
    sent = forwarding.request_fields(fields, UPSTREAM)
    assert f.values(sent, b"host") == [str(UPSTREAM).encode()]
    assert not f.HOP_BY_HOP.intersection(name.lower() for name, _ in sent)
    assert not f.values(sent, b"proxy")
    for appended in (b"x-forwarded-for", b"cdn-loop"):
        assert len(f.values(sent, appended)) == 1


def test_upgrade_fields_are_added_last() -> None:
    assert upgrade_fields([(b"Host", b"a"), (b"Sec-WebSocket-Key", b"k")]) == [
        (b"Host", b"a"),
        (b"Sec-WebSocket-Key", b"k"),
        (b"Connection", b"Upgrade"),
        (b"Upgrade", b"websocket"),
    ]
