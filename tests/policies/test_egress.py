"""Which upstreams go through the forward proxy, and who looks up their names."""

import pytest

from sigproxy.policies.egress import Egress, exception
from sigproxy.policies.targets import Pattern
from sigproxy.semantics.authority import Authority

PROXY = Authority("proxy.example", 3128)
ADDRESS = Authority("192.0.2.1", 3128)


def egress(*exceptions: str, resolves: bool = False, proxy: Authority = PROXY) -> Egress:
    return Egress(proxy, resolves, tuple(map(exception, exceptions)))


@pytest.mark.parametrize(
    ("text", "covered", "other"),
    [
        ("api.intern.example", "api.intern.example:8443", "x.api.intern.example"),
        ("*.intern.example", "a.b.intern.example:1", "intern.example"),
        ("*.intern.example:8443", "a.intern.example:8443", "a.intern.example"),
        ("*", "anything.example:99", "10.0.0.1"),
        ("10.0.0.0/8", "10.255.0.1:8443", "11.0.0.1"),
        ("10.1.2.3", "10.1.2.3:8443", "10.1.2.4"),
        ("2001:db8::/32", "[2001:db8::5]:99", "[2001:db9::5]"),
        ("[2001:db8::/32]:443", "[2001:db8::5]", "[2001:db8::5]:8443"),
        ("2001:db8::5", "[2001:db8::5]:8443", "[2001:db8::6]"),
    ],
)
def test_what_an_exception_covers(text: str, covered: str, other: str) -> None:
    assert egress(text).is_direct(Authority.parse(covered.encode()))
    assert not egress(text).is_direct(Authority.parse(other.encode()))


@pytest.mark.parametrize("text", ["", "a b", "*.*.example", "10.0.0.1/8", "host:99999", "http://a"])
def test_what_is_no_exception(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        exception(text)


def test_a_network_holds_for_a_name_if_every_address_is_in_one() -> None:
    made, host = egress("10.0.0.0/8", "fd00::/8"), Authority("a.example")
    assert made.is_direct(host, ("10.0.0.1", "10.0.0.2", "fd00::1"))
    assert not made.is_direct(host, ("10.0.0.1", "203.0.113.5"))
    assert not made.is_direct(host, ())
    assert not made.is_direct(host, ("",))


def test_names_are_left_to_the_proxy_that_looks_them_up() -> None:
    host, excepted, address = map(Authority, ("a.example", "a.intern.example", "203.0.113.5"))
    assert not egress("*.intern.example").looks_up(host)
    made = egress("*.intern.example", resolves=True)
    assert [made.looks_up(each) for each in (host, excepted, address)] == [True, False, False]


@pytest.mark.parametrize(
    ("made", "needs"),
    [
        (egress(), True),
        (egress(resolves=True), True),  # the proxy's own name
        (egress(resolves=True, proxy=ADDRESS), False),
        (egress("a.example", resolves=True, proxy=ADDRESS), True),
        (egress(proxy=ADDRESS), True),
    ],
)
def test_whether_any_name_is_looked_up_here(made: Egress, needs: bool) -> None:
    assert made.needs_dns is needs


@pytest.mark.parametrize(
    ("whole", "part", "contains"),
    [
        ("*.example.com", "*.example.com", True),
        ("*.example.com", "*.a.example.com", True),
        ("*.a.example.com", "*.example.com", False),
        ("*.example.com", "*.evilexample.com", False),
        ("*.example.com", "a.example.com:8443", False),
        ("*.example.com:*", "a.example.com:8443", True),
        ("a.example.com", "*.example.com", False),
        ("*", "*.example.com", True),
        ("*", "192.0.2.0/24", False),
        ("192.0.2.0/24", "192.0.2.128/25", True),
        ("192.0.2.0/24", "192.0.0.0/16", False),
        ("192.0.2.0/24", "[2001:db8::/32]", False),
        ("192.0.2.0/24:*", "192.0.2.7:99", True),
        ("a.example.com:4000-4999", "a.example.com:4500-5000", False),
    ],
)
def test_which_pattern_contains_another(whole: str, part: str, contains: bool) -> None:
    assert Pattern.parse(whole).contains(Pattern.parse(part)) is contains
