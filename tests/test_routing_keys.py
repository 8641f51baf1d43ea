"""Routes with access keys, and with dialects without a host in their path."""

from dataclasses import replace

import pytest

from sigproxy.dialects.fixed import FixedDialect
from sigproxy.dialects.query import QueryDialect
from sigproxy.errors import KeyRefused, LoopDetected
from sigproxy.policies.key_index import KeyIndex
from sigproxy.policies.keys import KeyPolicy
from sigproxy.routing import Route, match
from sigproxy.semantics.authority import Authority
from sigproxy.semantics.target import Target
from tests.test_routing import ACS, OWN, ROOT, route

KEY = b"5d41402abc4b2a76"
KEYED = replace(route(b"/acs"), keys=KeyPolicy.of(KEY.decode()))
QUERY = replace(route(b"/agora"), dialect=QueryDialect())
FIXED = replace(route(b"/watch"), dialect=FixedDialect.parse("https://proxy.example.org/"))


@pytest.mark.parametrize(
    ("rest", "behind"),
    [
        (b"/5d41402abc4b2a76/a.example.com/x?y", b"/a.example.com/x?y"),
        (b"//5d41402abc4b2a76//a.example.com", b"//a.example.com"),
        (b"/5d41402abc4b2a76?x", b"?x"),
        (b"/5d41402abc4b2a76", b""),
    ],
)
def test_a_key_is_a_part_of_the_mount(rest: bytes, behind: bytes) -> None:
    assert KEYED.split_access_key(rest) == (b"/acs/5d41402abc4b2a76", behind)
    assert ACS.split_access_key(rest) == (b"/acs", rest)


def test_the_key_is_repeated_behind_our_own_name() -> None:
    """ACS applies its proxy URL twice, key and all."""
    once = b"/5d41402abc4b2a76/proxy.example.org"
    mount, rest = KEYED.split_access_key(once + b"/acs/5d41402abc4b2a76/edge.skype.com/trap/tokens")
    assert KEYED.peel(rest, mount, OWN) == b"/edge.skype.com/trap/tokens"


def test_what_a_keyed_route_exposes_leads_back_through_the_key() -> None:
    target = Target(Authority("a.example.com"), b"/x?y")
    mount, _ = KEYED.split_access_key(b"/" + KEY)
    exposed = KEYED.expose(target, mount)
    assert exposed == b"/acs/5d41402abc4b2a76/a.example.com/x?y"
    assert KEYED.resolve(KEYED.split_access_key(match([KEYED], exposed)[1])[1], OWN) == target


@pytest.mark.parametrize(
    ("chosen", "rest"),
    [
        (QUERY, b"/ws/?h=proxy.example.org&p=443"),
        (QUERY, b"/ap/?url=PROXY.example.org./x"),
    ],
)
def test_ourselves_as_the_target_is_a_loop(chosen: Route, rest: bytes) -> None:
    with pytest.raises(LoopDetected):
        chosen.resolve(rest, OWN)


def test_a_fixed_upstream_may_have_the_name_that_the_client_knows_us_by() -> None:
    """As where a network's own DNS leads the vendor's name here."""
    assert FIXED.resolve(b"/x", OWN) == Target(Authority("proxy.example.org"), b"/x")


@pytest.mark.parametrize("chosen", [FIXED, ROOT, QUERY])
def test_no_access_key_goes_to_an_upstream(chosen: Route) -> None:
    """ "//acs/<key>/..." and "/ACS/<key>/..." fall to whatever route is at "/"."""
    guarded = replace(chosen, access_keys=KeyIndex.of([KEY]))
    rest = b"/a.example.com/acs/%b/x" % KEY
    rest = b"/ap/?url=" + rest[1:] if chosen is QUERY else rest
    assert KEY in chosen.resolve(rest, OWN).path
    with pytest.raises(KeyRefused):
        guarded.resolve(rest, OWN)


@pytest.mark.parametrize(
    "rest",
    [
        b"/a%b:443/x",
        b"/a%b./x",
        b"/%b.example.com/x",
        b"/a.%b.example.com/x",
        b"/a.example.com/acs-%b/x",
        b"/a.example.com/%bx",
        b"/a.example.com/%%35%b/x",
        b"/a.example.com/%%2535%b/x",
        b"/a.example.com/?u=%b",
        b"/a.example.com/?%b",
    ],
)
def test_nor_does_one_in_another_form(rest: bytes) -> None:
    """At the host's place it would be asked of name servers, in clear text."""
    guarded = replace(ROOT, access_keys=KeyIndex.of([KEY]))
    key = KEY[1:] if b"35" in rest else KEY
    with pytest.raises(KeyRefused):
        guarded.resolve(rest % key, OWN)


@pytest.mark.parametrize("again", [b"/acs/old-key-2025", b"/acs", b"/old-key-2025"])
def test_another_key_or_none_behind_our_own_name_is_refused(again: bytes) -> None:
    mount, rest = KEYED.split_access_key(
        b"/" + KEY + b"/proxy.example.org" + again + b"/a.example.com/x"
    )
    with pytest.raises(KeyRefused):
        KEYED.peel(rest, mount, OWN)


def test_our_own_name_may_also_come_without_the_mount() -> None:
    mount, rest = KEYED.split_access_key(b"/" + KEY + b"/proxy.example.org/a.example.com/x")
    assert KEYED.peel(rest, mount, OWN) == b"/a.example.com/x"


def test_only_a_path_with_hosts_is_peeled() -> None:
    rest = b"/proxy.example.org/x"
    assert FIXED.peel(rest, b"/watch", OWN) == rest
    assert ROOT.peel(b"/proxy.example.org/a.b/x", b"", OWN) == b"/a.b/x"
