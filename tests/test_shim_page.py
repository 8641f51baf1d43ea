"""/-/shim.js as a rule: who gets it, in which form, and what a browser may keep."""

import gzip

import pytest

from sigproxy import shim_page
from sigproxy.dialects.path import PathDialect
from sigproxy.dialects.query import QueryDialect
from sigproxy.errors import MethodRefused, NoRoute
from sigproxy.own_pages import Reply
from sigproxy.policies.cookies import CookiePolicy
from sigproxy.policies.cors import CorsPolicy
from sigproxy.policies.redirects import RedirectPolicy
from sigproxy.policies.targets import Pattern, TargetPolicy
from sigproxy.routing import Dialect, Route
from sigproxy.semantics import fields as f
from sigproxy.semantics.fields import Fields
from sigproxy.shim.script import Script

SCRIPT = Script.of("(function () {})(SETTINGS, self);", [Pattern.parse("*.example.com")], None)


def route(shim: Script | None = SCRIPT, dialect: Dialect | None = None) -> Route:
    return Route(
        prefix=b"/acs",
        dialect=dialect or PathDialect(),
        targets=TargetPolicy(()),
        cors=CorsPolicy(("https://app.example",)),
        redirects=RedirectPolicy("follow"),
        cookies=CookiePolicy("tagged"),
        shim=shim,
    )


def page(*fields: str, method: str = "GET", of: Route | None = None) -> Reply:
    pairs = [tuple(part.strip().encode() for part in each.split(":", 1)) for each in fields]
    whole = Fields([(name, value) for name, value in pairs])
    return shim_page.page(of or route(), method, whole)


def value(reply: Reply, name: bytes) -> bytes | None:
    return f.first(reply.fields, name)


@pytest.mark.parametrize(
    ("path", "is_asked"),
    [
        (b"/-/shim.js", True),
        (b"//-/shim.js", True),
        (b"/-/shim.js?v=1", True),
        (b"/-/shim.js/", False),
        (b"/-/shim.jsx", False),
        (b"/-/x/shim.js", False),
        (b"/shim.js", False),
        (b"/api.example.com/-/shim.js", False),
        (b"", False),
        (b"?/-/shim.js", False),
    ],
)
def test_which_paths_are_its_own(path: bytes, is_asked: bool) -> None:
    assert shim_page.is_asked(path) is is_asked


@pytest.mark.parametrize("origin", ["https://app.example", "https://evil.example", "null", ""])
def test_any_page_may_load_it(origin: str) -> None:
    reply = page(*([f"Origin: {origin}"] if origin else []))
    assert (reply.status, reply.body) == (200, SCRIPT.text)
    assert value(reply, b"access-control-allow-origin") == b"*"
    assert value(reply, b"access-control-allow-credentials") is None
    assert value(reply, b"cross-origin-resource-policy") == b"cross-origin"
    assert value(reply, b"content-type") == b"text/javascript; charset=utf-8"
    assert value(reply, b"x-content-type-options") == b"nosniff"
    assert value(reply, b"cache-control") == b"public, max-age=600"
    assert value(reply, b"vary") == b"Accept-Encoding"  # Origin changes nothing


@pytest.mark.parametrize(
    ("accepted", "is_compressed"),
    [
        ("gzip, deflate, br", True),
        ("br;q=1.0, GZIP;q=0.5", True),
        ("gzip;q=0", False),
        ("gzip; q=0.000", False),
        ("gzip; q=0.001", True),
        ("br", False),
        ("identity", False),
        ("gzipped", False),
    ],
)
def test_it_is_compressed_for_who_can_read_that(accepted: str, is_compressed: bool) -> None:
    reply = page(f"Accept-Encoding: {accepted}")
    assert value(reply, b"content-encoding") == (b"gzip" if is_compressed else None)
    assert (gzip.decompress(reply.body) if is_compressed else reply.body) == SCRIPT.text
    assert (value(reply, b"etag") or b"").endswith(b'-gzip"') is is_compressed


@pytest.mark.parametrize("encoding", ["identity", "gzip"])
def test_who_has_it_already(encoding: str) -> None:
    tag = (value(page(f"Accept-Encoding: {encoding}"), b"etag") or b"").decode()
    for known in (tag, f"W/{tag}", f'"other", {tag}', "*"):
        reply = page(f"If-None-Match: {known}", f"Accept-Encoding: {encoding}")
        assert (reply.status, reply.body) == (304, b"")
        assert value(reply, b"etag") == tag.encode()
        assert value(reply, b"cache-control") == b"public, max-age=600"
        assert value(reply, b"access-control-allow-origin") == b"*"
    assert page('If-None-Match: "other"').status == 200


def test_a_preflight_and_other_methods() -> None:
    preflight = page(
        "Origin: https://evil.example", "Access-Control-Request-Method: GET", method="OPTIONS"
    )
    assert (preflight.status, value(preflight, b"access-control-allow-origin")) == (204, b"*")
    options = page(method="OPTIONS")
    assert (options.status, value(options, b"allow")) == (204, b"GET, HEAD, OPTIONS")
    assert page(method="HEAD").status == 200
    with pytest.raises(MethodRefused, match="is read with GET"):
        page(method="POST")


def test_a_route_that_serves_none_says_why() -> None:
    with pytest.raises(NoRoute, match=r"route /acs .* `shim = false`"):
        page(of=route(None))
    with pytest.raises(NoRoute, match=r"route /acs has the query dialect"):
        page(of=route(None, QueryDialect()))
