"""A network test that works, to be varied."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from sigproxy import ice_page
from sigproxy.dialects.fixed import FixedDialect
from sigproxy.dialects.path import PathDialect
from sigproxy.dialects.query import QueryDialect
from sigproxy.media.answer import answer
from sigproxy.network.document import Document
from sigproxy.network.page import Page, Request
from sigproxy.network.plan import Facts, Plan, Probe, Sdk, tried
from sigproxy.policies.callers import Callers
from sigproxy.policies.cookies import CookiePolicy
from sigproxy.policies.cors import CorsPolicy
from sigproxy.policies.keys import KeyPolicy
from sigproxy.policies.redirects import RedirectPolicy
from sigproxy.policies.targets import Pattern, TargetPolicy
from sigproxy.policies.turn import Turn
from sigproxy.routing import Dialect, Route
from sigproxy.semantics.authority import Authority
from sigproxy.semantics.fields import Fields
from sigproxy.semantics.own_certificate import OwnCertificate
from sigproxy.semantics.target import Target

KEY, OTHER = "5d41402abc4b2a76", "Zb-_~9zzzz"
ORIGIN, FOREIGN = "https://app.example", "https://evil.example"
TURN = Turn(
    "gw.example", (), "gw.example", (b"north",), 43200, 3478, 443, 80, True, ("auto", "udp", "tls")
)
CERTIFICATE = OwnCertificate("AA:BB", datetime(2028, 1, 5, tzinfo=UTC), ("gw.example",))
FACTS = Facts(1_700_000_000.25, "0-1", CERTIFICATE, True)
CALLERS = Callers(
    "/-/network", "[network_test]", "the network test", KeyPolicy.of(KEY), CorsPolicy()
)


def route(prefix: str, dialect: Dialect, *targets: str, keys: tuple[str, ...] = ()) -> Route:
    return Route(
        prefix=prefix.encode(),
        dialect=dialect,
        targets=TargetPolicy(tuple(map(Pattern.parse, targets))),
        cors=CorsPolicy(),
        redirects=RedirectPolicy("follow"),
        cookies=CookiePolicy("tagged", scoped=True),
        keys=KeyPolicy.of(*keys),
    )


def asking(host: str, path: str = "/") -> Target:
    return Target(Authority.parse(host.encode()), path.encode())


PATH = route("/acs", PathDialect(), "api.example.com", "*.example.org:8443")
FIXED = route("/trtc", FixedDialect.parse("https://vendor.example/base"), "vendor.example")
QUERY = route("", QueryDialect(), "ap.agora.io")
KEYED = route("/keyed", PathDialect(), "api.example.net", keys=(KEY, OTHER))
PROBES = (
    Probe(PATH, (asking("api.example.com"), asking("media.example.org:8443"))),
    Probe(FIXED, (asking("vendor.example", "/base/"), asking("elsewhere.example"))),
    Probe(QUERY, (asking("ap.agora.io"),)),
    Probe(KEYED, (asking("api.example.net"),)),
)
PLAN = Plan("1.2.3", PROBES, (Sdk("acs-web", PATH), Sdk("daily", KEYED)), tried(TURN), TURN.modes)
ICE = ice_page.Page(tried(TURN), CALLERS, answer)
PAGE = Page(CALLERS, Document(b"<!doctype html>", "default-src 'none'"), PLAN, ICE)


def called_by(page: Page, **callers: Any) -> Page:
    return replace(page, callers=replace(page.callers, **callers))


def request(path: str, *fields: str, method: str = "GET", prefix: str = "") -> Request:
    pairs = [tuple(part.strip().encode() for part in each.split(":", 1)) for each in fields]
    own = frozenset({Authority("gw.example")})
    whole = Fields([(b"Host", b"gw.example"), *((name, value) for name, value in pairs)])
    return Request(method, (1, 1), path.encode(), whole, own, prefix.encode())
