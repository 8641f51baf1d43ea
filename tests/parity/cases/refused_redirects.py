"""Redirects that end here, and Locations that the client gets."""

from tests.parity.checks import client, either, upstream
from tests.parity.model import GATEWAY, Case, fix, keep, refuse
from tests.parity.requests import SECRETS, UP, get, moved, post

INSIDE = f"https://{GATEWAY}{UP}"


ENDED: tuple[Case, ...] = (
    fix(
        "redir-loop",
        "a loop ends after some hops",
        get(moved(302, "loop")),
        client.status(502, 508),
        upstream.at_most(7),
    ),
    fix(
        "redir-inside",
        "a redirect that reaches the client points into the gateway",
        get(moved(302, "chain2")),
        either(client.status(200), client.stays_inside()),
    ),
    fix(
        "redir-none",
        "302 without a Location: passed on, or 502; the sample answers 500",
        get(moved(302, "none")),
        client.status(302, 502),
        upstream.requests(1),
    ),
    fix(
        "redir-empty",
        "an empty Location: passed on, or 502; the sample answers 500",
        get(moved(302, "empty")),
        client.status(302, 502),
        upstream.at_most(7),
    ),
    fix(
        "redir-no-host",
        "https:// without a host; the sample answers 500",
        get(moved(302, "no-host")),
        client.status(502),
        upstream.requests(1),
    ),
    keep(
        "redir-to-down",
        "the new host is down",
        get(moved(302, "refused")),
        client.status(502),
        upstream.requests(1),
    ),
)


REFUSED: tuple[Case, ...] = (
    refuse(
        "redir-credentials-other",
        "no credentials for another origin (Fetch, HTTP-redirect fetch)",
        get(moved(302, "other"), *SECRETS, "X-Custom: keep"),
        upstream.got(host="other.contoso.net"),
        upstream.no_field("authorization", "cookie"),
        upstream.field("x-custom", "keep"),
    ),
    refuse(
        "redir-http",
        "a Location from TLS to clear text",
        get(moved(302, "http")),
        client.status(502),
        upstream.no_clear_text(),
    ),
    refuse(
        "redir-forbidden-name",
        "a Location with a name in a forbidden network",
        get(moved(302, "forbidden-name")),
        client.status(403, 502),
        upstream.requests(1),
        upstream.unforbidden(),
    ),
    refuse(
        "redir-forbidden-address",
        "a Location with an address as host",
        get(moved(302, "forbidden-address")),
        client.status(403, 502),
        upstream.requests(1),
        upstream.unforbidden(),
    ),
    refuse(
        "redir-org",
        "a Location with a host that no pattern lists",
        get(moved(302, "org")),
        client.status(403, 502),
        upstream.never_host("evil.org"),
    ),
    refuse(
        "redir-unix",
        "a Location with a UNIX socket of the gateway's machine, which NGINX connects to",
        get(moved(302, "unix")),
        client.status(502),
        upstream.requests(1),
    ),
    refuse(
        "redir-three-slashes",
        "a Location with an empty authority",
        get(moved(302, "three-slashes")),
        client.status(200, 502),
        upstream.never_host("evil.org"),
    ),
    refuse(
        "redir-one-slash",
        "a Location with https:/ and no authority",
        get(moved(302, "one-slash")),
        client.status(200, 502),
        upstream.never_host("evil.org"),
    ),
    refuse(
        "redir-file",
        "a Location with file:",
        get(moved(302, "file")),
        client.status(502),
        upstream.requests(1),
    ),
    refuse(
        "redir-userinfo",
        "a Location with userinfo",
        get(moved(302, "userinfo")),
        client.status(502),
        upstream.requests(1),
    ),
    refuse(
        "redir-tab",
        "a control character in Location",
        get(moved(302, "tab")),
        client.status(502),
        upstream.requests(1),
    ),
    refuse(
        "redir-backslash",
        "a Location whose host two readers read differently",
        get(moved(302, "backslash")),
        client.status(502),
        upstream.requests(1),
        upstream.unforbidden(),
    ),
    refuse(
        "redir-certificate",
        "the new host's certificate is verified too",
        get(moved(302, "wrong-certificate")),
        client.status(502, 526),
        upstream.requests(1),
    ),
)


LOCATIONS: tuple[Case, ...] = (
    fix(
        "loc-absolute",
        "a 201's Location points into the gateway, port included",
        post(f"{UP}/_/made/absolute"),
        client.status(201),
        client.field("location", f"{INSIDE}/made/1"),
    ),
    fix(
        "loc-path",
        "a 201's Location without a host points below the host in the gateway",
        post(f"{UP}/_/made/path"),
        client.status(201),
        client.location_inside(f"{UP}/made/1"),
    ),
    fix(
        "loc-port",
        "a 201's Location with a port points into the gateway",
        post(f"{UP}/_/made/port"),
        client.status(201),
        client.location_inside("/up.example.com:8443/made/1"),
    ),
    fix(
        "loc-other",
        "a 201's Location at another admitted host points into the gateway",
        post(f"{UP}/_/made/other"),
        client.status(201),
        client.location_inside("/other.contoso.net/made/1"),
    ),
    fix(
        "loc-longer-name",
        "a name that only begins like the host is another host",
        post(f"{UP}/_/made/longer-name"),
        client.status(201),
        client.field("location", "https://up.example.com.evil.org/x"),
    ),
)


CASES = ENDED + REFUSED + LOCATIONS
