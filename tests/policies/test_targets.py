"""Which hosts a route reaches."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sigproxy.errors import TargetRefused
from sigproxy.policies.targets import Pattern, TargetPolicy
from sigproxy.semantics.authority import Authority
from tests.strategies import authorities

NO_NETWORK = "'{}' is no network: it is no address with a length, as in 192.0.2.0/24"
NOT_FIRST = "'{}' is no network: its address has to be the first one, as in 192.0.2.0/24"


@pytest.mark.parametrize(
    ("text", "pattern"),
    [
        ("api.example.com", Pattern("api.example.com", False, 443, 443)),
        (" API.Example.com. ", Pattern("api.example.com", False, 443, 443)),
        ("api.example.com:8443", Pattern("api.example.com", False, 8443, 8443)),
        ("api.example.com:*", Pattern("api.example.com", False, 1, 65535)),
        ("api.example.com:4000-4999", Pattern("api.example.com", False, 4000, 4999)),
        ("api.example.com:1-65535", Pattern("api.example.com", False, 1, 65535)),
        ("api.example.com:443-443", Pattern("api.example.com", False, 443, 443)),
        ("localhost", Pattern("localhost", False, 443, 443)),
        ("*.example.com", Pattern("example.com", True, 443, 443)),
        ("*.com:*", Pattern("com", True, 1, 65535)),
        ("*", Pattern("", True, 443, 443)),
        ("*:*", Pattern("", True, 1, 65535)),
        ("*:4000-4999", Pattern("", True, 4000, 4999)),
        ("10.0.0.5:8443", Pattern("10.0.0.5", False, 8443, 8443)),
        ("[2001:DB8::1]", Pattern("2001:db8::1", False, 443, 443)),
        ("[2001:db8::1]:8443-8444", Pattern("2001:db8::1", False, 8443, 8444)),
        ("[2001:db8::1]:*", Pattern("2001:db8::1", False, 1, 65535)),
    ],
)
def test_pattern(text: str, pattern: Pattern) -> None:
    assert Pattern.parse(text) == pattern


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "the host '' is not a host name (RFC 1123, 2.1)"),
        ("*.", "the host '' is not a host name (RFC 1123, 2.1)"),
        (".example.com", "the host '.example.com' is not a host name (RFC 1123, 2.1)"),
        ("a..example.com", "the host 'a..example.com' is not a host name (RFC 1123, 2.1)"),
        ("*..example.com", "the host '.example.com' is not a host name (RFC 1123, 2.1)"),
        ("a_b.example.com", "the host 'a_b.example.com' is not a host name (RFC 1123, 2.1)"),
        ("a.com/x", NO_NETWORK.format("a.com/x")),
        ("10.0.0.0/33", NO_NETWORK.format("10.0.0.0/33")),
        ("10.0.0.1/8", NOT_FIRST.format("10.0.0.1/8")),
        ("2130706433", "the host '2130706433' is neither a name nor an address"),
        ("bücher.example", "the host has bytes outside ASCII; write it as an A-label"),
        ("*example.com", "'*' stands only for whole labels at the left, as in '*.example.com'"),
        ("a.*.com", "'*' stands only for whole labels at the left, as in '*.example.com'"),
        ("*.*.com", "'*' stands only for whole labels at the left, as in '*.example.com'"),
        ("a*.com", "'*' stands only for whole labels at the left, as in '*.example.com'"),
        ("**", "'*' stands only for whole labels at the left, as in '*.example.com'"),
        ("a.com:", "'' is not a port, a range like 4000-4999, or '*'"),
        ("a.com:https", "'https' is not a port, a range like 4000-4999, or '*'"),
        ("a.com:+443", "'+443' is not a port, a range like 4000-4999, or '*'"),
        ("a.com:443 ,", "'443 ,' is not a port, a range like 4000-4999, or '*'"),
        ("a.com:1-2-3", "'1-2-3' is not a port, a range like 4000-4999, or '*'"),
        ("a.com:-", "'-' is not a port, a range like 4000-4999, or '*'"),
        ("a.com:443-", "'443-' is not a port, a range like 4000-4999, or '*'"),
        ("a.com:443443", "'443443' is not a port, a range like 4000-4999, or '*'"),
        (
            "a.com:\uff14\uff14\uff13",
            "'\uff14\uff14\uff13' is not a port, a range like 4000-4999, or '*'",
        ),
        ("https://a.com", "'//a.com' is not a port, a range like 4000-4999, or '*'"),
        ("2001:db8::1", "'db8::1' is not a port, a range like 4000-4999, or '*'"),
        ("a.com:0", "'0' is not a range within 1-65535"),
        ("a.com:65536", "'65536' is not a range within 1-65535"),
        ("a.com:0-443", "'0-443' is not a range within 1-65535"),
        ("a.com:443-80", "'443-80' is not a range within 1-65535"),
        ("[2001:db8::1", "'[2001:db8::1' is not an IPv6 literal"),
        ("[::1%eth0]", "'[::1%eth0]' is not an IPv6 literal"),
        ("[a.com]", "'[a.com]' is not an IPv6 literal"),
        ("[::1]x", "'x' is not a port, a range like 4000-4999, or '*'"),
    ],
)
def test_what_is_no_pattern(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=r"^") as error:
        Pattern.parse(text)
    assert str(error.value) == message


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("[::1]8443", id="port-without-colon"),
        pytest.param("*.10.0.0.5", id="wildcard-over-an-address"),  # covers nothing at all
    ],
)
def test_what_can_only_be_a_mistake_is_no_pattern(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        Pattern.parse(text)


@given(st.text(max_size=40) | st.text("*.:-[]/0123456789a", max_size=20))
@example("192.0.0.0/2")
@example("[2001:db8::/32]:443")
def test_law_any_text_is_a_pattern_or_a_value_error(text: str) -> None:
    try:
        pattern = Pattern.parse(text)
    except ValueError:
        return
    assert 1 <= pattern.low <= pattern.high <= 65535
    if pattern.network is not None:
        assert pattern.host == str(pattern.network)
        return
    assert pattern.host == "" or Authority(pattern.host) == Authority.parse(
        str(Authority(pattern.host)).encode()
    )


@pytest.mark.parametrize(
    ("text", "is_open"),
    [
        ("*", True),
        ("*:*", True),
        ("*.com", True),
        ("*.example.com", False),
        ("com", False),
        ("localhost", False),
    ],
)
def test_is_open(text: str, is_open: bool) -> None:
    assert Pattern.parse(text).is_open is is_open


@pytest.mark.parametrize(
    ("pattern", "authority", "covered"),
    [
        ("api.example.com", "api.example.com", True),
        ("api.example.com", "API.EXAMPLE.COM.", True),
        ("59.111.0.0/16:4001-4999", "59.111.1.2:4001", True),
        ("59.111.0.0/16:4001-4999", "59.111.1.2:443", False),
        ("59.111.0.0/16:4001-4999", "59.112.1.2:4001", False),
        ("59.111.0.0/16", "a.example.com", False),
        ("[2001:db8::/32]:443", "[2001:db8::1]", True),
        ("[2001:db8::/32]:443", "59.111.1.2", False),
        ("api.example.com", "api.example.com:8443", False),
        ("api.example.com", "b.api.example.com", False),
        ("api.example.com", "example.com", False),
        ("*.example.com", "a.example.com", True),
        ("*.example.com", "a.b.c.example.com", True),
        ("*.example.com", "example.com", False),
        ("*.example.com", "evilexample.com", False),
        ("*.example.com", "example.com.evil.net", False),
        ("*.example.com", "a.example.org", False),
        ("*.com", "allowed.com.evil.net", False),
        ("*.com:*", "a.example.com:1", True),
        ("*.com:*", "a.example.com:65535", True),
        ("a.com:4000-4999", "a.com:3999", False),
        ("a.com:4000-4999", "a.com:4000", True),
        ("a.com:4000-4999", "a.com:4999", True),
        ("a.com:4000-4999", "a.com:5000", False),
        ("a.com:4000-4999", "a.com", False),
        ("*:*", "a.com:9", True),
        ("*:*", "localhost", True),
        ("*:*", "127.0.0.1", False),
        ("*:*", "[::1]", False),
        ("*:*", "8.8.8.8:443", False),
        ("10.0.0.5", "10.0.0.5", True),
        ("10.0.0.5", "10.0.0.50", False),
        ("[2001:db8::1]", "[2001:db8:0::1]", True),
        ("[2001:db8::1]", "[2001:db8::2]", False),
    ],
)
def test_covers(pattern: str, authority: str, covered: bool) -> None:
    assert Pattern.parse(pattern).covers(Authority.parse(authority.encode())) is covered


@given(authorities)
def test_law_an_authority_covers_itself_and_a_wildcard_never_an_address(
    authority: Authority,
) -> None:
    spelled = f"[{authority.host}]" if ":" in authority.host else authority.host
    exact = Pattern.parse(f"{spelled}:{authority.port}")
    assert exact.covers(authority)
    assert Pattern.parse("*:*").covers(authority) is not authority.is_ip


def test_a_target_is_admitted_by_any_pattern() -> None:
    policy = TargetPolicy((Pattern.parse("a.com"), Pattern.parse("*.b.com:8443")))
    assert policy.admits(Authority("a.com"))
    policy.admit(Authority("x.b.com", 8443))
    assert not policy.admits(Authority("x.b.com"))
    assert not TargetPolicy(()).admits(Authority("a.com"))


def test_a_refused_target_is_named_with_its_port_and_the_remedy() -> None:
    with pytest.raises(TargetRefused) as error:
        TargetPolicy((Pattern.parse("a.com"),)).admit(Authority("a.com", 8443))
    assert error.value.detail == (
        "a.com:8443 is not among this route's targets; "
        "if it belongs to the vendor, the gateway's operator can add it to `targets`"
    )


@pytest.mark.parametrize(
    "text", ["59.111.0.1/16", "59.111.0.0/33", "a.example/8", "/8", "0.0.0.0/x"]
)
def test_what_is_no_network(text: str) -> None:
    with pytest.raises(ValueError, match=r"\S"):
        Pattern.parse(text)


def test_a_network_as_wide_as_nobodys_is_open() -> None:
    assert Pattern.parse("0.0.0.0/0:*").is_open
    assert Pattern.parse("[2000::/3]:443").is_open
    assert not Pattern.parse("59.0.0.0/8").is_open


def test_a_wildcard_and_a_network_name_no_host() -> None:
    policy = TargetPolicy(
        tuple(map(Pattern.parse, ("*.a.com:*", "x.a.com", "b.com:8000-9000", "192.0.2.0/24")))
    )
    assert policy.names(Authority("x.a.com"))
    assert policy.names(Authority("b.com", 8500))
    for other in (Authority("y.a.com"), Authority("x.a.com", 8443), Authority("192.0.2.1")):
        assert not policy.names(other)
