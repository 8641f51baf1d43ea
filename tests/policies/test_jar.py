"""The cookies that a chain of redirects sets, and which of its hops get them (RFC 6265bis, 5)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sigproxy.policies.jar import EMPTY, LONGEST, Jar, request_fields, with_response
from sigproxy.semantics import fields as f
from sigproxy.semantics.authority import Authority
from sigproxy.semantics.fields import Fields
from sigproxy.semantics.target import Target

NOW_S = 1_800_000_000.0  # in January 2027


def url(text: str) -> Target:
    host, _, path = text.partition("/")
    return Target(Authority.parse(host.encode()), b"/" + path.encode())


SOURCE = url("up.example.com/a/start?x=/y/z")
HOME = url("up.example.com/a/landed")


def told(*lines: bytes, source: Target = SOURCE, jar: Jar = EMPTY) -> Jar:
    return with_response(jar, source, lines, NOW_S)


def sent(jar: Jar, target: Target = HOME, *cookies: bytes) -> list[bytes]:
    """Return the Cookie lines of the next hop, the client's *cookies* being those given."""
    fields: Fields = tuple((b"Cookie", each) for each in cookies)
    return list(f.values(request_fields(jar, ((b"A", b"1"), *fields), target), b"cookie"))


def test_what_a_redirect_sets_goes_to_the_next_hop() -> None:
    assert sent(told(b"sid=42; Path=/; Secure; HttpOnly")) == [b"sid=42"]
    assert sent(EMPTY) == []
    assert sent(EMPTY, HOME, b"a=1", b"b=2;c") == [b"a=1", b"b=2;c"]


@pytest.mark.parametrize(
    ("attributes", "target", "goes"),
    [
        # RFC 6265, 5.1.4: paths
        (b"", "up.example.com/a/x", True),
        (b"", "up.example.com/a", True),
        (b"", "up.example.com/a?q", True),
        (b"", "up.example.com/ab", False),
        (b"", "up.example.com/", False),
        (b"; Path=/", "up.example.com/", True),
        (b"; Path=/b", "up.example.com/b", True),
        (b"; Path=/b", "up.example.com/b/c?d", True),
        (b"; Path=/b", "up.example.com/bc", False),
        (b"; Path=/b", "up.example.com/B", False),
        (b"; Path=/b/", "up.example.com/b/c", True),
        (b"; Path=/b/", "up.example.com/b", False),
        (b"; Path=b", "up.example.com/a/x", True),
        (b"; Path=/b; Path=", "up.example.com/a/x", True),
        (b"; Path=/; path=/b", "up.example.com/a/x", False),
        (b"; PATH = / ", "up.example.com/", True),
        # RFC 6265, 5.1.3: domains. A port is no part of them, but tells vendors apart here.
        (b"; Path=/", "up.example.com:8443/", False),
        (b"; Path=/; Domain=up.example.com", "up.example.com:8443/", True),
        (b"; Path=/", "other.example.com/", False),
        (b"; Path=/", "sub.up.example.com/", False),
        (b"; Path=/; Domain=", "other.example.com/", False),
        (b"; Path=/; Domain=example.com", "other.example.com/", True),
        (b"; Path=/; Domain=.EXAMPLE.com", "example.com/", True),
        (b"; Path=/; domain=example.com", "notexample.com/", False),
        (b"; Path=/; Domain=up.example.com", "sub.up.example.com/", True),
        (b"; Path=/; Domain=up.example.com", "other.example.com/", False),
        # what a browser would not keep at all
        (b"; Path=/; Domain=other.example.com", "up.example.com/", False),
        (b"; Path=/; Domain=other.example.com", "other.example.com/", False),
        (b"; Path=/; Domain=sub.up.example.com", "up.example.com/", False),
        (b"; Path=/; Domain=com", "up.example.com/", False),
        (b"; Path=/; Domain=xample.com", "up.example.com/", False),
        (b"; Path=/; Domain=example.com\xff", "up.example.com/", False),
    ],
)
def test_paths_and_domains(attributes: bytes, target: str, goes: bool) -> None:
    assert sent(told(b"s=1" + attributes), url(target)) == ([b"s=1"] if goes else [])


@pytest.mark.parametrize("suffix", ["co.uk", "com.au", "gov.br", "or.jp", "uk"])
def test_no_cookie_is_everybodys_below_a_registry(suffix: str) -> None:
    jar = told(f"s=1; Path=/; Domain={suffix}".encode(), source=url(f"evil.{suffix}/"))
    assert sent(jar, url(f"bank.{suffix}/")) == []
    assert sent(jar, url(f"evil.{suffix}/")) == []


@pytest.mark.parametrize("domain", ["sap.de", "bbc.co.uk", "t.co", "a.b.io"])
def test_a_short_domain_is_somebodys(domain: str) -> None:
    jar = told(f"s=1; Path=/; Domain={domain}".encode(), source=url(f"www.{domain}/"))
    assert sent(jar, url(f"api.{domain}/")) == [b"s=1"]


def test_an_address_has_no_domain() -> None:
    source = url("192.0.2.1/")
    assert sent(told(b"s=1; Domain=192.0.2.1", source=source), source) == [b"s=1"]
    assert sent(told(b"s=1; Domain=0.2.1", source=source), source) == []


