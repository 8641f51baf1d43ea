"""Routes and the gateway's own name: from a request target to what a dialect reads."""

from contextlib import suppress
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sigproxy.dialects.fixed import FixedDialect
from sigproxy.dialects.path import PathDialect
from sigproxy.dialects.query import QueryDialect
from sigproxy.errors import (
    BadTarget,
    GatewayError,
    KeyRefused,
    LoopDetected,
    NoRoute,
    TargetRefused,
)
from sigproxy.policies.cookies import CookiePolicy
from sigproxy.policies.cors import CorsPolicy
from sigproxy.policies.key_index import KeyIndex
from sigproxy.policies.keys import KeyPolicy
from sigproxy.policies.redirects import RedirectPolicy
from sigproxy.policies.targets import Pattern, TargetPolicy
from sigproxy.routing import MAX_PEELS, Route, match, peel
from sigproxy.semantics.authority import Authority
from sigproxy.semantics.target import Target
from tests.strategies import targets, wire_bytes

OWN = frozenset({Authority("proxy.example.org"), Authority("proxy.example.org", 8443)})


def route(prefix: bytes, *patterns: str) -> Route:
    return Route(
        prefix=prefix,
        dialect=PathDialect(),
        targets=TargetPolicy(tuple(map(Pattern.parse, patterns or ("*:*",)))),
        cors=CorsPolicy(),
        redirects=RedirectPolicy(),
        cookies=CookiePolicy(),
    )


ROOT, ACS, ACS_V1, VG = map(route, (b"", b"/acs", b"/acs/v1", b"/vg"))
ALL = (ROOT, ACS, ACS_V1, VG)


@pytest.mark.parametrize(
    ("request_target", "chosen", "rest"),
    [
        pytest.param(b"/a.example.com/x", ROOT, b"/a.example.com/x", id="root"),
        pytest.param(b"/", ROOT, b"/", id="root-alone"),
        pytest.param(b"/?x=1", ROOT, b"/?x=1", id="root-and-query"),
        pytest.param(b"/acs/a.example.com/x", ACS, b"/a.example.com/x", id="prefix"),
        pytest.param(b"/acs/v1/a.example.com/x", ACS_V1, b"/a.example.com/x", id="longest"),
        pytest.param(b"/acs/v1x/y", ACS, b"/v1x/y", id="longer-one-ends-inside-a-segment"),
        pytest.param(b"/acs2/a.example.com", ROOT, b"/acs2/a.example.com", id="inside-a-segment"),
        pytest.param(b"/acs", ACS, b"", id="prefix-alone"),
        pytest.param(b"/acs/", ACS, b"/", id="prefix-and-slash"),
        pytest.param(b"/acs?x=1", ACS, b"?x=1", id="query-right-behind-prefix"),
        pytest.param(b"/acs/v1?x=/y", ACS_V1, b"?x=/y", id="query-behind-longest"),
        pytest.param(b"/acs//a.example.com/x", ACS, b"//a.example.com/x", id="two-slashes"),
        pytest.param(b"/ACS/a.example.com", ROOT, b"/ACS/a.example.com", id="case-counts"),
        pytest.param(b"/%61cs/a.example.com", ROOT, b"/%61cs/a.example.com", id="not-decoded"),
        pytest.param(b"//acs/x", ACS, b"/x", id="slash-in-front"),
        pytest.param(b"///acs//x", ACS, b"//x", id="slashes-around"),
        pytest.param(b"/acs//v1//x", ACS_V1, b"//x", id="slashes-within"),
        pytest.param(b"//acs///v1?x=//y", ACS_V1, b"?x=//y", id="slashes-and-query"),
        pytest.param(b"//acs", ACS, b"", id="slash-in-front-of-prefix-alone"),
        pytest.param(b"//acs2/x", ROOT, b"//acs2/x", id="slash-in-front-of-another"),
        pytest.param(b"//acs//v1x/y", ACS, b"//v1x/y", id="slashes-longer-one-ends-inside"),
        pytest.param(b"/x//acs/v1", ROOT, b"/x//acs/v1", id="prefix-further-behind"),
        pytest.param(b"/?x=//acs/v1", ROOT, b"/?x=//acs/v1", id="prefix-in-the-query"),
        pytest.param(b"//a.example.com//acs", ROOT, b"//a.example.com//acs", id="host-first"),
        pytest.param(b"/vg/acs/x", VG, b"/acs/x", id="another-prefix-behind"),
    ],
)
def test_match(request_target: bytes, chosen: Route, rest: bytes) -> None:
    assert match(ALL, request_target) == (chosen, rest)
    assert match(ALL[::-1], request_target) == (chosen, rest)


