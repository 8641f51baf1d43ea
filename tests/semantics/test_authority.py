"""Authority: which bytes name a host and a port, and which only seem to."""

from ipaddress import IPv6Address

import pytest
from hypothesis import example, given

from sigproxy.errors import BadTarget
from sigproxy.semantics.authority import Authority
from tests.strategies import authorities, wire_bytes

LABEL_63 = "a" * 63
HOST_253 = ".".join(["b" * 61, LABEL_63, LABEL_63, LABEL_63])


@pytest.mark.parametrize(
    ("raw", "host", "port"),
    [
        pytest.param("api.example.com", "api.example.com", 443, id="name"),
        pytest.param("API.Example.COM", "api.example.com", 443, id="upper-case"),
        pytest.param("api.example.com.", "api.example.com", 443, id="final-dot"),
        pytest.param("API.example.com.:8443", "api.example.com", 8443, id="final-dot-and-port"),
        pytest.param("api.example.com:443", "api.example.com", 443, id="default-port"),
        pytest.param("api.example.com:1", "api.example.com", 1, id="lowest-port"),
        pytest.param("api.example.com:65535", "api.example.com", 65535, id="highest-port"),
        pytest.param("localhost", "localhost", 443, id="one-label"),
        pytest.param("a--b.example", "a--b.example", 443, id="hyphens-inside"),
        pytest.param("127-0-0-1.edge.agora.io", "127-0-0-1.edge.agora.io", 443, id="agora-edge"),
        pytest.param("1password.com", "1password.com", 443, id="label-starts-with-digit"),
        pytest.param("1.2.3.4.com", "1.2.3.4.com", 443, id="quad-below-a-name"),
        pytest.param("xn--bcher-kva.example", "xn--bcher-kva.example", 443, id="A-label"),
        pytest.param(f"{LABEL_63}.example", f"{LABEL_63}.example", 443, id="label-of-63"),
        pytest.param(HOST_253, HOST_253, 443, id="host-of-253"),
        pytest.param(f"{HOST_253}.", HOST_253, 443, id="host-of-253-and-final-dot"),
        pytest.param("1.2.3.4", "1.2.3.4", 443, id="IPv4"),
        pytest.param("255.255.255.255:8443", "255.255.255.255", 8443, id="IPv4-and-port"),
        pytest.param("[2001:DB8::1]", "2001:db8::1", 443, id="IPv6"),
        pytest.param("[2001:db8:0:0:0:0:0:1]:8443", "2001:db8::1", 8443, id="IPv6-long-and-port"),
        pytest.param("[::]", "::", 443, id="IPv6-unspecified"),
    ],
)
def test_parse(raw: str, host: str, port: int) -> None:
    assert Authority.parse(raw.encode()) == Authority(host, port)


def test_an_ipv4_mapped_literal_is_one_host_however_it_is_spelled() -> None:
    dotted, hexadecimal = b"[::ffff:127.0.0.1]", b"[0::FFFF:7F00:1]"
    assert Authority.parse(dotted) == Authority.parse(hexadecimal)
    assert IPv6Address(Authority.parse(dotted).host) == IPv6Address("::ffff:127.0.0.1")


def test_the_default_port_is_the_callers() -> None:
    assert Authority.parse(b"api.example.com", default_port=80).port == 80
    assert Authority.parse(b"[::1]", default_port=80).port == 80
    assert Authority.parse(b"api.example.com:443", default_port=80).port == 443


@pytest.mark.parametrize(
    "port",
    [
        *("0", "65536", "99999", "443443", "", "00443", "+1", "-1", " 443", "443 ", "443\n"),
        *("4_43", "0x1bb", "https", "80:443", "443#", "*"),
    ],
)
def test_a_port_is_a_plain_number_from_1_to_65535(port: str) -> None:
    with pytest.raises(BadTarget) as error:
        Authority.parse(f"api.example.com:{port}".encode())
    assert error.value.detail == f"the port is {port!r}; it must be a number from 1 to 65535"
    with pytest.raises(BadTarget):
        Authority.parse(f"[::1]:{port}".encode())


@pytest.mark.parametrize(
    "host",
    [
        pytest.param("", id="nothing"),
        pytest.param(".", id="only-a-dot"),
        pytest.param("..", id="only-dots"),
        pytest.param(".example.com", id="empty-first-label"),
        pytest.param("a..example.com", id="empty-label"),
        pytest.param("a.example.com..", id="two-final-dots"),
        pytest.param("-", id="lone-hyphen"),
        pytest.param("-a.example.com", id="label-starts-with-hyphen"),
        pytest.param("a-.example.com", id="label-ends-with-hyphen"),
        pytest.param(f"{LABEL_63}a.example", id="label-of-64"),
        pytest.param(f"b{HOST_253}", id="host-of-254"),
        pytest.param("a%2eexample.com", id="percent-encoded-dot"),
        pytest.param("a.example.com%00", id="percent-encoded-NUL"),
        pytest.param("a.example.com\0", id="NUL"),
        pytest.param("a.example.com\n", id="final-newline"),
        pytest.param("a\\b.example.com", id="backslash"),
        pytest.param("a_b.example.com", id="underscore"),
        pytest.param("*.example.com", id="wildcard"),
        pytest.param("a,b.example.com", id="comma"),
        pytest.param("a.example.com?x", id="query"),
        pytest.param("a.example.com/x", id="path"),
        pytest.param("a b.example.com", id="space"),
        pytest.param(" example.com", id="leading-space"),
    ],
)
def test_what_is_no_host_name(host: str) -> None:
    with pytest.raises(BadTarget) as error:
        Authority.parse(host.encode())
    assert error.value.detail == f"the host {host[:80]!r} is not a host name (RFC 1123, 2.1)"


