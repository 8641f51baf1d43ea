"""The gateway's own name in a request target: peeled, or refused with what to add."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sigproxy.errors import (
    BadTarget,
    LoopDetected,
    NoRoute,
    TargetRefused,
)
from sigproxy.peeling import MAX_PEELS, peel
from sigproxy.semantics.authority import Authority
from tests.strategies import wire_bytes
from tests.test_routing import ACS, OWN, ROOT, route


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