@pytest.mark.parametrize("request_target", [b"/x/a.example.com", b"/acsx", b"/", b"/?/acs/x"])
def test_no_route(request_target: bytes) -> None:
    with pytest.raises(NoRoute) as error:
        match((ACS, VG), request_target)
    assert error.value.detail == "no route of this gateway matches this path"


@pytest.mark.parametrize("request_target", [b"/a.example.com/x", b"//a.example.com:8443?x"])
def test_a_host_without_the_prefix_says_who_may_have_lost_it(request_target: bytes) -> None:
    with pytest.raises(NoRoute, match=r"a route's prefix is missing.*proxy in front.*StripPrefix"):
        match((ACS, VG), request_target)


@pytest.mark.parametrize(
    ("rest", "peeled"),
    [
        pytest.param(b"/proxy.example.org/sig/a.b/x", b"/a.b/x", id="repeated"),
        pytest.param(b"/proxy.example.org/a.b/x", b"/a.b/x", id="not-repeated"),
        pytest.param(b"/proxy.example.org/sig/proxy.example.org/sig/a.b", b"/a.b", id="twice"),
        pytest.param(b"//proxy.example.org//sig//a.b/x", b"//a.b/x", id="slashes"),
        pytest.param(b"/sig/a.b/x", b"/sig/a.b/x", id="without-the-name-it-stays"),
    ],
)
def test_what_a_proxy_took_off_is_peeled_with_the_name(rest: bytes, peeled: bytes) -> None:
    assert ROOT.peel(rest, b"", OWN, b"/sig") == peeled


def test_what_a_proxy_took_off_stands_before_the_mount() -> None:
    rest = b"/proxy.example.org/sig/acs/a.b/x"
    assert ACS.peel(rest, b"/acs", OWN, b"/sig") == b"/a.b/x"


def test_a_prefix_that_nobody_announced_is_told_with_the_line_to_add() -> None:
    with pytest.raises(NoRoute, match=r"'/sig'.*X-Forwarded-Prefix /sig;.*trusted_proxies"):
        ROOT.peel(b"/proxy.example.org/sig/a.b/x", b"", OWN)


@pytest.mark.parametrize(
    ("rest", "cause"),
    [
        pytest.param(
            b"/proxy.example.org:444/a.example.com/x",
            "proxy.example.org:444 is the gateway's own name with a port that its Host field lacks",
            id="port",
        ),
        pytest.param(
            b"/gw.example.org/a.example.com/x",
            "gw.example.org is not among this route's targets, and a.example.com follows it",
            id="host",
        ),
    ],
)
def test_a_name_that_a_proxy_hid_is_told_with_the_line_to_add(rest: bytes, cause: str) -> None:
    acs = route(b"", "a.example.com")
    target = acs.resolve(rest, OWN)
    with pytest.raises(TargetRefused) as error:
        acs.admit(target, OWN)
    name = str(target.authority)
    assert error.value.detail.startswith(cause)
    assert f'`public_names = ["{name}"]`' in error.value.detail
    assert "proxy_set_header Host $http_host;" in error.value.detail
    assert "add it to `targets`" not in error.value.detail


@pytest.mark.parametrize("rest", [b"/b.example.com/x", b"/b.example.com/b.example.org/x"])
def test_a_strangers_name_is_only_refused(rest: bytes) -> None:
    acs = route(b"", "a.example.com")
    with pytest.raises(TargetRefused, match="the gateway's operator can add it to `targets`"):
        acs.admit(acs.resolve(rest, OWN), OWN)


def test_slashes_lead_no_upstream_to_another_route() -> None:
    """A redirect of a fixed upstream to "//acs/x" would be read as the route on "/acs"."""
    fixed = replace(ROOT, dialect=FixedDialect.parse("https://a.example"), inner=(b"/acs", b"/-"))
    for path in (b"//acs/x", b"/acs//x", b"//-/live", b"///acs"):
        assert fixed.expose(Target(Authority("a.example"), path), b"") is None


@given(wire_bytes.map(lambda each: b"/" + each))
def test_law_what_is_behind_a_prefix_is_a_request_target(request_target: bytes) -> None:
    chosen, rest = match(ALL, request_target)
    assert not rest or rest.startswith((b"/", b"?"))
    assert request_target == chosen.prefix + rest