@pytest.mark.parametrize(
    "raw",
    ["hunter2@example.com", "user:hunter2@example.com", "hunter2@", "u@hunter2@example.com:443"],
)
def test_userinfo_is_refused_and_not_repeated(raw: str) -> None:
    """The detail is logged, and a user or a password may be a secret."""
    with pytest.raises(BadTarget) as error:
        Authority.parse(raw.encode())
    assert "hunter2" not in error.value.detail


@pytest.mark.parametrize(
    "host",
    [
        pytest.param("2130706433", id="decimal"),
        pytest.param("0x7f000001", id="hexadecimal"),
        pytest.param("0x7f.1", id="hexadecimal-short"),
        pytest.param("017700000001", id="octal"),
        pytest.param("0177.0.0.1", id="octal-quad"),
        pytest.param("127.1", id="two-parts"),
        pytest.param("127.0.1", id="three-parts"),
        pytest.param("127.0.0.0x1", id="hexadecimal-part"),
        pytest.param("127.0.0.01", id="leading-zero"),
        pytest.param("127.0.0.256", id="part-of-256"),
        pytest.param("127.0.0.0.1", id="five-parts"),
        pytest.param("1.2.3.4.", id="quad-and-final-dot"),
        pytest.param("example.1", id="numeric-last-label"),
        pytest.param("example.1com", id="last-label-starts-with-digit"),
        pytest.param("127.0.0.1[", id="bracket-behind"),  # "127.0.0.1[::1]" names two hosts
    ],
)
def test_an_address_is_spelled_in_one_way_only(host: str) -> None:
    with pytest.raises(BadTarget) as error:
        Authority.parse(host.encode())
    assert error.value.detail == f"the host {host!r} is neither a name nor an address"


@pytest.mark.parametrize(
    "literal",
    [
        pytest.param("[]", id="empty"),
        pytest.param("[", id="only-a-bracket"),
        pytest.param("[::1", id="not-closed"),
        pytest.param("[::1]x", id="garbage-behind"),
        pytest.param("[::1]443", id="port-without-colon"),
        pytest.param("[::1].example.com", id="name-behind"),
        pytest.param("[[::1]]", id="brackets-twice"),
        pytest.param("[::1%eth0]", id="zone"),
        pytest.param("[::1%25eth0]", id="encoded-zone"),
        pytest.param("[::1/128]", id="network"),
        pytest.param("[127.0.0.1]", id="IPv4-in-brackets"),
        pytest.param("[v1.x]", id="IPvFuture"),
        pytest.param("[:::1]", id="three-colons"),
        pytest.param("[1::2::3]", id="two-gaps"),
        pytest.param("[ ::1]", id="space"),
    ],
)
def test_what_is_no_ipv6_literal(literal: str) -> None:
    with pytest.raises(BadTarget) as error:
        Authority.parse(literal.encode())
    assert error.value.detail == f"{literal!r} is not an IPv6 literal"


def test_an_ipv6_address_needs_its_brackets() -> None:
    with pytest.raises(BadTarget):
        Authority.parse(b"2001:db8::1")


@pytest.mark.parametrize("raw", ["bücher.example".encode(), b"\xff.example", b"a.example.com\xa0"])
def test_bytes_outside_ascii_are_refused_and_the_remedy_named(raw: bytes) -> None:
    with pytest.raises(BadTarget) as error:
        Authority.parse(raw)
    assert error.value.detail == "the host has bytes outside ASCII; write it as an A-label"


@pytest.mark.parametrize("raw", ["a..%s", "[%s", "[%s]", "%s.1", "a.example.com:%s"])
def test_a_message_does_not_grow_with_what_it_refuses(raw: str) -> None:
    with pytest.raises(BadTarget) as error:
        Authority.parse((raw % ("x" * 10_000)).encode())
    assert len(error.value.detail) < 150


@pytest.mark.parametrize(
    ("authority", "text"),
    [
        (Authority("api.example.com"), "api.example.com"),
        (Authority("api.example.com", 80), "api.example.com:80"),
        (Authority("2001:db8::1"), "[2001:db8::1]"),
        (Authority("2001:db8::1", 8443), "[2001:db8::1]:8443"),
    ],
)
def test_text_omits_the_default_port_and_brackets_ipv6(authority: Authority, text: str) -> None:
    assert str(authority) == text


@pytest.mark.parametrize(
    ("raw", "is_ip"),
    [("1.2.3.4", True), ("[::1]", True), ("1.2.3.4.com", False), ("a1", False), ("a.b1", False)],
)
def test_is_ip(raw: str, is_ip: bool) -> None:
    assert Authority.parse(raw.encode()).is_ip is is_ip


@given(wire_bytes)
@example(b"\xff")
@example(b"[\xff]")
@example(b"[1::1%]")
def test_law_any_bytes_are_an_authority_or_bad_target(raw: bytes) -> None:
    try:
        authority = Authority.parse(raw)
    except BadTarget:
        return
    assert authority.host == authority.host.lower()
    assert 1 <= authority.port <= 65535
    assert not set(authority.host) & set("@/?#%\\[]* _")
    assert Authority.parse(str(authority).encode()) == authority


@given(authorities)
def test_law_text_parses_to_the_same_authority(authority: Authority) -> None:
    text = str(authority).encode()
    assert Authority.parse(text) == authority
    assert Authority.parse(text.upper()) == authority