@pytest.mark.parametrize(
    ("attributes", "lives"),
    [
        (b"; Max-Age=1", True),
        (b"; Max-Age=0", False),
        (b"; max-age = -1", False),
        (b"; Max-Age=999999999999999999999", True),
        (b"; Max-Age=-" + b"9" * 5000, False),
        (b"; Max-Age=000", False),
        (b"; Max-Age=010", True),
        (b"; Max-Age=x", True),
        (b"; Max-Age=", True),
        (b"; Max-Age=0; Max-Age=5", True),
        (b"; Expires=Thu, 01 Jan 1970 00:00:00 GMT", False),
        (b"; Expires=Thu, 01-Jan-1970 00:00:01 GMT", False),
        (b"; Expires=Thursday, 01-Jan-70 00:00:01 GMT", False),
        (b"; expires=Thu Jan  1 00:00:10 1970", False),
        (b"; Expires=Wed, 21 Oct 2048 07:28:00 GMT", True),
        (b"; Expires=Fri, 31 Dec 9999 23:59:59 GMT", True),
        (b"; Expires=0", True),
        (b"; Expires=\xff", True),
        (b"; Expires=Mon, 99 Jan 99999999999999999999 00:00:00 GMT", True),
        (b"; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Max-Age=60", True),
        (b"; Expires=Wed, 21 Oct 2048 07:28:00 GMT; Max-Age=0", False),
    ],
)
def test_a_cookie_that_is_over_is_deleted(attributes: bytes, lives: bool) -> None:
    jar = told(b"s=2" + attributes, jar=told(b"s=1; Path=/a"))
    assert sent(jar) == ([b"s=2"] if lives else [])


def test_the_newer_value_takes_the_place_of_the_older() -> None:
    jar = told(b"a=1; Path=/", b"b=2; Path=/", b"a=3; Path=/")
    assert sent(jar) == [b"a=3; b=2"]
    later = with_response(jar, HOME, [b"b=4; Path=/"], NOW_S)
    assert sent(later) == [b"a=3; b=4"]
    assert sent(jar) == [b"a=3; b=2"]


def test_other_paths_and_domains_are_other_cookies_and_longer_paths_go_first() -> None:
    jar = told(b"s=1; Path=/", b"s=2; Path=/a", b"s=3; Path=/; Domain=up.example.com")
    assert sent(jar) == [b"s=2; s=1; s=3"]


def test_the_clients_own_cookie_of_that_name_is_replaced_and_no_other() -> None:
    jar = told(b"sid=new; Path=/", b"gone=; Path=/; Max-Age=0", b"else=1; Path=/b")
    line = b"sid=old; SID=other; gone=1;x; else=2"
    assert sent(jar, HOME, line, b"y=\xff\xfe; sid = older") == [
        b"SID=other; x; else=2; y=\xff\xfe; sid=new"
    ]


def test_a_deleted_one_leaves_no_empty_line() -> None:
    assert sent(told(b"s=; Max-Age=0; Path=/"), HOME, b"s=1") == []


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (b"value", [b"value"]),
        (b"=value", [b"value"]),
        (b"=a=b", [b"a=b"]),
        (b"s=a=b==", [b"s=a=b=="]),
        (b's="a b,\xff"', [b's="a b,\xff"']),
        (b" s\t=\t1 ;Secure", [b"s=1"]),
        (b"s=", [b"s="]),
        (b"", []),
        (b"=", []),
        (b"; Path=/", []),
        (b"s=1\x0b2", []),
        (b"s=1; x=\x7f", []),
        (b"s=" + b"x" * (LONGEST - 1), [b"s=" + b"x" * (LONGEST - 1)]),
        (b"s=" + b"x" * LONGEST, []),
    ],
)
def test_names_and_values(line: bytes, expected: list[bytes]) -> None:
    assert sent(told(line)) == expected


@pytest.mark.parametrize(
    ("attributes", "holds"),
    [
        (b"__Secure-s=1; Secure", True),
        (b"__Secure-s=1", False),
        (b"__secure-s=1", False),
        (b"__Host-s=1; Secure; Path=/", True),
        (b"__Host-s=1; Path=/", False),
        (b"__Host-s=1; Secure", False),
        (b"__Host-s=1; Secure; Path=/a", False),
        (b"__HOST-s=1; Secure; Path=/; Domain=example.com", False),
        (b"=__Host-s=1", False),
    ],
)
def test_a_name_keeps_what_it_promises(attributes: bytes, holds: bool) -> None:
    """RFC 6265bis, 4.1.3: else a neighbour in the domain could set it."""
    assert bool(sent(told(attributes))) is holds


_PARTS = [b"s", b"=", b"1", b";", b" ", b"Path=/a", b"Domain=example.com", b"Max-Age=0", b"\xff"]


@given(
    st.lists(st.lists(st.sampled_from(_PARTS), max_size=8).map(b"".join) | st.binary(max_size=40)),
    st.sampled_from([HOME, url("other.example.com/a"), url("example.org/a")]),
)
def test_law_whatever_is_set_nothing_foreign_goes_and_no_line_breaks(
    lines: list[bytes], target: Target
) -> None:
    got = sent(told(*lines), target)
    assert f.is_clean([(b"Cookie", each) for each in got])
    assert len(got) <= 1
    if target.authority.host == "example.org":
        assert got == []