@pytest.mark.parametrize(
    "rest",
    [
        b"/a.example.com/proxy.example.org/x",
        b"/a.example.com",
        b"/",
        b"/?/proxy.example.org/x",
        b"/proxy.example.org:9000/x",
        b"/proxy.example.org.evil.com/x",
        b"/xproxy.example.org/x",
        b"/user@proxy.example.org/x",
        b"/%70roxy.example.org/x",
    ],
)
def test_what_is_not_our_name_stays(rest: bytes) -> None:
    assert peel(rest, b"", OWN) == rest


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(b"proxy.example.org", id="no-port"),
        pytest.param(b"proxy.example.org:443", id="default-port"),
        pytest.param(b"proxy.example.org:8443", id="our-port"),
        pytest.param(b"PROXY.Example.ORG", id="upper-case"),
        pytest.param(b"proxy.example.org.", id="final-dot"),
    ],
)
def test_our_name_is_peeled_however_it_is_spelled(name: bytes) -> None:
    assert peel(b"/" + name + b"/edge.skype.com/trap/tokens", b"", OWN) == (
        b"/edge.skype.com/trap/tokens"
    )


@pytest.mark.parametrize(
    ("rest", "peeled"),
    [
        pytest.param(
            b"/proxy.example.org:8443/acs/v1/edge.skype.com/trap/tokens",
            b"/edge.skype.com/trap/tokens",
            id="acs-double-prefix",
        ),
        pytest.param(
            b"/proxy.example.org/edge.skype.com/x", b"/edge.skype.com/x", id="prefix-not-repeated"
        ),
        pytest.param(
            b"/proxy.example.org/acs/v1/proxy.example.org/acs/v1/a.example.com",
            b"/a.example.com",
            id="twice",
        ),
        pytest.param(
            b"/proxy.example.org/acs/v1x/a.example.com",
            b"/acs/v1x/a.example.com",
            id="prefix-inside-a-segment",
        ),
        pytest.param(b"/acs/v1/a.example.com", b"/acs/v1/a.example.com", id="prefix-alone-stays"),
        pytest.param(
            b"/proxy.example.org/a.example.com/acs/v1/x",
            b"/a.example.com/acs/v1/x",
            id="prefix-behind-the-host-stays",
        ),
    ],
)
def test_the_prefix_is_peeled_with_the_name(rest: bytes, peeled: bytes) -> None:
    assert peel(rest, b"/acs/v1", OWN) == peeled


@pytest.mark.parametrize("times", range(1, MAX_PEELS + 1))
@pytest.mark.parametrize("prefix", [b"", b"/acs"], ids=["root", "prefix"])
def test_up_to_four_repetitions_are_peeled(times: int, prefix: bytes) -> None:
    ours = b"/proxy.example.org" + prefix
    assert peel(ours * times + b"/a.example.com/x?y", prefix, OWN) == b"/a.example.com/x?y"


@pytest.mark.parametrize("times", [5, 6, 100])
def test_more_repetitions_are_a_loop(times: int) -> None:
    with pytest.raises(LoopDetected) as error:
        peel(b"/proxy.example.org" * times + b"/a.example.com/x", b"", OWN)
    assert error.value.detail == "the path names this gateway more than 4 times"


@pytest.mark.parametrize(
    "rest",
    [
        pytest.param(b"/proxy.example.org", id="name-alone"),
        pytest.param(b"/proxy.example.org/", id="name-and-slash"),
        pytest.param(b"/proxy.example.org?x=1", id="query-behind-name"),
        pytest.param(b"/proxy.example.org?u=/a.example.com/x", id="path-in-the-query"),
        pytest.param(b"/proxy.example.org/?x=1", id="slash-and-query"),
        pytest.param(b"/proxy.example.org/acs", id="prefix-behind-name"),
        pytest.param(b"/proxy.example.org/acs/", id="prefix-and-slash"),
        pytest.param(b"/proxy.example.org/acs?x=1", id="prefix-and-query"),
        pytest.param(b"/proxy.example.org/acs/proxy.example.org:443", id="twice"),
    ],
)
def test_our_name_and_nothing_behind_it(rest: bytes) -> None:
    with pytest.raises(BadTarget) as error:
        peel(rest, b"/acs", OWN)
    assert error.value.detail == "the path names this gateway and no upstream after it"


OURS = st.sampled_from(
    [b"/proxy.example.org", b"/PROXY.example.org:443", b"/proxy.example.org.:8443", b"/acs", b"/"]
)


@given(st.lists(OURS, max_size=7).map(b"".join), wire_bytes)
def test_law_what_peel_returns_does_not_begin_with_our_name(front: bytes, tail: bytes) -> None:
    rest = b"/" + (front + tail).removeprefix(b"/")
    try:
        peeled = peel(rest, b"/acs", OWN)
    except (BadTarget, LoopDetected):
        return
    assert peeled.startswith(b"/")
    assert rest.endswith(peeled.removeprefix(b"/"))
    first = peeled[1:].split(b"/")[0].split(b"?")[0]
    with suppress(BadTarget):
        assert Authority.parse(first) not in OWN


