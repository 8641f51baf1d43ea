"""The host dialect: our own names, the vendor's behind them, and the law of dialects."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sigproxy.dialects.host import HostDialect
from sigproxy.errors import BadTarget, NoRoute
from sigproxy.semantics.authority import Authority
from sigproxy.semantics.target import Target, located

DIALECT = HostDialect.of(
    "gateway.example",
    {
        "*.edge": "{}.edge.agora.io:4700",
        "*": "{}.vendor.example",
        "api": "api.realtime.cloudflare.com",
    },
)
LABELS = st.from_regex(r"[a-z0-9](?:[a-z0-9-]{0,8}[a-z0-9])?", fullmatch=True)


@pytest.mark.parametrize(
    ("request_target", "url"),
    [
        (b"//api.gateway.example/v2/x?y=1", "https://api.realtime.cloudflare.com/v2/x?y=1"),
        (b"//API.Gateway.Example./x", "https://api.realtime.cloudflare.com/x"),
        (b"//api.gateway.example:8443/x", "https://api.realtime.cloudflare.com/x"),
        (b"//1-2-3-4.edge.gateway.example/", "https://1-2-3-4.edge.agora.io:4700/"),
        (b"//location.gateway.example?token=x", "https://location.vendor.example/?token=x"),
        (b"//api.gateway.example//x//y", "https://api.realtime.cloudflare.com//x//y"),
    ],
)
def test_a_name_of_ours_stands_for_the_vendors(request_target: bytes, url: str) -> None:
    assert str(DIALECT.resolve(request_target)) == url


@pytest.mark.parametrize(
    "host", ["a.b.gateway.example", "a.b.edge.gateway.example", "gateway.example", "evil.example"]
)
def test_another_name_is_refused_with_those_there_are(host: str) -> None:
    with pytest.raises(NoRoute, match=r"api\.gateway\.example"):
        DIALECT.resolve(f"//{host}/x".encode())


@pytest.mark.parametrize("request_target", [b"/x", b"", b"//a_b.gateway.example/", b"//@/"])
def test_what_is_no_name(request_target: bytes) -> None:
    with pytest.raises(BadTarget):
        DIALECT.resolve(request_target)


@given(label=LABELS, path=st.sampled_from([b"/", b"/v2/x?y=%20", b"//x"]))
def test_law_what_is_exposed_leads_back(label: str, path: bytes) -> None:
    for host, port in ((f"{label}.edge.agora.io", 4700), (f"{label}.vendor.example", 443)):
        target = Target(Authority(host, port), path)
        exposed = DIALECT.expose(target)
        assert exposed is None or DIALECT.resolve(exposed) == target
        assert exposed is not None or label in ("api", "edge")


@pytest.mark.parametrize(
    "authority",
    [
        Authority("a.edge.agora.io"),
        Authority("a.b.edge.agora.io", 4700),
        Authority("edge.agora.io", 4700),
        Authority("api.vendor.example"),  # "api" is ours for another host
        Authority("api.realtime.cloudflare.com", 8443),
    ],
)
def test_what_no_name_stands_for_is_not_exposed(authority: Authority) -> None:
    assert DIALECT.expose(Target(authority, b"/")) is None


def test_a_cookies_path_is_its_own() -> None:
    assert DIALECT.cookie_path(Authority("api.realtime.cloudflare.com"), b"/v2/") == b"/v2"
    assert DIALECT.cookie_path(Authority("elsewhere.example"), b"/") is None


@pytest.mark.parametrize(
    ("origin", "whole"),
    [
        (b"https://a.example:8443", b"https://b.example:8443/x?y"),
        (b"https://a.example", b"https://b.example/x?y"),
        (b"https://[::1]:8443", b"https://b.example:8443/x?y"),
        (b"", b"//b.example/x?y"),
    ],
)
def test_another_host_of_ours_is_located_beside_the_one_that_was_asked(
    origin: bytes, whole: bytes
) -> None:
    assert located(origin, b"//b.example/x?y") == whole
