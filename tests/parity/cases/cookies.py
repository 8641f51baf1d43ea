"""Cookies of many hosts inside one origin (RFC 6265)."""

from sigproxy.policies.cookies import tag_of
from sigproxy.semantics.authority import Authority
from tests.parity.checks import client, upstream
from tests.parity.model import Case, Check, Observation, decide, keep
from tests.parity.requests import ORIGIN, UP, get
from tests.parity.steps import Reconnect

TAG = tag_of(Authority("up.example.com")).decode()


def _scoped_to(*mounts: str) -> Check:
    """The cookies have Paths below *mounts*, each below its own."""

    def check(seen: Observation) -> str | None:
        cookies = seen.response.values("set-cookie")
        placed = zip(cookies, mounts, strict=False)
        loose = [each for each, mount in placed if f"path={mount}" not in each.lower()]
        return f"{loose} not kept to {mounts}" if loose else None

    return check


def _unscoped(seen: Observation) -> str | None:
    for cookie in seen.response.values("set-cookie"):
        attributes = [part.strip().lower() for part in cookie.split(";")[1:]]
        paths = [part for part in attributes if part.startswith("path=")]
        if any(part.startswith("domain") for part in attributes):
            return f"{cookie!r} has a Domain"
        # Without a Path a browser takes the request's directory, which lies below the host.
        if not all(f"{path}/".startswith(f"path={UP}/") for path in paths):
            return f"{cookie!r} is not kept to {UP}"
    return None


CASES: tuple[Case, ...] = (
    keep(
        "resp-cookies",
        "three cookies stay three",
        get(f"{UP}/_/cookies"),
        client.field_count("set-cookie", 3),
    ),
    decide(
        "resp-cookie-scope",
        "a cookie is kept to its host's path; a Domain would make browsers drop it",
        get(f"{UP}/_/cookies", "Origin: https://app.example"),
        client.field_count("set-cookie", 3),
        _unscoped,
    ),
    decide(
        "resp-cookie-no-slash",
        "where the request has no path, a browser would take '/' of the whole gateway",
        get("/cookie.example.com?x=1"),
        client.field_like("set-cookie", r"(?i)^c=1;.*path=/cookie\.example\.com/?$"),
    ),
    decide(
        "resp-cookie-redirect",
        "cookies of the host that redirected, and of the one it led to, are each kept to theirs",
        get(f"{UP}/_/redirect/302/other-cookies"),
        client.field_count("set-cookie", 4),
        _scoped_to(UP, *["/other.contoso.net"] * 3),
    ),
    decide(
        "hdr-cookies-of-others",
        "a page's request takes the cookies along that a vendor set, and no sign-on of ours",
        get(f"{UP}/x", ORIGIN, f"Cookie: sso=1; {TAG}c=1"),
        upstream.field("cookie", "c=1"),
    ),
    decide(
        "resp-cookie-tag",
        "a page gets each cookie under a name that says whose it is, __Host- ones too",
        get("/cookie.example.com/x", ORIGIN),
        client.field_like("set-cookie", r"^sp-[A-Za-z0-9_-]{12}\.c=1"),
    ),
    decide(
        "resp-origin-scoped",
        "what a vendor says of its whole origin is not said of ours",
        get(f"{UP}/_/origin-scoped", ORIGIN),
        client.no_field("alt-svc", "strict-transport-security", "clear-site-data", "accept-ch"),
        client.field("x-frame-options", "DENY"),
    ),
    keep(
        "resp-no-cookie-jar",
        "one client's cookies are not sent for another",
        (*get(f"{UP}/_/cookies"), Reconnect(), *get(f"{UP}/x")),
        upstream.no_field("cookie"),
    ),
)