@given(st.lists(OURS, max_size=3).map(b"".join), wire_bytes, wire_bytes)
def test_law_a_query_is_never_taken_for_a_path(front: bytes, path: bytes, query: bytes) -> None:
    path = b"/" + (front + path).removeprefix(b"/").replace(b"?", b"")
    try:
        without = peel(path, b"/acs", OWN)
    except (BadTarget, LoopDetected) as error:
        with pytest.raises(type(error)):
            peel(path + b"?" + query, b"/acs", OWN)
    else:
        assert peel(path + b"?" + query, b"/acs", OWN) == without + b"?" + query


# --- the two and a dialect, as the handler joins them -----------------------------------------


def asked(request_target: bytes) -> str:
    chosen, rest = match(ALL, request_target)
    target = chosen.dialect.resolve(peel(rest, chosen.prefix, OWN))
    chosen.targets.admit(target.authority)
    return str(target)


@pytest.mark.parametrize(
    ("request_target", "url"),
    [
        pytest.param(
            "/proxy.example.org:8443/api.flightproxy.skype.com/api/v2/cpconv",
            "https://api.flightproxy.skype.com/api/v2/cpconv",
            id="acs-double",
        ),
        pytest.param(
            "/proxy.example.org/edge.skype.com/trap/tokens",
            "https://edge.skype.com/trap/tokens",
            id="acs-double-443",
        ),
        pytest.param(
            "/acs/v1/proxy.example.org:8443/acs/v1/edge.skype.com/trap/tokens",
            "https://edge.skype.com/trap/tokens",
            id="acs-double-prefix",
        ),
        pytest.param(
            "/vg/mantis-prod-us.opentok.com:443/rumorwebsocketsv2",
            "https://mantis-prod-us.opentok.com/rumorwebsocketsv2",
            id="ot-ws",
        ),
    ],
)
def test_vectors(request_target: str, url: str) -> None:
    assert asked(request_target.encode()) == url


@pytest.mark.parametrize(
    ("request_target", "error"),
    [
        ("/foo@evil.com/x", BadTarget),
        ("/10.0.0.5/evil.com/x", TargetRefused),
        ("/127.0.0.1:22/", TargetRefused),
        ("/[::1]/", TargetRefused),
        ("/proxy.example.org:8443/127.0.0.1/x", TargetRefused),
        ("/proxy.example.org/", BadTarget),
        ("/proxy.example.org" * 5 + "/x", LoopDetected),
        ("/acs?/a.example.com/x", NoRoute),
        ("/acs/v1", NoRoute),
    ],
)
def test_vectors_that_reach_nobody(request_target: str, error: type[GatewayError]) -> None:
    with pytest.raises(GatewayError) as raised:
        asked(request_target.encode())
    assert type(raised.value) is error


def test_name_is_as_the_configuration_spells_it() -> None:
    assert [each.name for each in ALL] == ["/", "/acs", "/acs/v1", "/vg"]


@pytest.mark.parametrize(
    ("prefix", "exposed"), [(b"", b"/a.example.com/x?y"), (b"/acs", b"/acs/a.example.com/x?y")]
)
def test_a_route_exposes_what_it_admits(prefix: bytes, exposed: bytes) -> None:
    target = Target(Authority("a.example.com"), b"/x?y")
    assert route(prefix, "*.example.com").expose(target, prefix) == exposed


@pytest.mark.parametrize(
    "target",
    [
        pytest.param(Target(Authority("a.example.org"), b"/"), id="other-host"),
        pytest.param(Target(Authority("a.example.com", 8443), b"/"), id="other-port"),
        pytest.param(Target(Authority("a.example.com"), b"//x"), id="no-form-for-it"),
    ],
)
def test_a_route_exposes_nothing_else(target: Target) -> None:
    assert route(b"/acs", "*.example.com").expose(target, b"/acs") is None


@given(targets)
def test_law_what_a_route_exposes_comes_back_to_it(target: Target) -> None:
    exposed = ACS_V1.expose(target, ACS_V1.prefix)
    if exposed is not None:
        chosen, rest = match(ALL, exposed)
        assert chosen is ACS_V1
        assert chosen.dialect.resolve(rest) == target


# --- access keys, and dialects without a host in their path ----------------------------------

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


def test_the_mount_alone_exposes_no_empty_request_target() -> None:
    """A fixed route on "/" whose upstream has a path: the path itself is below nothing of ours."""
    fixed = replace(ROOT, dialect=FixedDialect.parse("https://a.example/base"))
    target = Target(Authority("a.example"), b"/base?x")
    assert fixed.expose(target, b"") is None
    assert fixed.expose(target, b"/watch") == b"/watch?x"
