"""Routes: from a request target to what a dialect reads, and back."""

import re
from dataclasses import replace

import pytest
from hypothesis import example, given

from sigproxy.dialects.fixed import FixedDialect
from sigproxy.dialects.path import PathDialect
from sigproxy.errors import (
    BadTarget,
    GatewayError,
    LoopDetected,
    NoRoute,
    TargetRefused,
)
from sigproxy.peeling import peel
from sigproxy.policies.cookies import CookiePolicy
from sigproxy.policies.cors import CorsPolicy
from sigproxy.policies.redirects import RedirectPolicy
from sigproxy.policies.targets import Pattern, TargetPolicy
from sigproxy.routing import Route, match
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


def test_slashes_lead_no_upstream_to_another_route() -> None:
    """A redirect of a fixed upstream to "//acs/x" would be read as the route on "/acs"."""
    fixed = replace(ROOT, dialect=FixedDialect.parse("https://a.example"), inner=(b"/acs", b"/-"))
    for path in (b"//acs/x", b"/acs//x", b"//-/live", b"///acs"):
        assert fixed.expose(Target(Authority("a.example"), path), b"") is None


@given(wire_bytes.map(lambda each: b"/" + each))
@example(b"//acs")
@example(b"/acs//v1//a.example.com")
def test_law_what_is_behind_a_prefix_is_a_request_target(request_target: bytes) -> None:
    chosen, rest = match(ALL, request_target)
    assert not rest or rest.startswith((b"/", b"?"))
    assert request_target.endswith(rest)
    front = request_target[: len(request_target) - len(rest)]
    assert re.sub(rb"/+", b"/", front) == chosen.prefix  # in which slashes count as one


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


def test_the_mount_alone_exposes_no_empty_request_target() -> None:
    """A fixed route on "/" whose upstream has a path: the path itself is below nothing of ours."""
    fixed = replace(ROOT, dialect=FixedDialect.parse("https://a.example/base"))
    target = Target(Authority("a.example"), b"/base?x")
    assert fixed.expose(target, b"") is None
    assert fixed.expose(target, b"/watch") == b"/watch?x"
