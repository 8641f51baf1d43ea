"""Cookies of many hosts inside one origin (RFC 6265)."""

from tests.parity.checks import client, upstream
from tests.parity.model import Case, Check, Observation, decide, keep
from tests.parity.requests import UP, get
from tests.parity.steps import Reconnect


def _scoped_to(mount: str) -> Check:
    """Every cookie has a Path below *mount*."""

    def check(seen: Observation) -> str | None:
        cookies = seen.response.values("set-cookie")
        loose = [each for each in cookies if f"path={mount}" not in each.lower()]
        return f"{loose} not kept to {mount}" if loose else None

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
        "a cookie of the host that a redirect led to is kept to that host",
        get(f"{UP}/_/redirect/302/other-cookies"),
        client.field_count("set-cookie", 3),
        _scoped_to("/other.contoso.net"),
    ),
    keep(
        "resp-no-cookie-jar",
        "one client's cookies are not sent for another",
        (*get(f"{UP}/_/cookies"), Reconnect(), *get(f"{UP}/x")),
        upstream.no_field("cookie"),
    ),
)
